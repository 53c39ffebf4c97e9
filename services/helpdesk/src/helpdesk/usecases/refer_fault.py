"""Hand a line fault to its carrier, ask again, and take the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain import referrals as domain
from helpdesk.domain.inquiry import Inquiry
from helpdesk.domain.referrals import Handed, Referral, ReferralStatus
from helpdesk.domain.refusals import ReferralUnknown
from helpdesk.storage import referrals, verdicts
from helpdesk.storage.referrals import FollowUp
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class ReferFault:
    """To which carrier, under which ticket of it, and when somebody asks again."""

    inquiry_id: str
    carrier: str
    ticket_number: str
    follow_up_at: datetime
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpReferral:
    """What the carrier said so far, and when somebody asks again."""

    inquiry_id: str
    referral_id: str
    words: str
    next_at: datetime
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class AnswerReferral:
    """What the carrier found (`repaired`, `no_fault`, `planned`), and in words."""

    inquiry_id: str
    referral_id: str
    outcome: str
    words: str
    expected_version: int | None = None


async def refer_fault(command: ReferFault, tx: Tx, now: datetime) -> Referral:
    """Hand it over.

    Raises `LineFaultNeeded`, `ReferralOpen`, `FollowUpNotAhead` (all that apply), `WrongState`, `InquiryUnknown`,
    `StaleVersion`.
    """
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    waiting = [each.id for each in await referrals.of_inquiry(tx, inquiry.id) if each.status is ReferralStatus.OPEN]
    handed = Handed(
        referral_id=new_id("rfr"),
        carrier=command.carrier,
        ticket_number=command.ticket_number,
        follow_up_at=command.follow_up_at,
    )
    referral, step = domain.refer(
        inquiry,
        await verdicts.find(tx, inquiry.verdict_id),
        handed,
        open_id=waiting[0] if waiting else None,
        actor=tx.actor,
        now=now,
    )
    await record(tx, inquiry, step, now)
    await referrals.add(tx, referral)
    return referral


async def follow_up_referral(command: FollowUpReferral, tx: Tx, now: datetime) -> Referral:
    """Write down that somebody asked.

    Raises `ReferralUnknown`, `FollowUpNotAhead`, `WrongState`, `InquiryUnknown`, `StaleVersion`.
    """
    inquiry, referral = await _found(tx, command)
    after, step = domain.follow_up(inquiry, referral, next_at=command.next_at, actor=tx.actor, now=now)
    await record(tx, inquiry, step, now)
    await referrals.save(tx, after)
    asked = FollowUp(
        id=new_id("rfu"),
        referral_id=referral.id,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        words=command.words,
        next_at=command.next_at,
        actor=tx.actor,
        at=now,
    )
    await referrals.add_follow_up(tx, asked)
    return after


async def answer_referral(command: AnswerReferral, tx: Tx, now: datetime) -> Referral:
    """Take the answer.

    Raises `ReferralUnknown`, `ReferralOutcomeUnknown`, `WrongState`, `InquiryUnknown`, `StaleVersion`.
    """
    inquiry, referral = await _found(tx, command)
    after, step = domain.answer(
        inquiry, referral, outcome=command.outcome, words=command.words, actor=tx.actor, now=now
    )
    await record(tx, inquiry, step, now)
    await referrals.save(tx, after)
    return after


async def _found(tx: Tx, command: FollowUpReferral | AnswerReferral) -> tuple[Inquiry, Referral]:
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    referral = await referrals.find(tx, inquiry.id, command.referral_id)
    if referral is None:
        raise ReferralUnknown(inquiry_id=inquiry.id, referral_id=command.referral_id)
    return inquiry, referral
