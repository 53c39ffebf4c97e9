"""A loaner unit: one device with its kit, never lent with another customer's data (R-LOAN-ERASE)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict, assert_never

from common.errors import DomainError, StaleVersion, WrongState
from common.events.loaner import UnitData, UnitErased, UnitRegistered, UnitRestocked, UnitRetired
from loaner.domain.refusals import ErasureMissing, SerialMismatch, UnitNotAvailable, UnitOfAnotherKind
from loaner.domain.returning import Condition


class UnitStatus(StrEnum):
    """Where a unit is in its round."""

    IN_STOCK = "in_stock"
    RESERVED = "reserved"
    ON_LOAN = "on_loan"
    IN_INSPECTION = "in_inspection"
    AWAITING_ERASURE = "awaiting_erasure"
    IN_REPAIR = "in_repair"
    RETIRED = "retired"
    LOST = "lost"


class ErasureMethod(StrEnum):
    """How data was removed, in the words of NIST SP 800-88."""

    CLEAR = "clear"
    PURGE = "purge"
    DESTROY = "destroy"


@dataclass(frozen=True, kw_only=True)
class Unit:
    """The state of a unit.

    `last_erased_at` is emptied when a loan comes back, so that only an erasure after the last return counts.
    `condition` waits for the erasure: a damaged unit with storage is erased before anybody repairs it.
    """

    id: str
    depot_id: str
    kind: str
    maker: str
    model: str
    serial: str
    asset_tag: str
    accessories: tuple[str, ...]
    has_storage: bool
    status: UnitStatus
    registered_at: datetime
    condition: Condition = Condition.GOOD
    last_returned_at: datetime | None = None
    last_erased_at: datetime | None = None
    version: int = 0

    @property
    def needs_erasure(self) -> bool:
        """Whether it may hold a customer's data: storage, lent, not erased since (R-LOAN-ERASE)."""
        if not self.has_storage or self.last_returned_at is None:
            return False
        return self.last_erased_at is None or self.last_erased_at < self.last_returned_at

    def require(self, *allowed: UnitStatus) -> None:
        """Raise `WrongState` unless the unit is in one of the `allowed` states."""
        if self.status not in allowed:
            raise WrongState(unit_id=self.id, status=self.status.value, allowed=[status.value for status in allowed])

    def expect(self, version: int | None) -> None:
        """Raise `StaleVersion` when the caller saw another version."""
        if version is not None and version != self.version:
            raise StaleVersion(expected=version, current=self.version)


Outcome = tuple[Unit, Sequence[UnitData]]
"""The unit after a step and its facts; the version rises by at least one."""


def _stepped(unit: Unit, *events: UnitData, **changes: Any) -> Outcome:
    return replace(unit, **changes, version=unit.version + max(len(events), 1)), events


class _Names(TypedDict):
    actor: str
    unit_id: str
    kind: str


def _names(unit: Unit, actor: str) -> _Names:
    return {"actor": actor, "unit_id": unit.id, "kind": unit.kind}


def register(unit: Unit, *, actor: str) -> Outcome:
    """A new unit, in stock."""
    return _stepped(unit, UnitRegistered(**_names(unit, actor), has_storage=unit.has_storage))


def lending_refusals(unit: Unit, *, kind: str, depot_id: str) -> list[DomainError]:
    """Why this unit cannot be lent for a loan of `kind` from `depot_id` (R-LOAN-ERASE, R-LOAN-KINDS)."""
    found: list[DomainError] = []
    if unit.needs_erasure:
        found.append(_erasure_missing(unit))
    elif unit.status is not UnitStatus.IN_STOCK:
        found.append(UnitNotAvailable(unit_id=unit.id, status=unit.status.value))
    if (unit.kind, unit.depot_id) != (kind, depot_id):
        found.append(UnitOfAnotherKind(unit_id=unit.id, kind=unit.kind, depot_id=unit.depot_id, asked=kind))
    return found


def reserve(unit: Unit) -> Outcome:
    """Set aside for a loan; `LoanReserved` tells it. Raises `ErasureMissing`, `WrongState`."""
    unit.require(UnitStatus.IN_STOCK)
    if unit.needs_erasure:
        raise _erasure_missing(unit)
    return _stepped(unit, status=UnitStatus.RESERVED)


def free(unit: Unit, *, actor: str) -> Outcome:
    """No longer set aside."""
    unit.require(UnitStatus.RESERVED)
    return _restocked(unit, actor)


def ship(unit: Unit) -> Outcome:
    """It leaves the depot; `LoanIssued` tells it."""
    unit.require(UnitStatus.RESERVED)
    return _stepped(unit, status=UnitStatus.ON_LOAN)


