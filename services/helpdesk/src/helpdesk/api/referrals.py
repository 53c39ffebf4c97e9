"""Line faults handed to carriers: on their inquiry, and those that wait to be followed up."""

from __future__ import annotations

from datetime import timedelta

from common.http import Caller, IdText, IfMatch, Now, PageOf, Paging, Router, SettingsDep, TxDep, answer, page
from helpdesk.api.referral_schemas import (
    ReferralAnswerIn,
    ReferralFollowUpIn,
    ReferralFollowUpOut,
    ReferralFollowUpsOut,
    ReferralIn,
    ReferralOut,
    ReferralsOut,
)
from helpdesk.api.work import known
from helpdesk.domain.refusals import ReferralUnknown
from helpdesk.storage import referrals
from helpdesk.usecases.refer_fault import answer_referral, follow_up_referral, refer_fault

router = Router(prefix="/api/helpdesk/v1", tags=["referrals"])


@router.get("/referrals", response_model=PageOf[ReferralOut])
async def list_open(tx: TxDep, paging: Paging, now: Now, overdue: bool = False) -> object:
    """Referrals that wait for an answer; with `overdue` those that were to be followed up by now."""
    due_at = now if overdue else None
    rows = await referrals.still_open(tx, due_at=due_at, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=ReferralOut.of)


@router.post("/inquiries/{inquiry_id}/referrals", status_code=201, response_model=ReferralOut)
async def refer(
    inquiry_id: IdText, body: ReferralIn, tx: TxDep, now: Now, version: IfMatch, settings: SettingsDep
) -> object:
    """Hand a line fault to its carrier (R-ISOLATION-EVIDENCE)."""
    after = timedelta(hours=settings.referral_follow_up_hours)
    command = body.command(inquiry_id, version=version, now=now, after=after)
    return answer(await refer_fault(command, tx, now), ReferralOut.of)


@router.get("/inquiries/{inquiry_id}/referrals", response_model=ReferralsOut)
async def list_referrals(inquiry_id: IdText, tx: TxDep, caller: Caller) -> object:
    """All referrals of this inquiry."""
    await known(inquiry_id, tx)
    show = ReferralOut.of if caller.partner is None else ReferralOut.without_words
    return ReferralsOut(items=[show(each) for each in await referrals.of_inquiry(tx, inquiry_id)])


@router.post("/inquiries/{inquiry_id}/referrals/{referral_id}/follow-ups", response_model=ReferralOut)
async def follow_up(
    inquiry_id: IdText,
    referral_id: IdText,
    body: ReferralFollowUpIn,
    tx: TxDep,
    now: Now,
    version: IfMatch,
    settings: SettingsDep,
) -> object:
    """The carrier was asked and has not finished."""
    after = timedelta(hours=settings.referral_follow_up_hours)
    command = body.command(inquiry_id, referral_id, version=version, now=now, after=after)
    return answer(await follow_up_referral(command, tx, now), ReferralOut.of)


@router.get("/inquiries/{inquiry_id}/referrals/{referral_id}/follow-ups", response_model=ReferralFollowUpsOut)
async def list_follow_ups(inquiry_id: IdText, referral_id: IdText, tx: TxDep) -> object:
    """Each time somebody asked."""
    if await referrals.find(tx, inquiry_id, referral_id) is None:
        raise ReferralUnknown(inquiry_id=inquiry_id, referral_id=referral_id)
    found = await referrals.follow_ups(tx, referral_id)
    return ReferralFollowUpsOut(items=[ReferralFollowUpOut.of(each) for each in found])


@router.post("/inquiries/{inquiry_id}/referrals/{referral_id}/answer", response_model=ReferralOut)
async def take_answer(
    inquiry_id: IdText, referral_id: IdText, body: ReferralAnswerIn, tx: TxDep, now: Now, version: IfMatch
) -> object:
    """The carrier has answered."""
    return answer(await answer_referral(body.command(inquiry_id, referral_id, version), tx, now), ReferralOut.of)
