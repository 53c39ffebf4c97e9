"""A unit is whole again."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from loaner.domain import units as unit_steps
from loaner.domain.units import Unit
from loaner.storage import units
from loaner.usecases.promote_waitlist import promote_waitlist


async def complete_repair(unit_id: str, tx: Tx, now: datetime, *, version: int | None = None) -> Unit:
    """The repaired unit, in stock or reserved for the head of the waitlist.

    Raises `UnitUnknown`, `StaleVersion`, `WrongState`.
    """
    seen = await units.find(tx, unit_id)
    await units.lock_stock(tx, seen.depot_id, seen.kind)
    unit = await units.lock(tx, unit_id)
    unit.expect(version)
    repaired, told = unit_steps.repaired(unit, actor=tx.actor)
    await units.save(tx, repaired, told, now)
    await promote_waitlist(tx, unit.depot_id, unit.kind, now)
    return await units.find(tx, unit_id)
