"""The steps of a case's life, and what counts as one: void, merge, split."""

from __future__ import annotations

from datetime import timedelta

from common.http import IdText, IfMatch, Now, Router, SettingsDep, TxDep, answer
from helpdesk.api.case_steps_schemas import (
    MergeIn,
    MergeOut,
    NothingIn,
    ResolutionIn,
    SplitIn,
    VoidIn,
    WaitingIn,
)
from helpdesk.api.inquiry_schemas import AcceptedOut, InquiryStateOut
from helpdesk.usecases.close_inquiry import CloseInquiry, close_inquiry
from helpdesk.usecases.merge_inquiries import MergeInquiries, merge_inquiries
from helpdesk.usecases.reopen_inquiry import ReopenInquiry, reopen_inquiry
from helpdesk.usecases.resolve_inquiry import ResolveInquiry, resolve_inquiry
from helpdesk.usecases.resume_inquiry import ResumeInquiry, resume_inquiry
from helpdesk.usecases.split_inquiry import split_inquiry
from helpdesk.usecases.undo_merge import UndoMerge, undo_merge
from helpdesk.usecases.void_inquiry import VoidInquiry, void_inquiry
from helpdesk.usecases.wait_for_customer import WaitForCustomer, wait_for_customer

router = Router(prefix="/api/helpdesk/v1", tags=["case steps"])


@router.post("/inquiries/{inquiry_id}/waiting", response_model=InquiryStateOut)
async def wait(inquiry_id: IdText, body: WaitingIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """The customer has to do something first."""
    command = WaitForCustomer(inquiry_id=inquiry_id, reason=body.reason, expected_version=version)
    return answer(await wait_for_customer(command, tx, now), InquiryStateOut.of)


@router.post("/inquiries/{inquiry_id}/resumption", response_model=InquiryStateOut)
async def resume(inquiry_id: IdText, tx: TxDep, now: Now, version: IfMatch, body: NothingIn | None = None) -> object:
    """The customer answered."""
    command = ResumeInquiry(inquiry_id=inquiry_id, expected_version=version)
    return answer(await resume_inquiry(command, tx, now), InquiryStateOut.of)


@router.post("/inquiries/{inquiry_id}/resolution", response_model=InquiryStateOut)
async def resolve(inquiry_id: IdText, body: ResolutionIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Solved, or all that can be done is done."""
    command = ResolveInquiry(
        inquiry_id=inquiry_id, outcome=body.outcome, solution=body.solution, expected_version=version
    )
    return answer(await resolve_inquiry(command, tx, now), InquiryStateOut.of)


@router.post("/inquiries/{inquiry_id}/closing", response_model=InquiryStateOut)
async def close(inquiry_id: IdText, tx: TxDep, now: Now, version: IfMatch, body: NothingIn | None = None) -> object:
    """Over for good."""
    command = CloseInquiry(inquiry_id=inquiry_id, expected_version=version)
    return answer(await close_inquiry(command, tx, now), InquiryStateOut.of)


@router.post("/inquiries/{inquiry_id}/reopening", response_model=InquiryStateOut)
async def reopen(
    inquiry_id: IdText,
    tx: TxDep,
    now: Now,
    version: IfMatch,
    settings: SettingsDep,
    body: NothingIn | None = None,
) -> object:
    """The fault came back: the same inquiry, no unit (R-QUOTA-COUNT)."""
    within = timedelta(days=settings.reopen_days)
    command = ReopenInquiry(inquiry_id=inquiry_id, within=within, expected_version=version)
    return answer(await reopen_inquiry(command, tx, now), InquiryStateOut.of)


@router.post("/inquiries/{inquiry_id}/void", response_model=InquiryStateOut)
async def void(inquiry_id: IdText, body: VoidIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Opened wrongly or out of scope: its unit goes back to the month it came from (R-QUOTA-COUNT)."""
    command = VoidInquiry(inquiry_id=inquiry_id, reason=body.reason, expected_version=version)
    return answer(await void_inquiry(command, tx, now), InquiryStateOut.of)


@router.post("/merges", status_code=201, response_model=MergeOut)
async def merge(body: MergeIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """A duplicate becomes part of another inquiry; its unit goes back (R-QUOTA-COUNT).

    `If-Match` is the duplicate's.
    """
    command = MergeInquiries(source_id=body.source_id, target_id=body.target_id, expected_version=version)
    return answer(await merge_inquiries(command, tx, now), MergeOut.of)


@router.post("/inquiries/{inquiry_id}/merge-undo", response_model=AcceptedOut)
async def take_merge_back(
    inquiry_id: IdText,
    tx: TxDep,
    now: Now,
    version: IfMatch,
    settings: SettingsDep,
    body: NothingIn | None = None,
) -> object:
    """The duplicate was none: it stands alone again, with a unit of its own month (R-QUOTA-COUNT)."""
    within = timedelta(hours=settings.merge_undo_hours)
    command = UndoMerge(inquiry_id=inquiry_id, within=within, expected_version=version)
    return answer(await undo_merge(command, tx, now), AcceptedOut.of_accepted)


@router.post("/splits", status_code=201, response_model=AcceptedOut)
async def split(body: SplitIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """A second fault of one call becomes an inquiry of its own, which takes one more unit (R-QUOTA-COUNT).

    `If-Match` is the source's.
    """
    return answer(await split_inquiry(body.command(version), tx, now), AcceptedOut.of_accepted)
