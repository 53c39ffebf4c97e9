"""Inquiries: reporting, listing, reading, notes, and their whole story."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Query

from common.http import Caller, Code, IdText, IfMatch, Now, PageOf, Paging, Router, SettingsDep, TxDep, answer, page
from helpdesk.api.contract_schemas import WhyOut
from helpdesk.api.inquiry_schemas import (
    AcceptanceIn,
    AcceptedOut,
    InquiryOut,
    NoteIn,
    NoteOut,
    StoryVerificationOut,
    TimelineLineOut,
    TimelineOut,
)
from helpdesk.domain.refusals import InquiryUnknown
from helpdesk.storage import case_work, inquiries
from helpdesk.usecases.accept_inquiry import accept_inquiry
from helpdesk.usecases.add_note import AddNote, add_note
from helpdesk.usecases.inquiry_story import inquiry_reasons, inquiry_story, verify_story
from helpdesk.usecases.link_inquiries import accept_for_outage

router = Router(prefix="/api/helpdesk/v1", tags=["inquiries"])


@router.post("/inquiries", status_code=201, response_model=AcceptedOut)
async def report(body: AcceptanceIn, tx: TxDep, now: Now, settings: SettingsDep) -> object:
    """Accept an inquiry and take one unit of its fee month, or refuse it by name (R-QUOTA-INQUIRY)."""
    to = partial(AcceptedOut.of_accepted, warning_days=settings.product_warning_days)
    if body.outage_id is not None:
        return answer(await accept_for_outage(body.command(), body.outage_id, tx, now), to)
    return answer(await accept_inquiry(body.command(), tx, now), to)


@router.get("/inquiries", response_model=PageOf[InquiryOut])
async def list_inquiries(
    tx: TxDep,
    caller: Caller,
    paging: Paging,
    contract_id: Annotated[IdText | None, Query()] = None,
    status: Annotated[Code | None, Query()] = None,
    kind: Annotated[Code | None, Query()] = None,
) -> object:
    """Inquiries, oldest first."""
    asked = {"contract_id": contract_id, "status": status, "kind": kind}
    filters = {name: value for name, value in asked.items() if value is not None}
    rows = await inquiries.listed(tx, filters=filters, after=paging.after, limit=paging.limit + 1)
    for_house = caller.partner is None
    return page(rows, paging, to=lambda row: InquiryOut.of_record(row, for_house=for_house))


@router.get("/inquiries/{inquiry_id}", response_model=InquiryOut)
async def read_inquiry(inquiry_id: IdText, tx: TxDep, caller: Caller) -> object:
    """An inquiry as it stands."""
    found = await inquiries.find(tx, inquiry_id)
    if found is None:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    return InquiryOut.of_record(found, for_house=caller.partner is None)


@router.get("/inquiries/{inquiry_id}/timeline", response_model=TimelineOut)
async def read_timeline(inquiry_id: IdText, tx: TxDep) -> object:
    """Everything about this case from all services, in order, with what was merged into it."""
    story = await inquiry_story(inquiry_id, tx)
    return TimelineOut(items=[TimelineLineOut.of(line) for line in story])


@router.get("/inquiries/{inquiry_id}/timeline/verification", response_model=StoryVerificationOut)
async def verify_timeline(inquiry_id: IdText, tx: TxDep) -> object:
    """Hold every entry of the timeline against its seal: what was changed, removed or put in afterwards is named.

    Of notes and files the timeline tells; sealed are the facts. A `hash` kept elsewhere is an anchor for later.
    """
    return StoryVerificationOut.of(await verify_story(inquiry_id, tx))


@router.get("/inquiries/{inquiry_id}/why", response_model=WhyOut)
async def read_why(inquiry_id: IdText, tx: TxDep) -> object:
    """Which rules, inputs and events stand behind the decisions on this inquiry."""
    return WhyOut.of(await inquiry_reasons(inquiry_id, tx))


@router.post("/inquiries/{inquiry_id}/notes", status_code=201, response_model=NoteOut)
async def write_note(inquiry_id: IdText, body: NoteIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Write a note; a partner's notes are always shared."""
    command = AddNote(inquiry_id=inquiry_id, body=body.body, internal=body.internal, expected_version=version)
    return answer(await add_note(command, tx, now), NoteOut.of)


@router.get("/inquiries/{inquiry_id}/notes", response_model=PageOf[NoteOut])
async def list_notes(inquiry_id: IdText, tx: TxDep, paging: Paging) -> object:
    """Notes, oldest first, with those of inquiries merged into this one; partners see the shared ones."""
    if await inquiries.find(tx, inquiry_id) is None:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    ids = await inquiries.with_merged(tx, inquiry_id)
    rows = await case_work.notes(tx, ids, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=NoteOut.of)
