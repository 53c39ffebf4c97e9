"""The crew departs and arrives."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from dispatch.domain.visits import Visit, arrive, depart
from dispatch.storage import visits
from dispatch.usecases.own_visit import Whose, locked_own
from dispatch.usecases.telling import tell_visit


async def report_departure(whose: Whose, tx: Tx, now: datetime) -> Visit:
    """The crew is on its way. Raises `VisitOnHold`, `WrongState`."""
    _, visit = await locked_own(tx, whose)
    after, event = depart(visit, now=now, actor=tx.actor)
    await visits.save(tx, after)
    await tell_visit(tx, after, event, now=now, rule_ids=("R-ISOLATION-QUOTA",))
    return after


async def report_arrival(whose: Whose, tx: Tx, now: datetime) -> Visit:
    """The crew is there. Raises `WrongState`."""
    _, visit = await locked_own(tx, whose)
    after, event = arrive(visit, now=now, actor=tx.actor)
    await visits.save(tx, after)
    await tell_visit(tx, after, event, now=now)
    return after
