"""The contract address changes: the only place for visits and loans (R-ADDRESS)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from common.civil import jst_day, jst_midnight
from common.errors import DomainError, refuse_if_any
from common.events.contracts import AddressChangeCancelled, AddressChangeScheduled, ContractMoved
from contracts.domain.change import Change
from contracts.domain.change_refusals import (
    AddressChangeAlreadyScheduled,
    AddressChangeInForce,
    AddressDayNotPossible,
    AddressUnchanged,
)
from contracts.domain.contract import Address, AddressTime, Contract, Status, cut, in_force
from contracts.domain.refusals import ContractEnding
from contracts.domain.unknown import AddressChangeUnknown


@dataclass(frozen=True, kw_only=True)
class Move:
    """Where the contract goes, and on which JST day."""

    address_id: str
    address: Address
    effective_on: date


def change_address(contract: Contract, move: Move, *, reason: str | None, now: datetime, by: str) -> Change:
    """Another contract address from the day on: at once when that is today.

    Raises `NotInThisState` and, all at once, `AddressDayNotPossible`, `ContractEnding`,
    `AddressChangeAlreadyScheduled`, `AddressUnchanged` (R-ADDRESS).
    """
    contract.require(Status.ACTIVE, Status.SUSPENDED, now=now)
    starts = max(now, jst_midnight(move.effective_on))
    refuse_if_any(
        (
            AddressDayNotPossible(effective_on=move.effective_on, today=jst_day(now))
            if move.effective_on < jst_day(now)
            else None,
            ContractEnding(ends_at=contract.ends_at, effective_from=starts)
            if contract.ends_at is not None and contract.ends_at <= starts
            else None,
            _scheduled_already(contract, now),
            _no_move(contract, move, now),
        )
    )
    at_once = starts == now
    new = AddressTime(id=move.address_id, starts=starts, address=move.address, announced=at_once)
    ids = {"actor": by, "contract_id": contract.id, "subscriber_id": contract.subscriber_id}
    return Change(
        contract=replace(contract, addresses=(*cut(contract.addresses, starts), new)),
        act="moved" if at_once else "address_change_scheduled",
        facts=(
            ContractMoved(**ids, address_id=new.id)
            if at_once
            else AddressChangeScheduled(**ids, address_id=new.id, effective_from=starts),
        ),
        details={"address_id": new.id, "effective_on": move.effective_on.isoformat(), "reason": reason},
    )


def cancel_address_change(contract: Contract, address_id: str, *, now: datetime, by: str) -> Change:
    """Take a scheduled move back; raises `AddressChangeUnknown`, `AddressChangeInForce` from its first day on."""
    held = next((a for a in contract.addresses if a.id == address_id), None)
    if held is None:
        raise AddressChangeUnknown(address_id=address_id)
    if held.starts <= now:
        raise AddressChangeInForce(address_id=address_id, effective_from=held.starts)
    kept = [a for a in contract.addresses if a.starts < held.starts]
    kept[-1] = replace(kept[-1], ends=None)
    fact = AddressChangeCancelled(
        actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id, address_id=address_id
    )
    return Change(
        contract=replace(contract, addresses=tuple(kept)),
        act="address_change_cancelled",
        facts=(fact,),
        details={"address_id": address_id},
    )


def told_moved(contract: Contract, *, now: datetime, by: str) -> Change:
    """The day of a scheduled move has come: it is told once."""
    due = {a.id for a in contract.addresses if not a.announced and a.starts <= now}
    addresses = tuple(replace(a, announced=True) if a.id in due else a for a in contract.addresses)
    facts = tuple(
        ContractMoved(actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id, address_id=a.id)
        for a in contract.addresses
        if a.id in due
    )
    return Change(contract=replace(contract, addresses=addresses), act="moved", facts=facts)


def _scheduled_already(contract: Contract, now: datetime) -> DomainError | None:
    later = next((a for a in contract.addresses if a.starts > now), None)
    if later is None:
        return None
    return AddressChangeAlreadyScheduled(address_id=later.id, effective_from=later.starts)


def _no_move(contract: Contract, move: Move, now: datetime) -> DomainError | None:
    present = in_force(contract.addresses, now)
    if present is None or present.address != move.address:
        return None
    return AddressUnchanged(address_id=present.id)
