"""A booked visit moves, or is released after a hold: judged again like a booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from dispatch.domain.holds import release
from dispatch.domain.offers import OfferTerms
from dispatch.domain.refusals import SlotTaken
from dispatch.domain.requests import VisitRequest
from dispatch.domain.visits import Visit, rebook, require_booked
from dispatch.storage import visits
from dispatch.usecases.facts import lock_request
from dispatch.usecases.own_visit import require_version
from dispatch.usecases.place_visit import RULES, Choice, ChosenWindow, chosen, place, with_alternatives
from dispatch.usecases.telling import tell_visit


@dataclass(frozen=True, kw_only=True)
class RebookVisit:
    """Which visit goes where; `version` as the caller last saw it."""

    visit_id: str
    choice: Choice
    terms: OfferTerms
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class ReleaseVisit:
    """A person looked at a held visit and lets it go on."""

    visit_id: str
    note: str
    terms: OfferTerms
    version: int | None = None


async def rebook_visit(cmd: RebookVisit, tx: Tx, now: datetime) -> Visit:
    """Move a booked visit; its month's right moves in the same statement (R-ISOLATION-QUOTA). Refuses like booking."""
    request, visit = await _locked(tx, cmd.visit_id, cmd.version)
    wanted = chosen(cmd.choice, request_id=request.id, terms=cmd.terms, now=now)
    placement = await place(tx, request, wanted, terms=cmd.terms, now=now, own_visit_id=visit.id)
    after, event = rebook(
        visit,
        placement.window,
        technician_id=placement.technician_id,
        address_id=placement.address_id,
        right_fee_month=placement.right_fee_month,
        actor=tx.actor,
    )
    try:
        async with tx.savepoint():
            await visits.move(tx, after, placement.occupied)
    except SlotTaken as taken:
        raise await with_alternatives(tx, request, taken, after.window, terms=cmd.terms, now=now) from taken
    await tell_visit(tx, after, event, now=now, rule_ids=RULES[visit.purpose], inputs=placement.inputs)
    return after


async def release_visit(cmd: ReleaseVisit, tx: Tx, now: datetime) -> Visit:
    """Judge a held visit again where it stands; when every rule allows it, it goes to that day's contract address."""
    request, visit = await _locked(tx, cmd.visit_id, cmd.version)
    where = ChosenWindow(visit.technician_id, visit.window)
    placement = await place(tx, request, where, terms=cmd.terms, now=now, own_visit_id=visit.id)
    after, event = release(visit, address_id=placement.address_id, actor=tx.actor)
    await visits.save(tx, after)
    inputs = {**placement.inputs, "note": cmd.note}
    await tell_visit(tx, after, event, now=now, rule_ids=RULES[visit.purpose], inputs=inputs)
    return after


async def _locked(tx: Tx, visit_id: str, version: int | None) -> tuple[VisitRequest, Visit]:
    seen = await visits.by_id(tx, visit_id)
    await lock_request(tx, seen.request_id)
    request, visit = await visits.locked(tx, visit_id)
    require_version(visit, version)
    require_booked(visit)
    return request, visit
