"""Close a fee month of a contract: its statement, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from common.civil import fee_month_named
from common.db import Tx
from common.events.base import NewEvent
from common.events.contracts import StatementClosed
from common.ids import new_id
from contracts.domain.closed_day import calendar_of
from contracts.domain.statements import Statement, close_month, closing_due, next_open_month
from contracts.storage import catalogue, contracts, statements
from contracts.usecases.read_contract import locked


@dataclass(frozen=True, kw_only=True)
class Closed:
    """The month's statement; `new` when it was closed by this very call."""

    statement: Statement
    new: bool


async def close_fee_month(contract_id: str, month_name: str, tx: Tx, now: datetime) -> Closed:
    """The statement of the month, the same however often it is asked for (R-INVOICE).

    Raises `ContractUnknown`, `FeeMonthUnreadable`, `FeeMonthNotOver`, `EarlierFeeMonthOpen`, `FeeMonthNotBilled`.
    """
    contract = await locked(contract_id, tx)
    month = fee_month_named(month_name, contract.fee_month_start_day)
    found = await statements.lock_month(tx, contract_id=contract.id, partner=contract.partner, month=month.name)
    if found is not None:
        return Closed(statement=await statements.load(tx, found), new=False)
    closed = close_month(
        contract,
        month,
        await statements.unbilled(tx, contract.id, until=month.last_day),
        await catalogue.current(tx, now),
        statement_id=new_id("stm"),
        now=now,
        by=tx.actor,
    )
    await statements.insert_statement(tx, closed)
    following = next_open_month(contract, month)
    await contracts.update_head(tx, replace(contract, open_month_ends_at=following.end if following else None))
    await tx.publish(_told(closed, tx.actor, now))
    return Closed(statement=closed, new=True)


async def next_closing_due(tx: Tx) -> datetime | None:
    """When the next fee month closes by itself; None when none is open."""
    end = await contracts.first_open_month_end(tx)
    return None if end is None else await _due(tx, end)


async def close_due_months(tx: Tx, now: datetime, *, most: int) -> int:
    """Close up to `most` fee months whose business days have passed; how many."""
    done = 0
    for contract_id, end in await contracts.with_open_month_until(tx, now, most):
        if await _due(tx, end) > now:
            break
        contract = await contracts.load(tx, contract_id)
        month = contract.fee_month_at(end - timedelta(seconds=1))
        await close_fee_month(contract_id, month.name, tx, now)
        done += 1
    return done


async def _due(tx: Tx, month_end: datetime) -> datetime:
    book = await catalogue.current(tx, month_end)
    return closing_due(
        month_end,
        business_days=book.settings["closing_business_days"],
        hours=book.hours.support_basic,
        calendar=calendar_of(book.calendar, await catalogue.closed_days(tx)),
    )


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
        ),
        subject=closed.id,
        sequence=1,
        key=closed.contract_id,
        time=now,
        partner=closed.partner,
        correlation_id=closed.contract_id,
    )
