"""A unit is free: the head of the waitlist gets it, if all rules still agree."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from loaner.domain import lending
from loaner.domain import units as unit_steps
from loaner.domain.eligibility import standing_refusals
from loaner.storage import loans, units
from loaner.usecases.facts import facts_of


async def promote_waitlist(tx: Tx, depot_id: str, kind: str, now: datetime) -> int:
    """Reserve free units for those who wait, first come first served; how many got one. The stock must be locked.

    Everything is judged again. Whoever no longer meets a rule is held, keeps the place, and the next one is asked.
    """
    promoted = 0
    while (unit := await units.lock_free_unit(tx, depot_id, kind)) is not None:
        head = await loans.head_of_waitlist(tx, depot_id, kind)
        if head is None:
            break
        refusals = standing_refusals(kind, await facts_of(tx, head, now))
        if refusals:
            held, told = lending.review(head, refusals, actor=tx.actor, now=now)
            await loans.save(tx, held, told, now)
            continue
        reserved_unit, unit_told = unit_steps.reserve(unit)
        await units.save(tx, reserved_unit, unit_told, now)
        reserved, told = lending.reserve(head, unit_id=unit.id, actor=tx.actor)
        await loans.save(tx, reserved, told, now)
        promoted += 1
    return promoted
