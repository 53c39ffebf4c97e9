"""Callbacks: promises to ring a customer."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Query

from common.http import Code, IdText, Now, PageOf, Paging, Router, TxDep, page
from helpdesk.api.call_schemas import CallbackIn, CallbackOut, CancellationIn, CompletionIn, PostponementIn
from helpdesk.domain import callbacks as promises
from helpdesk.domain.call_refusals import CallbackUnknown
from helpdesk.domain.callbacks import Callback
from helpdesk.storage import callbacks
from helpdesk.usecases.keep_callbacks import change_callback, promise_callback

router = Router(prefix="/api/helpdesk/v1/callbacks", tags=["calls"])


@router.post("", status_code=201, response_model=CallbackOut)
async def promise(body: CallbackIn, tx: TxDep, now: Now) -> object:
    """Promise to ring a number by a time."""
    return CallbackOut.of(await promise_callback(body.command(), tx, now), now)


@router.get("", response_model=PageOf[CallbackOut])
async def list_callbacks(
    tx: TxDep,
    now: Now,
    paging: Paging,
    status: Annotated[Code | None, Query()] = None,
    assignee: Annotated[IdText | None, Query()] = None,
    contract_id: Annotated[IdText | None, Query()] = None,
    overdue: Annotated[bool, Query()] = False,
) -> object:
    """Promises, oldest first; `overdue=true` shows the broken ones that are still open."""
    asked = {"status": "open" if overdue else status, "assignee": assignee, "contract_id": contract_id}
    filters = {name: value for name, value in asked.items() if value is not None}
    due_by: datetime | None = now if overdue else None
    rows = await callbacks.listed(tx, filters=filters, due_by=due_by, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=lambda row: CallbackOut.of(row, now))


@router.get("/{callback_id}", response_model=CallbackOut)
async def read_callback(callback_id: IdText, tx: TxDep, now: Now) -> object:
    """A promise as it stands."""
    found: Callback | None = await callbacks.find(tx, callback_id)
    if found is None:
        raise CallbackUnknown(callback_id=callback_id)
    return CallbackOut.of(found, now)


@router.post("/{callback_id}/taking", response_model=CallbackOut)
async def take(callback_id: IdText, tx: TxDep, now: Now) -> object:
    """Say that you will ring; one person at a time can."""
    return CallbackOut.of(await change_callback(callback_id, partial(promises.take, actor=tx.actor), tx, now), now)


@router.post("/{callback_id}/postponement", response_model=CallbackOut)
async def postpone(callback_id: IdText, body: PostponementIn, tx: TxDep, now: Now) -> object:
    """The customer wants to be rung at another time."""
    step = partial(promises.postpone, promised_at=body.promised_at, actor=tx.actor, now=now)
    return CallbackOut.of(await change_callback(callback_id, step, tx, now), now)


@router.post("/{callback_id}/completion", response_model=CallbackOut)
async def complete(callback_id: IdText, body: CompletionIn, tx: TxDep, now: Now) -> object:
    """The customer was rung."""
    step = partial(promises.done, outcome=body.outcome, actor=tx.actor, now=now)
    return CallbackOut.of(await change_callback(callback_id, step, tx, now), now)


@router.post("/{callback_id}/cancellation", response_model=CallbackOut)
async def cancel(callback_id: IdText, body: CancellationIn, tx: TxDep, now: Now) -> object:
    """Nobody needs to ring any more."""
    step = partial(promises.cancel, reason=body.reason, actor=tx.actor, now=now)
    return CallbackOut.of(await change_callback(callback_id, step, tx, now), now)
