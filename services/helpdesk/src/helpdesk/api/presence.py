"""An inquiry live: its events as they are published and, for the house, who else has it open."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Header, Query, Request
from starlette.responses import Response

from common.http import Caller, IdText, Router, Transactions, TxDep
from common.http.stream import STREAMED, event_stream
from helpdesk.api.attendance import attendance_of
from helpdesk.api.presence_schemas import PresenceOut, PresentOut
from helpdesk.api.work import known
from helpdesk.storage import presence

router = Router(prefix="/api/helpdesk/v1/inquiries/{inquiry_id}", tags=["presence"])


@router.get("/presence", response_model=PresenceOut)
async def who_is_here(inquiry_id: IdText, tx: TxDep) -> object:
    """Who has this inquiry open at this moment."""
    await known(inquiry_id, tx)
    here = (await presence.here(tx, [inquiry_id])).get(inquiry_id, [])
    return PresenceOut(items=[PresentOut.model_validate(each) for each in here])


@router.get("/stream", response_class=Response, responses=STREAMED)
async def watch(
    request: Request,
    inquiry_id: IdText,
    caller: Caller,
    transactions: Transactions,
    last_event_id: Annotated[str | None, Header(max_length=80)] = None,
    cursor: Annotated[str | None, Query(max_length=80)] = None,
) -> Response:
    """Events of this case as they come, as `GET /stream` tells them.

    To the house also `presence`: who has the inquiry open, and who comes and leaves. Whoever watches it here has it
    open; partners are told of nobody and are not shown. These messages have no id: they are of the moment.
    """
    async with transactions() as tx:
        await known(inquiry_id, tx)
    beside = partial(attendance_of(request).attend, inquiry_id, caller.subject) if caller.partner is None else None
    return await event_stream(
        request, caller, transactions, last_seen=last_event_id or cursor, correlation_id=inquiry_id, beside=beside
    )
