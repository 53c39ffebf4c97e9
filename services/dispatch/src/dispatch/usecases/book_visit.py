"""Book a visit: judged again whatever an offer said, taken under locks, guarded by the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.errors import WrongState
from common.ids import new_id
from dispatch.domain.offers import OfferTerms
from dispatch.domain.refusals import SlotTaken
from dispatch.domain.requests import LIVE, RequestStatus, VisitRequest, follow
from dispatch.domain.visits import Right, Visit, VisitStatus, booked
from dispatch.domain.workforce import Purpose
from dispatch.storage import requests, visits
from dispatch.usecases.facts import lock_request
from dispatch.usecases.place_visit import RULES, Choice, Placement, chosen, place, with_alternatives
from dispatch.usecases.telling import tell_visit


@dataclass(frozen=True, kw_only=True)
class BookVisit:
    """For which request, an offer or a window, by which terms."""

    visit_request_id: str
    choice: Choice
    terms: OfferTerms


async def book_visit(cmd: BookVisit, tx: Tx, now: datetime) -> Visit:
    """Book. Raises 404s, `SlotInvalid`, `SlotExpired`, `WrongState`, and every rule that says no at once.

    A slot that somebody else took first is `slot_taken` with fresh offers in `why.alternatives`.
    """
    request = await lock_request(tx, cmd.visit_request_id)
    if request.status not in LIVE:
        raise WrongState(status=request.status, possible_from=sorted(LIVE))
    wanted = chosen(cmd.choice, request_id=request.id, terms=cmd.terms, now=now)
    placement = await place(tx, request, wanted, terms=cmd.terms, now=now)
    visit = _visit(request, placement, now)
    try:
        async with tx.savepoint():
            await visits.add(tx, visit, placement.occupied)
    except SlotTaken as taken:
        raise await with_alternatives(tx, request, taken, visit.window, terms=cmd.terms, now=now) from taken
    await requests.save(tx, follow(request, RequestStatus.BOOKED))
    event = booked(visit, actor=tx.actor)
    await tell_visit(tx, visit, event, now=now, rule_ids=RULES[visit.purpose], inputs=placement.inputs)
    return visit


def _visit(request: VisitRequest, placement: Placement, now: datetime) -> Visit:
    return Visit(
        id=new_id("vis"),
        request_id=request.id,
        inquiry_id=request.inquiry_id,
        contract_id=request.contract_id,
        partner=request.partner,
        purpose=request.purpose,
        status=VisitStatus.BOOKED,
        technician_id=placement.technician_id,
        window=placement.window,
        address_id=placement.address_id,
        booked_at=now,
        right=Right.HELD if request.purpose is Purpose.ISOLATION else None,
        right_fee_month=placement.right_fee_month,
        quote=request.quote,
    )
