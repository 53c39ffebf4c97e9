"""The whole story of a case, and why each decision on it was made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from common.db import Tx
from common.verifying import Finding, Flaw, Verification, verify
from helpdesk.domain.onsite import OnsiteRequest
from helpdesk.domain.quota import LedgerEntry
from helpdesk.domain.refusals import InquiryUnknown
from helpdesk.domain.verdicts import Verdict
from helpdesk.storage import attachments, case_work, inquiries, quota, timeline, verdicts
from helpdesk.storage.inquiries import InquiryRecord

NOTE = "Note"
ATTACHMENT = "Attachment"
OWN = "helpdesk"
APPROVALS = frozenset({"CommandApproved"})
"""Facts whose actor is the second person, without whom it would not have been done."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the story; `event_id` names the published fact, notes and files have none."""

    inquiry_id: str
    at: datetime
    source: str
    type: str
    actor: str
    approver: str | None
    event_id: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Reasons:
    """What the decisions on an inquiry rested on."""

    record: InquiryRecord
    ledger: list[LedgerEntry]
    verdicts: list[Verdict]
    onsite_requests: list[OnsiteRequest]
    events: list[timeline.Entry]


async def inquiry_story(inquiry_id: str, tx: Tx) -> list[Line]:
    """Everything known here about a case and what was merged into it, in order; raises `InquiryUnknown`.

    Under a partner's role the database leaves internal notes and files out.
    """
    await _found(tx, inquiry_id)
    ids = await inquiries.with_merged(tx, inquiry_id)
    facts = [
        Line(
            inquiry_id=entry.inquiry_id,
            at=entry.at,
            source=entry.source,
            type=entry.type,
            actor=entry.actor,
            approver=entry.actor if entry.type in APPROVALS else None,
            event_id=entry.event_id,
            facts=entry.facts,
        )
        for entry in await timeline.entries(tx, ids)
    ]
    notes = [
        Line(
            inquiry_id=note.inquiry_id,
            at=note.at,
            source=OWN,
            type=NOTE,
            actor=note.actor,
            approver=None,
            event_id=None,
            facts={"note_id": note.id, "visibility": note.visibility, "body": note.body},
        )
        for note in await case_work.notes(tx, ids)
    ]
    files = [
        Line(
            inquiry_id=file.inquiry_id,
            at=file.at,
            source=OWN,
            type=ATTACHMENT,
            actor=file.actor,
            approver=None,
            event_id=None,
            facts={"attachment_id": file.id, "visibility": file.visibility, "file_name": file.file_name},
        )
        for file in await attachments.listed(tx, ids)
    ]
    return sorted([*facts, *notes, *files], key=lambda line: line.at)


async def verify_story(inquiry_id: str, tx: Tx) -> list[Verification]:
    """Hold the story of a case, and of each that was merged into it, against its seals; raises `InquiryUnknown`."""
    await _found(tx, inquiry_id)
    return [await _verified(tx, each) for each in await inquiries.with_merged(tx, inquiry_id)]


async def _verified(tx: Tx, inquiry_id: str) -> Verification:
    found = await verify(tx, timeline.chain_of(inquiry_id))
    if found.entries or found.waiting or found.findings:
        return found
    return replace(found, findings=[Finding(flaw=Flaw.REMOVED)])  # a case begins with its acceptance: all is gone


async def inquiry_reasons(inquiry_id: str, tx: Tx) -> Reasons:
    """The rules, inputs and events behind the decisions on an inquiry; raises `InquiryUnknown`."""
    return Reasons(
        record=await _found(tx, inquiry_id),
        ledger=await quota.entries_of_inquiry(tx, inquiry_id),
        verdicts=await verdicts.of_inquiry(tx, inquiry_id),
        onsite_requests=await verdicts.requests(tx, inquiry_id),
        events=await timeline.entries(tx, [inquiry_id]),
    )


async def _found(tx: Tx, inquiry_id: str) -> InquiryRecord:
    found = await inquiries.find(tx, inquiry_id)
    if found is None:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    return found
