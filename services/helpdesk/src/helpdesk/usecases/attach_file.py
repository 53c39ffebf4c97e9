"""Attach a file to an inquiry; a partner's files are always shared ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain.attachment_refusals import AttachmentErased, AttachmentsFull, AttachmentUnknown
from helpdesk.domain.attachments import Attachment, checked_name, media_type_of
from helpdesk.domain.refusals import InquiryUnknown
from helpdesk.storage import attachments, inquiries
from helpdesk.usecases.add_note import INTERNAL, SHARED
from helpdesk.usecases.recording import not_stale


@dataclass(frozen=True, kw_only=True)
class AttachFile:
    """The file, what it is called, and whether partners may see it; `most` are the files one inquiry may hold."""

    inquiry_id: str
    file_name: str
    content: bytes
    internal: bool
    most: int
    expected_version: int | None = None


async def attach_file(command: AttachFile, tx: Tx, now: datetime) -> Attachment:
    """Keep the file.

    Raises `InquiryUnknown`, `AttachmentEmpty`, `AttachmentTypeRefused`, `AttachmentNameRefused`, `AttachmentsFull`,
    `StaleVersion`.
    """
    found = await inquiries.find(tx, command.inquiry_id)
    if found is None:
        raise InquiryUnknown(inquiry_id=command.inquiry_id)
    await not_stale(tx, found.inquiry, command.expected_version)
    media_type = media_type_of(command.content)
    file_name = checked_name(command.file_name, media_type)
    held = await attachments.count_alone(tx, found.id)
    if held >= command.most:
        raise AttachmentsFull(held=held, most=command.most)
    new = Attachment(
        id=new_id("att"),
        inquiry_id=found.id,
        contract_id=found.inquiry.contract_id,
        visibility=INTERNAL if command.internal and tx.partner is None else SHARED,
        file_name=file_name,
        media_type=media_type,
        size=len(command.content),
        sha256=hashlib.sha256(command.content).hexdigest(),
        actor=tx.actor,
        at=now,
    )
    await attachments.add(tx, new, command.content)
    return new


async def read_file(attachment_id: str, tx: Tx) -> tuple[Attachment, bytes]:
    """A file with its bytes; raises `AttachmentUnknown`, `AttachmentErased`."""
    found = await attachments.find(tx, attachment_id)
    if found is None:
        raise AttachmentUnknown(attachment_id=attachment_id)
    content = await attachments.content_of(tx, attachment_id)
    if content is None:
        raise AttachmentErased(attachment_id=attachment_id)
    return found, content
