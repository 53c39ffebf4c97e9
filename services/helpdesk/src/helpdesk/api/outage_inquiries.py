"""The inquiries of an outage, many at once: each in a transaction of its own, what became of each told apart."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request

from common.db import Tx
from common.http import IdText, IfMatch, Now, Router, Transactions, TxDep, answer
from common.http.edge import language_of
from helpdesk.api.in_bulk import Transact, each_alone
from helpdesk.api.inquiry_schemas import AcceptedOut
from helpdesk.api.outage_schemas import (
    InquiriesIn,
    InquiryResolutionsIn,
    LinkedIn,
    NoticeIn,
    RecountingIn,
    RowsOut,
    UnitReturnsIn,
)
from helpdesk.storage import outages
from helpdesk.usecases.keep_outages import read_outage
from helpdesk.usecases.link_inquiries import link_inquiry, unlink_inquiry
from helpdesk.usecases.resolve_for_outage import require_over, resolve_for_outage
from helpdesk.usecases.resolve_inquiry import ResolveInquiry
from helpdesk.usecases.return_units import CountAgain, count_again, return_unit
from helpdesk.usecases.tell_of_outage import tell_inquiry, write_notice

router = Router(prefix="/api/helpdesk/v1", tags=["outages"])


@router.post("/outages/{outage_id}/links", response_model=RowsOut)
async def link(outage_id: IdText, body: InquiriesIn, transactions: Transactions, now: Now, request: Request) -> object:
    """Say that these inquiries are this outage's: `linked`, `already_linked` or `refused` each."""

    async def step(inquiry_id: str, tx: Tx) -> str:
        return "linked" if await link_inquiry(outage_id, inquiry_id, tx, now) is not None else "already_linked"

    await _known(outage_id, transactions)
    return RowsOut.of(await each_alone(body.inquiry_ids, step, transactions), language_of(request))


@router.post("/outages/{outage_id}/unlinking", response_model=RowsOut)
async def unlink(
    outage_id: IdText, body: InquiriesIn, transactions: Transactions, now: Now, request: Request
) -> object:
    """Say that these inquiries are not this outage's after all: `unlinked`, `not_linked` or `refused` each."""

    async def step(inquiry_id: str, tx: Tx) -> str:
        return "unlinked" if await unlink_inquiry(outage_id, inquiry_id, tx, now) is not None else "not_linked"

    await _known(outage_id, transactions)
    return RowsOut.of(await each_alone(body.inquiry_ids, step, transactions), language_of(request))


@router.post("/outages/{outage_id}/unit-returns", response_model=RowsOut)
async def return_units(
    outage_id: IdText, body: UnitReturnsIn, transactions: Transactions, now: Now, request: Request
) -> object:
    """Give back the units of what the outage caused; the cases stay (R-QUOTA-COUNT).

    `returned`, `already_returned` or `refused` each; sent again, it goes on where it was cut off.
    """

    async def step(inquiry_id: str, tx: Tx) -> str:
        after = await return_unit(outage_id, inquiry_id, body.reason, tx, now)
        return "returned" if after is not None else "already_returned"

    chosen, following = await _chosen(outage_id, body, transactions)
    return RowsOut.of(await each_alone(chosen, step, transactions), language_of(request), following=following)


@router.post("/outages/{outage_id}/notices", response_model=RowsOut)
async def tell_all(outage_id: IdText, body: NoticeIn, transactions: Transactions, now: Now, request: Request) -> object:
    """Write the same words on each case as a note that everybody may read, once; nothing is sent to anybody.

    `told`, `already_told` or `refused` each; the same words again go to those who were not told yet.
    """
    async with transactions() as tx:
        notice = await write_notice(body.command(outage_id), tx, now)

    async def step(inquiry_id: str, tx: Tx) -> str:
        return "told" if await tell_inquiry(notice, inquiry_id, tx, now) is not None else "already_told"

    chosen, following = await _chosen(outage_id, body, transactions)
    return RowsOut.of(await each_alone(chosen, step, transactions), language_of(request), following=following)


@router.post("/outages/{outage_id}/inquiry-resolutions", response_model=RowsOut)
async def resolve_all(
    outage_id: IdText, body: InquiryResolutionsIn, transactions: Transactions, now: Now, request: Request
) -> object:
    """Resolve the cases of an outage that is over: `resolved`, `already_resolved` or `refused` each."""
    async with transactions() as tx:
        await require_over(outage_id, tx)

    async def step(inquiry_id: str, tx: Tx) -> str:
        command = ResolveInquiry(inquiry_id=inquiry_id, outcome=body.outcome, solution=body.solution)
        after = await resolve_for_outage(outage_id, command, tx, now)
        return "resolved" if after is not None else "already_resolved"

    chosen, following = await _chosen(outage_id, body, transactions)
    return RowsOut.of(await each_alone(chosen, step, transactions), language_of(request), following=following)


@router.post("/inquiries/{inquiry_id}/recounting", response_model=AcceptedOut)
async def recount(inquiry_id: IdText, body: RecountingIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """It was no outage's after all: it counts again, with a unit of its own month (R-QUOTA-COUNT)."""
    command = CountAgain(inquiry_id=inquiry_id, reason=body.reason, expected_version=version)
    return answer(await count_again(command, tx, now), AcceptedOut.of_accepted)


async def _known(outage_id: str, transactions: Transact) -> None:
    async with transactions() as tx:
        await read_outage(outage_id, tx)


async def _chosen(outage_id: str, body: LinkedIn, transactions: Transact) -> tuple[Sequence[str], str | None]:
    """The inquiries that are meant, and behind which one the next request goes on."""
    async with transactions() as tx:
        await read_outage(outage_id, tx)
        if body.inquiry_ids is not None:
            return body.inquiry_ids, None
        found = [each.id for each in await outages.linked(tx, outage_id, after=body.after, limit=body.limit + 1)]
    chosen = found[: body.limit]
    return chosen, chosen[-1] if len(found) > body.limit else None
