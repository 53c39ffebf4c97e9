"""Calls: telephone systems tell of them, operators see who rings."""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Header, Query, Request

from common.http import Code, IdText, Now, PageOf, Paging, Router, SettingsDep, TxDep, answer, page
from helpdesk.api.call_schemas import (
    FORM,
    AttachmentIn,
    CallCardOut,
    CallOut,
    HeardOut,
    NewPbxConnectionOut,
    PbxConnectionIn,
    PbxConnectionOut,
    PbxConnectionsOut,
    SignalIn,
)
from helpdesk.storage import calls, pbx
from helpdesk.usecases.attach_call import attach_call
from helpdesk.usecases.connect_pbx import connect_pbx, known_pbx, revoke_pbx
from helpdesk.usecases.hear_call import hear_call
from helpdesk.usecases.show_call import show_call

router = Router(prefix="/api/helpdesk/v1", tags=["calls"])

_SIGNAL = {"schema": SignalIn.model_json_schema(by_alias=True)}


async def _secret(authorization: Annotated[str | None, Header(include_in_schema=False)] = None) -> str | None:
    """The bearer token, or the password of basic authentication: all that many telephone systems can be told."""
    scheme, _, shown = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        return shown
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(shown, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None


@router.post(
    "/calls",
    response_model=HeardOut,
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": _SIGNAL, FORM: _SIGNAL}}},
)
async def hear(
    request: Request, tx: TxDep, now: Now, settings: SettingsDep, secret: Annotated[str | None, Depends(_secret)]
) -> object:
    """Tell of a call: `newCall`, `answer` or `hangup`, in any order and as often as the system likes."""
    connection = await known_pbx(secret, tx)
    told = SignalIn.read(await request.body(), request.headers.get("content-type", ""))
    within = timedelta(minutes=settings.callback_minutes)
    return HeardOut.model_validate(await hear_call(told.signal(), connection, tx, now, ring_within=within))


@router.get("/calls", response_model=PageOf[CallOut])
async def list_calls(
    tx: TxDep,
    paging: Paging,
    state: Annotated[Code | None, Query()] = None,
    contract_id: Annotated[IdText | None, Query()] = None,
    inquiry_id: Annotated[IdText | None, Query()] = None,
) -> object:
    """Calls, newest first; `state=ringing` is what a screen follows."""
    asked = {"state": state, "contract_id": contract_id, "inquiry_id": inquiry_id}
    filters = {name: value for name, value in asked.items() if value is not None}
    return page(
        await calls.listed(tx, filters=filters, after=paging.after, limit=paging.limit + 1), paging, to=CallOut.of
    )


@router.get("/calls/{call_id}", response_model=CallCardOut)
async def read_call(call_id: IdText, tx: TxDep, now: Now) -> object:
    """The call with who may be ringing: subscriber, balance, open inquiries."""
    return CallCardOut.of_card(await show_call(call_id, tx, now))


@router.put("/calls/{call_id}/inquiry", response_model=CallOut)
async def attach(call_id: IdText, body: AttachmentIn, tx: TxDep, now: Now) -> object:
    """Note which inquiry a call was about."""
    return answer(await attach_call(call_id, body.inquiry_id, tx, now), CallOut.of)


@router.post("/pbx-connections", status_code=201, response_model=NewPbxConnectionOut)
async def connect(body: PbxConnectionIn, tx: TxDep, now: Now) -> object:
    """Let a telephone system tell of calls; its secret is shown this once."""
    made, secret = await connect_pbx(body.name, tx, now)
    return NewPbxConnectionOut(**PbxConnectionOut.of(made).model_dump(), secret=secret)


@router.get("/pbx-connections", response_model=PbxConnectionsOut)
async def list_connections(tx: TxDep) -> object:
    """The telephone systems that may, or might, tell of calls."""
    return PbxConnectionsOut(items=[PbxConnectionOut.of(each) for each in await pbx.listed(tx)])


@router.delete("/pbx-connections/{connection_id}", status_code=204)
async def revoke(connection_id: IdText, tx: TxDep, now: Now) -> None:
    """Take its secret out of force; calls it told of stay."""
    await revoke_pbx(connection_id, tx, now)
