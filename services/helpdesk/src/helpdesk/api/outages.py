"""Outages: one fault that hits many at once, as one record."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import IdText, IfMatch, Now, PageOf, Paging, Router, TxDep, page
from helpdesk.api.outage_schemas import (
    CandidateOut,
    LinkedInquiryOut,
    NoticeOut,
    OutageEndIn,
    OutageIn,
    OutageNewsIn,
    OutageOut,
    OutageUpdateOut,
)
from helpdesk.domain.outages import OutageStatus
from helpdesk.storage import notices, outages
from helpdesk.usecases.find_candidates import find_candidates
from helpdesk.usecases.keep_outages import describe_outage, open_outage, read_outage, resolve_outage, tell_news

router = Router(prefix="/api/helpdesk/v1", tags=["outages"])


@router.post("/outages", status_code=201, response_model=OutageOut)
async def open_new(body: OutageIn, tx: TxDep, now: Now) -> object:
    """An outage is known from now on: overview and ringing call of each contract in its areas show it."""
    return OutageOut.of(await open_outage(body.described(), tx, now))


@router.get("/outages", response_model=PageOf[OutageOut])
async def list_outages(
    tx: TxDep, paging: Paging, is_open: Annotated[bool | None, Query(alias="open")] = None
) -> object:
    """Outages, oldest first; with `open` those that go on, or those that are over."""
    status = None if is_open is None else OutageStatus.OPEN if is_open else OutageStatus.RESOLVED
    rows = await outages.listed(tx, status=status, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=OutageOut.of)


@router.get("/outages/{outage_id}", response_model=OutageOut)
async def read(outage_id: IdText, tx: TxDep) -> object:
    """An outage as it stands."""
    return OutageOut.of(await read_outage(outage_id, tx))


@router.put("/outages/{outage_id}", response_model=OutageOut)
async def describe(outage_id: IdText, body: OutageIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Describe an outage that goes on anew."""
    return OutageOut.of(await describe_outage(outage_id, body.described(), tx, now, expected=version))


@router.post("/outages/{outage_id}/updates", status_code=201, response_model=OutageUpdateOut)
async def tell(outage_id: IdText, body: OutageNewsIn, tx: TxDep, now: Now) -> object:
    """Write down what became known; it stays as it was written."""
    return OutageUpdateOut.of(await tell_news(outage_id, body.words_ja, body.words_en, tx, now))


@router.get("/outages/{outage_id}/updates", response_model=PageOf[OutageUpdateOut])
async def list_updates(outage_id: IdText, tx: TxDep, paging: Paging) -> object:
    """What became known, oldest first."""
    await read_outage(outage_id, tx)
    rows = await outages.updates(tx, outage_id, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=OutageUpdateOut.of)


@router.post("/outages/{outage_id}/resolution", response_model=OutageOut)
async def resolve(outage_id: IdText, tx: TxDep, now: Now, version: IfMatch, body: OutageEndIn | None = None) -> object:
    """It is over; its inquiries stay linked."""
    at = body.resolved_at if body is not None else None
    return OutageOut.of(await resolve_outage(outage_id, at, tx, now, expected=version))


@router.get("/outages/{outage_id}/notices", response_model=PageOf[NoticeOut])
async def list_notices(outage_id: IdText, tx: TxDep, paging: Paging) -> object:
    """The notices that were written to its customers, oldest first."""
    await read_outage(outage_id, tx)
    rows = await notices.listed(tx, outage_id, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=NoticeOut.of)


@router.get("/outages/{outage_id}/inquiries", response_model=PageOf[LinkedInquiryOut])
async def list_inquiries(outage_id: IdText, tx: TxDep, paging: Paging) -> object:
    """The inquiries that are linked to it, oldest first."""
    await read_outage(outage_id, tx)
    rows = await outages.linked(tx, outage_id, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=LinkedInquiryOut.of)


@router.get("/outages/{outage_id}/candidates", response_model=PageOf[CandidateOut])
async def list_candidates(outage_id: IdText, tx: TxDep, paging: Paging) -> object:
    """Open troubles that may be its: received since it began, at a contract address in its areas, no outage's yet."""
    rows = await find_candidates(outage_id, tx, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=CandidateOut.of)
