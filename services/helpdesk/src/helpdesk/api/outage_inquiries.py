"""The inquiries of an outage, many at once: each in a transaction of its own, what became of each told apart."""

from __future__ import annotations

from fastapi import Request

from common.db import Tx
from common.http import IdText, Now, Router, Transactions
from common.http.edge import language_of
from helpdesk.api.in_bulk import each_alone
from helpdesk.api.outage_schemas import InquiriesIn, RowOut, RowsOut
from helpdesk.usecases.keep_outages import read_outage
from helpdesk.usecases.link_inquiries import link_inquiry, unlink_inquiry

router = Router(prefix="/api/helpdesk/v1", tags=["outages"])


@router.post("/outages/{outage_id}/links", response_model=RowsOut)
async def link(outage_id: IdText, body: InquiriesIn, transactions: Transactions, now: Now, request: Request) -> object:
    """Say that these inquiries are this outage's: `linked`, `already_linked` or `refused` each."""

    async def step(inquiry_id: str, tx: Tx) -> str:
        return "linked" if await link_inquiry(outage_id, inquiry_id, tx, now) is not None else "already_linked"

    async with transactions() as tx:
        await read_outage(outage_id, tx)
    rows = await each_alone(body.inquiry_ids, step, transactions)
    return RowsOut(items=[RowOut.of(row, language_of(request)) for row in rows])


@router.post("/outages/{outage_id}/unlinking", response_model=RowsOut)
async def unlink(
    outage_id: IdText, body: InquiriesIn, transactions: Transactions, now: Now, request: Request
) -> object:
    """Say that these inquiries are not this outage's after all: `unlinked`, `not_linked` or `refused` each."""

    async def step(inquiry_id: str, tx: Tx) -> str:
        return "unlinked" if await unlink_inquiry(outage_id, inquiry_id, tx, now) is not None else "not_linked"

    async with transactions() as tx:
        await read_outage(outage_id, tx)
    rows = await each_alone(body.inquiry_ids, step, transactions)
    return RowsOut(items=[RowOut.of(row, language_of(request)) for row in rows])
