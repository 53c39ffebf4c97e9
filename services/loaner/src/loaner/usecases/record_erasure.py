"""Proof that a returned unit holds nobody's data any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from loaner.domain import units as unit_steps
from loaner.domain.units import ErasureMethod, Unit, UnitStatus
from loaner.storage import units
from loaner.usecases.promote_waitlist import promote_waitlist


@dataclass(frozen=True, kw_only=True)
class RecordErasure:
    """Erased by this method, checked by this person, on the device with this serial."""

    unit_id: str
    method: ErasureMethod
    verified_by: str
    serial: str
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Erased:
    """The record's id and the unit after it."""

    id: str
    unit: Unit
    erased_at: datetime


async def record_erasure(proof: RecordErasure, tx: Tx, now: datetime) -> Erased:
    """The record, kept for good (R-LOAN-ERASE); the unit is in stock again and serves the head of the waitlist.

    Raises `UnitUnknown`, `StaleVersion`, `WrongState`, `SerialMismatch`.
    """
    seen = await units.find(tx, proof.unit_id)
    await units.lock_stock(tx, seen.depot_id, seen.kind)
    unit = await units.lock(tx, proof.unit_id)
    unit.expect(proof.version)
    erasure_id = new_id("ers")
    erased, told = unit_steps.erase(
        unit, erasure_id=erasure_id, method=proof.method, serial=proof.serial, actor=tx.actor, now=now
    )
    await units.add_erasure(
        tx,
        id=erasure_id,
        unit_id=unit.id,
        method=proof.method.value,
        verified_by=proof.verified_by,
        serial=unit.serial,
        erased_at=now,
        recorded_by=tx.actor,
    )
    await units.save(tx, erased, told, now)
    if erased.status is UnitStatus.IN_STOCK and await promote_waitlist(tx, unit.depot_id, unit.kind, now):
        return Erased(id=erasure_id, unit=await units.find(tx, unit.id), erased_at=now)
    return Erased(id=erasure_id, unit=erased, erased_at=now)
