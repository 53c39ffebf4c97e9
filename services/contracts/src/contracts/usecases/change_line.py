"""Another line for a contract, or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from contracts.domain.application import Holder
from contracts.domain.contract import Contract
from contracts.domain.line_changes import LineWish, cancel_line, change_line
from contracts.domain.lines import Line, key_of
from contracts.storage import catalogue, contracts
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record


@dataclass(frozen=True, kw_only=True)
class ChangeLine:
    """The new line of a Light contract, or the access lines of a Standard one, and why it is another."""

    contract_id: str
    change: str
    line: Line | None = None
    access_lines: tuple[Line, ...] | None = None
    line_reviewed: bool = False
    reason: str | None = None


async def put_on_another_line(cmd: ChangeLine, tx: Tx, now: datetime, *, expected: int | None) -> Contract:
    """The contract on its new line; raises what `change_line` raises."""
    contract = await locked(cmd.contract_id, tx, expected=expected)
    book = await catalogue.current(tx, now)
    key = key_of(cmd.line, book)
    found = await contracts.holder_of(tx, line_key=key, service_id=None) if key is not None else None
    wish = LineWish(change=cmd.change, line=cmd.line, access_lines=cmd.access_lines, reviewed=cmd.line_reviewed)
    change = change_line(
        contract,
        wish,
        book,
        holder=Holder(contract_id=found) if found not in (None, contract.id) else None,
        reason=cmd.reason,
        now=now,
        by=tx.actor,
    )
    return await record(contract, change, tx, now)


async def take_line_away(contract_id: str, tx: Tx, now: datetime, *, reason: str, expected: int | None) -> Contract:
    """The contract without its line, parked or ending by what the catalogue says; raises what `cancel_line` raises."""
    contract = await locked(contract_id, tx, expected=expected)
    change = cancel_line(contract, await catalogue.current(tx, now), reason=reason, now=now, by=tx.actor)
    return await record(contract, change, tx, now)
