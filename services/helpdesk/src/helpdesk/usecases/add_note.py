"""Write a note on an inquiry; a partner's notes are always shared ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain.refusals import InquiryUnknown
from helpdesk.storage import case_work, inquiries
from helpdesk.storage.case_work import Note
from helpdesk.usecases.recording import not_stale

INTERNAL = "internal"
SHARED = "shared"


@dataclass(frozen=True, kw_only=True)
class AddNote:
    """The words, and whether partners may read them."""

    inquiry_id: str
    body: str
    internal: bool
    expected_version: int | None = None


async def add_note(command: AddNote, tx: Tx, now: datetime) -> Note:
    """Keep the note; raises `InquiryUnknown`, `StaleVersion`."""
    found = await inquiries.find(tx, command.inquiry_id)
    if found is None:
        raise InquiryUnknown(inquiry_id=command.inquiry_id)
    await not_stale(tx, found.inquiry, command.expected_version)
    note = Note(
        id=new_id("note"),
        inquiry_id=found.id,
        contract_id=found.inquiry.contract_id,
        visibility=INTERNAL if command.internal and tx.partner is None else SHARED,
        body=command.body,
        actor=tx.actor,
        at=now,
    )
    await case_work.add_note(tx, note)
    return note
