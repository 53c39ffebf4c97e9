"""Another contract address, and what that touches (R-ADDRESS)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from common.civil import jst_day
from common.db import Tx
from common.ids import new_id
from contracts.domain.contract import Address, AddressTime, Contract
from contracts.domain.moves import Move, cancel_address_change, change_address
from contracts.storage import usage
from contracts.storage.usage import Affected
from contracts.usecases.directory import tell_address, tell_address_gone
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record


@dataclass(frozen=True, kw_only=True)
class MoveContract:
    """Where the contract goes, and on which JST day."""

    contract_id: str
    address: Address
    effective_on: date
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Moved:
    """The address, and the visits and loans that are judged again, as far as they were heard of."""

    contract: Contract
    address: AddressTime
    affected: Affected


async def move_contract(cmd: MoveContract, tx: Tx, now: datetime, *, expected: int | None) -> Moved:
    """The move, at once or scheduled; raises what `change_address` raises."""
    contract = await locked(cmd.contract_id, tx, expected=expected)
    move = Move(address_id=new_id("adr"), address=cmd.address, effective_on=cmd.effective_on)
    change = change_address(contract, move, reason=cmd.reason, now=now, by=tx.actor)
    after = await record(contract, change, tx, now)
    held = next(a for a in after.addresses if a.id == move.address_id)
    await tell_address(after, held, tx, now, sequence=1)
    affected = await usage.affected_by_move(tx, contract.id, since=jst_day(held.starts))
    return Moved(contract=after, address=held, affected=affected)


async def call_move_off(contract_id: str, address_id: str, tx: Tx, now: datetime, *, expected: int | None) -> Contract:
    """The contract without the scheduled move; raises `AddressChangeUnknown`, `AddressChangeInForce`."""
    contract = await locked(contract_id, tx, expected=expected)
    after = await record(contract, cancel_address_change(contract, address_id, now=now, by=tx.actor), tx, now)
    gone = next(a for a in contract.addresses if a.id == address_id)
    await tell_address_gone(after, gone, tx, now)
    return after
