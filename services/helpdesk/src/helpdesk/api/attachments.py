"""Files on cases: taken as the raw body, given back so that no browser ever runs them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request
from starlette.responses import Response

from common.http import IdText, IfMatch, Line, Now, PageOf, Paging, Router, SettingsDep, TxDep, answer, page
from helpdesk.api.attachment_schemas import AttachmentOut
from helpdesk.domain.attachments import ENDINGS, TEXT
from helpdesk.domain.refusals import InquiryUnknown
from helpdesk.storage import attachments, inquiries
from helpdesk.usecases.attach_file import AttachFile, attach_file, read_file

router = Router(prefix="/api/helpdesk/v1", tags=["attachments"])
_ANY_BYTES = {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}
_FILE = {media: {"schema": {"type": "string", "format": "binary"}} for media in ENDINGS}
# The house's headers allow a document nothing already and forbid guessing; the sandbox takes its origin, too.
_NEVER_RUN = {"Content-Security-Policy": "sandbox"}


@router.post("/attachments", status_code=201, response_model=AttachmentOut, openapi_extra={"requestBody": _ANY_BYTES})
async def attach(
    request: Request,
    inquiry_id: Annotated[IdText, Query()],
    file_name: Annotated[Line, Query()],
    tx: TxDep,
    now: Now,
    settings: SettingsDep,
    version: IfMatch,
    internal: bool = True,
) -> object:
    """Attach a photo, a PDF or a text (log) to an inquiry: the body is the file, at most 10 MiB.

    What it is, its bytes say; the name's ending must fit. A partner's files are always shared.
    """
    command = AttachFile(
        inquiry_id=inquiry_id,
        file_name=file_name,
        content=await request.body(),
        internal=internal,
        most=settings.attachments_of_inquiry,
        expected_version=version,
    )
    return answer(await attach_file(command, tx, now), AttachmentOut.of)


@router.get("/inquiries/{inquiry_id}/attachments", response_model=PageOf[AttachmentOut])
async def list_attachments(inquiry_id: IdText, tx: TxDep, paging: Paging) -> object:
    """Files, oldest first, with those of inquiries merged into this one; partners see the shared ones."""
    if await inquiries.find(tx, inquiry_id) is None:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    ids = await inquiries.with_merged(tx, inquiry_id)
    rows = await attachments.listed(tx, ids, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=AttachmentOut.of)


@router.get(
    "/attachments/{attachment_id}/content",
    response_model=None,
    responses={200: {"content": _FILE, "description": "The file, to be saved."}},
)
async def download(attachment_id: IdText, tx: TxDep) -> Response:
    """The file itself, to be saved and never to be shown in place."""
    found, content = await read_file(attachment_id, tx)
    ending = found.file_name.rpartition(".")[2]
    named = f"attachment; filename=\"{found.id}.{ending}\"; filename*=UTF-8''{quote(found.file_name, safe='')}"
    media = "application/octet-stream" if found.media_type == TEXT else found.media_type
    return Response(content, media_type=media, headers={"Content-Disposition": named, **_NEVER_RUN})
