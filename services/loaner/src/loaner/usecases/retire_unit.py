"""A unit leaves service for good."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from loaner.domain import units as unit_steps
from loaner.domain.units import Unit
from loaner.storage import units


async def retire_unit(unit_id: str, tx: Tx, now: datetime, *, version: int | None = None) -> Unit:
    """The retired unit. Raises `UnitUnknown`, `StaleVersion`, `WrongState`, `ErasureMissing` (R-LOAN-ERASE)."""
    seen = await units.find(tx, unit_id)
    await units.lock_stock(tx, seen.depot_id, seen.kind)
    unit = await units.lock(tx, unit_id)
    unit.expect(version)
    retired, told = unit_steps.retire(unit, actor=tx.actor)
    await units.save(tx, retired, told, now)
    return retired
