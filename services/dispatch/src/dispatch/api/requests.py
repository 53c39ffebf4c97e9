"""The menu, visit requests and slot searches over REST."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import IfMatch, Now, PageOf, Paging, Router, SettingsDep, TxDep, answer, page
from dispatch.api.schemas import (
    MenuOut,
    ReasonIn,
    SlotSearchIn,
    SlotsOut,
    VisitRequestIn,
    VisitRequestOut,
)
from dispatch.storage import knowledge, requests
from dispatch.usecases.cancel_request import CancelRequest
from dispatch.usecases.cancel_request import cancel_request as cancel
from dispatch.usecases.request_setup_visit import request_setup_visit
from dispatch.usecases.search_slots import search_slots as search

router = Router(prefix="/api/dispatch/v1", tags=["visit requests"])
Filter = Annotated[str | None, Query(max_length=64)]


@router.get("/menu", response_model=MenuOut)
async def read_menu(tx: TxDep) -> object:
    """What setup visits offer and cost."""
    return MenuOut(items=list(await knowledge.menu(tx)))


@router.get("/visit-requests", response_model=PageOf[VisitRequestOut])
async def list_visit_requests(
    tx: TxDep,
    paging: Paging,
    inquiry_id: Filter = None,
    contract_id: Filter = None,
    status: Filter = None,
    purpose: Filter = None,
) -> object:
    """Visit requests."""
    filters = {"inquiry_id": inquiry_id, "contract_id": contract_id, "status": status, "purpose": purpose}
    rows = await requests.listed(tx, filters=filters, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=VisitRequestOut.of)


@router.post("/visit-requests", status_code=201, response_model=VisitRequestOut)
async def request_visit(body: VisitRequestIn, tx: TxDep, now: Now) -> object:
    """Ask for a setup visit; the answer carries the quote."""
    return answer(await request_setup_visit(body.command(), tx, now), VisitRequestOut.of)


@router.get("/visit-requests/{visit_request_id}", response_model=VisitRequestOut)
async def read_visit_request(visit_request_id: str, tx: TxDep) -> object:
    """One visit request."""
    return VisitRequestOut.of(await requests.by_id(tx, visit_request_id))


@router.post("/visit-requests/{visit_request_id}/cancellation", response_model=VisitRequestOut)
async def cancel_request(visit_request_id: str, body: ReasonIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Nobody wants it any more; a booked visit is cancelled first."""
    command = CancelRequest(visit_request_id=visit_request_id, reason=body.reason, version=version)
    return answer(await cancel(command, tx, now), VisitRequestOut.of)


@router.post("/slot-searches", response_model=SlotsOut)
async def search_slots(body: SlotSearchIn, tx: TxDep, now: Now, settings: SettingsDep) -> object:
    """The earliest feasible slots of each day, and why other days have none."""
    return answer(await search(body.command(settings.offer_terms()), tx, now), SlotsOut.of)
