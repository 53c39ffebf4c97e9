"""Complete an application that was returned for correction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from common.db import Tx
from common.ids import new_id
from contracts.domain.application import Holder
from contracts.domain.contract import Address, Contract
from contracts.domain.corrections import Completion, complete, restated
from contracts.domain.lines import Line
from contracts.storage import catalogue, contracts
from contracts.usecases.directory import tell_address, tell_address_gone
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record


@dataclass(frozen=True, kw_only=True)
class CompleteApplication:
    """What is stated anew; None: as it was."""

    contract_id: str
    plan_code: str | None = None
    line: Line | None = None
    access_lines: tuple[Line, ...] | None = None
    service_id: str | None = None
    contract_address: Address | None = None
    start_on: date | None = None


async def complete_application(cmd: CompleteApplication, tx: Tx, now: datetime, *, expected: int | None) -> Contract:
    """The application as completed; raises what `complete` raises."""
    contract = await locked(cmd.contract_id, tx, expected=expected)
    book = await catalogue.current(tx, now)
    done = Completion(
        address_id=new_id("adr"),
        new_service_id=new_id("svc"),
        service_id=cmd.service_id,
        plan_code=cmd.plan_code,
        line=cmd.line,
        access_lines=cmd.access_lines,
        address=cmd.contract_address,
        start_on=cmd.start_on,
    )
    asked = restated(contract, done, book)
    found = await contracts.holder_of(tx, line_key=asked.line_key, service_id=asked.service_id)
    holder = Holder(contract_id=found) if found not in (None, contract.id) else None
    after = await record(contract, complete(contract, done, book, holder=holder, now=now, by=tx.actor), tx, now)
    if after.addresses != contract.addresses:
        for former in contract.addresses:
            await tell_address_gone(after, former, tx, now)
        for held in after.addresses:
            await tell_address(after, held, tx, now, sequence=1)
    return after