def receive(unit: Unit, *, received_at: datetime) -> Outcome:
    """Back at the depot; every erasure before this return no longer counts (R-LOAN-ERASE).

    `LoanReturned` tells it.
    """
    unit.require(UnitStatus.ON_LOAN, UnitStatus.LOST)
    return _stepped(unit, status=UnitStatus.IN_INSPECTION, last_returned_at=received_at, last_erased_at=None)


def missing_of_kit(unit: Unit, accessories: Sequence[str]) -> tuple[str, ...]:
    """What of the kit did not come back."""
    return tuple(part for part in unit.accessories if part not in accessories)


def judged_condition(condition: Condition, missing: Sequence[str]) -> Condition:
    """The inspector's word, except that a unit without its whole kit is not good."""
    return Condition.INCOMPLETE if missing and condition is Condition.GOOD else condition


def after_inspection(unit: Unit, condition: Condition) -> UnitStatus:
    """Where an inspected unit goes: erasure first, then repair or stock."""
    if unit.needs_erasure:
        return UnitStatus.AWAITING_ERASURE
    return UnitStatus.IN_STOCK if condition is Condition.GOOD else UnitStatus.IN_REPAIR


def inspect(unit: Unit, *, condition: Condition, actor: str) -> Outcome:
    """Judged against its kit."""
    unit.require(UnitStatus.IN_INSPECTION)
    judged = replace(unit, condition=condition)
    match after_inspection(unit, condition):
        case UnitStatus.IN_STOCK:
            return _restocked(judged, actor)
        case UnitStatus.IN_REPAIR:
            return _withdrawn(judged, UnitStatus.IN_REPAIR, actor)
        case other:
            return _stepped(judged, status=other)


def erase(unit: Unit, *, erasure_id: str, method: ErasureMethod, serial: str, actor: str, now: datetime) -> Outcome:
    """Its storage was erased: back in stock when good, else to repair; destroyed storage retires it.

    Raises `WrongState`, and `SerialMismatch` when the record names another device (R-LOAN-ERASE).
    """
    unit.require(UnitStatus.AWAITING_ERASURE)
    if serial.strip().casefold() != unit.serial.casefold():
        raise SerialMismatch(unit_id=unit.id, serial=serial)
    names = _names(unit, actor)
    erased = UnitErased(**names, erasure_id=erasure_id, method=method.value)
    match method:
        case ErasureMethod.DESTROY:
            next_status = UnitStatus.RETIRED
        case ErasureMethod.CLEAR | ErasureMethod.PURGE:
            next_status = UnitStatus.IN_STOCK if unit.condition is Condition.GOOD else UnitStatus.IN_REPAIR
        case other:
            assert_never(other)
    follows: UnitData = UnitRetired(**names, status=next_status.value)
    if next_status is UnitStatus.IN_STOCK:
        follows = UnitRestocked(**names)
    return _stepped(unit, erased, follows, status=next_status, last_erased_at=now)


def repaired(unit: Unit, *, actor: str) -> Outcome:
    """Repaired and complete again. Raises `WrongState`, `ErasureMissing`."""
    unit.require(UnitStatus.IN_REPAIR)
    if unit.needs_erasure:
        raise _erasure_missing(unit)
    return _restocked(replace(unit, condition=Condition.GOOD), actor)


def retire(unit: Unit, *, actor: str) -> Outcome:
    """Out of service for good.

    Raises `WrongState`, and `ErasureMissing` while it may hold a customer's data.
    """
    if unit.status is UnitStatus.AWAITING_ERASURE:
        raise _erasure_missing(unit)
    unit.require(UnitStatus.IN_STOCK, UnitStatus.IN_REPAIR, UnitStatus.LOST)
    return _withdrawn(unit, UnitStatus.RETIRED, actor)


def lose(unit: Unit, *, actor: str) -> Outcome:
    """It will not come back."""
    unit.require(UnitStatus.ON_LOAN)
    return _withdrawn(unit, UnitStatus.LOST, actor)


def _restocked(unit: Unit, actor: str) -> Outcome:
    return _stepped(unit, UnitRestocked(**_names(unit, actor)), status=UnitStatus.IN_STOCK)


def _withdrawn(unit: Unit, status: UnitStatus, actor: str) -> Outcome:
    return _stepped(unit, UnitRetired(**_names(unit, actor), status=status.value), status=status)


def _erasure_missing(unit: Unit) -> ErasureMissing:
    return ErasureMissing(
        unit_id=unit.id,
        status=unit.status.value,
        last_returned_at=unit.last_returned_at,
        last_erased_at=unit.last_erased_at,
    )
