"""Close a fee month of a contract: its statement, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.civil import FeeMonth, fee_month_named
from common.db import Tx
from common.events.base import NewEvent
from common.events.contracts import StatementClosed
from common.ids import new_id
from contracts.domain.billable import Billable
from contracts.domain.closing import next_open_month
from contracts.domain.statements import Owed, Statement, close_month
from contracts.storage import catalogue, closing, statements


@dataclass(frozen=True, kw_only=True)
class Closed:
    """The month's statement; `new` when it was closed by this very call."""

    statement: Statement
    new: bool


async def close_fee_month(contract_id: str, month_name: str, tx: Tx, now: datetime) -> Closed:
    """The statement of the month, the same however often it is asked for (R-INVOICE).

    Raises `ContractUnknown`, `FeeMonthUnreadable`, `FeeMonthNotOver`, `EarlierFeeMonthOpen`, `FeeMonthNotBilled`.
    """
    contract = await closing.lock(tx, contract_id)
    month = fee_month_named(month_name, contract.fee_month_start_day)
    found = await statements.lock_month(tx, contract_id=contract.id, partner=contract.partner, month=month.name)
    if found is not None:
        return Closed(statement=await statements.load(tx, found), new=False)
    owed = (await closing.owed(tx, [contract.id]))[contract.id]
    closed = close_month(
        contract,
        month,
        due_in(month, owed),
        await catalogue.current(tx, now),
        statement_id=new_id("stm"),
        now=now,
        by=tx.actor,
    )
    await write_closed(tx, [(contract, month, closed)], now)
    return Closed(statement=closed, new=True)


def due_in(month: FeeMonth, owed: Owed) -> Owed:
    """What is owed for work up to the month's last day."""
    charges = [charge for charge in owed.charges if charge.day <= month.last_day]
    return Owed(charges=charges, adjustments=owed.adjustments)


async def write_closed(tx: Tx, closed: Sequence[tuple[Billable, FeeMonth, Statement]], now: datetime) -> None:
    """Statements of contracts that were locked, the months that are open now, and the facts."""
    next_ends = {}
    for contract, month, _ in closed:
        following = next_open_month(contract, month)
        next_ends[contract.id] = following.end if following else None
    await closing.write(tx, [statement for _, _, statement in closed], next_ends)
    await tx.publish(*(_told(statement, tx.actor, now) for _, _, statement in closed))


def _told(closed: Statement, actor: str, now: datetime) -> NewEvent:
    return NewEvent(
        data=StatementClosed(
            actor=actor,
            statement_id=closed.id,
            contract_id=closed.contract_id,
            subscriber_id=closed.subscriber_id,
            fee_month=closed.fee_month,
            total=closed.total,
            tax=closed.tax,
            lines=len(closed.lines),
            kind=closed.kind.value,
        ),
        subject=closed.id,
        sequence=1,
        key=closed.contract_id,
        time=now,
        partner=closed.partner,
        correlation_id=closed.contract_id,
    )
