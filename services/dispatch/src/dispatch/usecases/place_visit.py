"""Every rule about a visit's place in time, judged under the locks that make the judgement hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.db import Tx
from common.entitlements import standing
from common.errors import DomainError, refuse_if_any
from dispatch.domain.eligibility import Facts, window_refusals
from dispatch.domain.offers import OfferTerms, read_offer
from dispatch.domain.refusals import SlotTaken, VisitAlreadyBooked
from dispatch.domain.requests import VisitRequest
from dispatch.domain.slots import need_at
from dispatch.domain.windows import Window
from dispatch.domain.workforce import Need, Purpose, Roster, crew_refusals, overlap_refusal
from dispatch.storage import knowledge, locks, rosters, workforce
from dispatch.usecases.facts import facts_for
from dispatch.usecases.search_slots import alternatives
from dispatch.usecases.telling import alert

RULES: Mapping[Purpose, tuple[str, ...]] = {
    Purpose.ISOLATION: (
        "R-CONSENT",
        "R-ISOLATION-EVIDENCE",
        "R-ISOLATION-QUOTA",
        "R-ADDRESS",
        "R-HOURS-VISIT",
        "R-HOURS-EXT",
        "R-CLOSED-DAYS",
        "R-VISIT-CREW",
    ),
    Purpose.SETUP: (
        "R-CONSENT",
        "R-SETUP-PRICE",
        "R-ADDRESS",
        "R-HOURS-VISIT",
        "R-HOURS-EXT",
        "R-CLOSED-DAYS",
        "R-VISIT-CREW",
    ),
}


@dataclass(frozen=True)
class ChosenSlot:
    """An offer that a search signed."""

    slot_id: str


@dataclass(frozen=True)
class ChosenWindow:
    """A technician and a window that an operator chose."""

    technician_id: str
    window: Window


Choice = ChosenSlot | ChosenWindow


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A place in time that every rule allows; `inputs` is what they were judged by."""

    technician_id: str
    window: Window
    occupied: Window
    address_id: str | None
    right_fee_month: str | None
    inputs: Mapping[str, Any]


def chosen(choice: Choice, *, request_id: str, terms: OfferTerms, now: datetime) -> ChosenWindow:
    """Technician and window of a choice. Raises `SlotInvalid`, `SlotExpired`."""
    match choice:
        case ChosenWindow():
            return choice
        case ChosenSlot(slot_id):
            offer = read_offer(slot_id, terms.secrets, visit_request_id=request_id, now=now)
            return ChosenWindow(offer.technician_id, offer.window)


async def place(
    tx: Tx,
    request: VisitRequest,
    wanted: ChosenWindow,
    *,
    terms: OfferTerms,
    now: datetime,
    own_visit_id: str | None = None,
) -> Placement:
    """Judge a window for a locked request, naming all failing rules; `own_visit_id`: the visit being moved or released.

    Locks the technician against changes of master data, the technician's days and the contract's month, so that between
    judgement and commit nobody takes the same time or right; constraints of the database stand behind that.
    """
    window, occupied = wanted.window, terms.occupied(wanted.window)
    month = await _right_month(tx, request, window)
    names = [locks.technician_day(wanted.technician_id, day) for day in occupied.days]
    if month is not None:
        names.append(locks.isolation_right(request.contract_id, month))
    await locks.take(tx, names)
    facts = await facts_for(tx, request, now=now)
    own = request.id if own_visit_id is not None else None
    roster = await rosters.roster_of(tx, wanted.technician_id, window, except_request=own)
    need = await _need(tx, request, facts, window)
    errors = window_refusals(facts, window) + crew_refusals(need, roster, window)
    taken = overlap_refusal(roster, occupied)
    if own_visit_id is None and request.status == "booked":
        errors += [taken] if taken else []
        errors.append(VisitAlreadyBooked(visit_request_id=request.id))
    elif taken is not None:
        errors.append(await with_alternatives(tx, request, taken, window, terms=terms, now=now))
    refuse_if_any(errors)
    address = facts.at(window.start).address
    return Placement(
        technician_id=wanted.technician_id,
        window=window,
        occupied=occupied,
        address_id=address.address_id if address else None,
        right_fee_month=month,
        inputs=_inputs(facts, need, roster, window),
    )


async def _right_month(tx: Tx, request: VisitRequest, window: Window) -> str | None:
    if request.purpose is not Purpose.ISOLATION:
        return None
    known = await knowledge.contract(tx, request.contract_id)
    return standing(known.state, window.start).fee_month.name


async def with_alternatives(
    tx: Tx, request: VisitRequest, taken: SlotTaken, window: Window, *, terms: OfferTerms, now: datetime
) -> DomainError:
    """The refusal of a taken slot with fresh offers."""
    offers = await alternatives(tx, request, window, terms=terms, now=now)
    return SlotTaken(**taken.why, alternatives=offers)


async def _need(tx: Tx, request: VisitRequest, facts: Facts, window: Window) -> Need:
    skills = await workforce.required_skills(tx, request.purpose, request.menu_codes)
    need = need_at(facts, await workforce.coverage(tx), skills, window)
    if need.branch_id is None:
        alert("no branch serves this address", visit_request_id=request.id, contract_id=request.contract_id)
    return need


def _inputs(facts: Facts, need: Need, roster: Roster, window: Window) -> dict[str, Any]:
    then = facts.at(window.start)
    case = facts.case
    return {
        "start": window.start,
        "end": window.end,
        "contract": {
            "status": then.status,
            "plan": then.plan.code if then.plan else None,
            "hours_extension": then.hours_extension,
            "fee_month": then.fee_month.name,
            "address_id": then.address.address_id if then.address else None,
            "entitlements_version": facts.entitlements.version,
            "known_up_to": facts.known_up_to,
        },
        "evidence": None
        if case is None
        else {
            "inquiry_id": case.inquiry_id,
            "verdict_id": case.verdict_id,
            "verdict": case.verdict_result,
            "sequence": case.sequence,
            "known_up_to": case.known_up_to,
        },
        "rights_taken": dict(facts.rights_taken),
        "technician": {
            "id": roster.technician.id,
            "crew": roster.technician.crew.value,
            "skills": sorted(roster.technician.skills),
            "branch_id": roster.technician.branch_id,
        },
        "needed": {"skills": sorted(need.skills), "branch_id": need.branch_id},
    }
