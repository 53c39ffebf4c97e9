"""Booking, changing and reading visits over REST."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import Depends, Query

from common.civil import jst_midnight
from common.http import Caller, IfMatch, Now, PageOf, Paging, Principal, Role, Router, SettingsDep, TxDep, answer, page
from dispatch.api.visit_schemas import PlaceIn, ReleaseIn, SignatureOut, StepOut, VisitIn, VisitOut, WhyOut
from dispatch.domain.completion_refusals import SignatureMissing
from dispatch.domain.windows import Window
from dispatch.storage import knowledge, records, visits, workforce
from dispatch.usecases.book_visit import BookVisit
from dispatch.usecases.book_visit import book_visit as book
from dispatch.usecases.change_visit import RebookVisit, ReleaseVisit
from dispatch.usecases.change_visit import rebook_visit as rebook
from dispatch.usecases.change_visit import release_visit as release
from dispatch.usecases.own_visit import require_own

router = Router(prefix="/api/dispatch/v1", tags=["visits"])
Filter = Annotated[str | None, Query(max_length=64)]
_NOBODY = "nobody"


def technician_subject(caller: Principal) -> str | None:
    """The subject of a caller who is a technician and nothing more; None for the office and for partners."""
    office = caller.has(Role.OPERATOR, Role.SUPERVISOR) or caller.partner is not None
    return None if office else caller.subject


async def _filters(
    contract_id: Filter = None,
    inquiry_id: Filter = None,
    visit_request_id: Filter = None,
    technician_id: Filter = None,
    status: Filter = None,
) -> dict[str, str | None]:
    return {
        "contract_id": contract_id,
        "inquiry_id": inquiry_id,
        "request_id": visit_request_id,
        "technician_id": technician_id,
        "status": status,
    }


@router.get("/visits", response_model=PageOf[VisitOut])
async def list_visits(
    tx: TxDep,
    caller: Caller,
    paging: Paging,
    filters: Annotated[dict[str, str | None], Depends(_filters)],
    day: Annotated[date | None, Query(description="JST day on which the visit begins")] = None,
) -> object:
    """Visits; a technician sees own visits only."""
    own = technician_subject(caller)
    if own is not None:
        filters["technician_id"] = await workforce.technician_of_subject(tx, own) or _NOBODY
    span = Window(jst_midnight(day), jst_midnight(day + timedelta(days=1))) if day else None
    rows = await visits.listed(tx, filters=filters, span=span, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=VisitOut.of)


@router.post("/visits", status_code=201, response_model=VisitOut)
async def book_visit(body: VisitIn, tx: TxDep, now: Now, settings: SettingsDep) -> object:
    """Book an offered slot, or a technician and a window; everything is judged again."""
    command = BookVisit(visit_request_id=body.visit_request_id, choice=body.choice(), terms=settings.offer_terms())
    return answer(await book(command, tx, now), VisitOut.of)


@router.get("/visits/{visit_id}", response_model=VisitOut)
async def read_visit(visit_id: str, tx: TxDep, caller: Caller) -> object:
    """One visit with the address it goes to."""
    visit = await visits.by_id(tx, visit_id)
    await require_own(tx, visit, technician_subject(caller))
    address = await knowledge.address_by_id(tx, visit.address_id) if visit.address_id else None
    return VisitOut.of(visit, address)


@router.get("/visits/{visit_id}/why", response_model=WhyOut)
async def explain_visit(visit_id: str, tx: TxDep, caller: Caller) -> object:
    """Which rules, which inputs, which events."""
    visit = await visits.by_id(tx, visit_id)
    await require_own(tx, visit, technician_subject(caller))
    steps = [StepOut.of(entry) for entry in await records.journal_of(tx, visit_id)]
    charge_id = await records.charge_id_of(tx, visit_id)
    return WhyOut(visit_id=visit.id, status=visit.status, charge_id=charge_id, steps=steps)


@router.get("/visits/{visit_id}/signature", response_model=SignatureOut)
async def read_signature(visit_id: str, tx: TxDep) -> object:
    """What the customer signed with."""
    visit = await visits.by_id(tx, visit_id)
    signed = await records.signature_of(tx, visit_id)
    if signed is None:
        raise SignatureMissing(visit_id=visit.id, status=visit.status)
    return SignatureOut.of(signed)


@router.post("/visits/{visit_id}/rebooking", response_model=VisitOut)
async def rebook_visit(
    visit_id: str, body: PlaceIn, tx: TxDep, now: Now, settings: SettingsDep, version: IfMatch
) -> object:
    """Another window before departure."""
    command = RebookVisit(visit_id=visit_id, choice=body.choice(), terms=settings.offer_terms(), version=version)
    return answer(await rebook(command, tx, now), VisitOut.of)


@router.post("/visits/{visit_id}/release", response_model=VisitOut)
async def release_visit(
    visit_id: str, body: ReleaseIn, tx: TxDep, now: Now, settings: SettingsDep, version: IfMatch
) -> object:
    """A held visit goes on, when every rule allows it where it stands."""
    command = ReleaseVisit(visit_id=visit_id, note=body.note, terms=settings.offer_terms(), version=version)
    return answer(await release(command, tx, now), VisitOut.of)
