"""Line faults handed to the carrier: with its ticket number, followed up until it has answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.errors import DomainError, WrongState, refuse_if_any
from common.events.helpdesk import FaultReferred, ReferralAnswered, ReferralFollowedUp
from helpdesk.domain.inquiry import Inquiry, Step, at_work
from helpdesk.domain.refusals import FollowUpNotAhead, LineFaultNeeded, ReferralOpen, ReferralOutcomeUnknown
from helpdesk.domain.verdicts import Cause, Result, Verdict


class ReferralStatus(StrEnum):
    """A referral is open until the carrier has answered."""

    OPEN = "open"
    ANSWERED = "answered"


class ReferralOutcome(StrEnum):
    """What the carrier found."""

    REPAIRED = "repaired"
    NO_FAULT = "no_fault"
    PLANNED = "planned"


@dataclass(frozen=True, kw_only=True)
class Referral:
    """A line fault at its carrier; `follow_up_at` is when somebody asks again."""

    id: str
    inquiry_id: str
    contract_id: str
    partner: str | None
    verdict_id: str
    carrier: str
    ticket_number: str
    status: ReferralStatus
    follow_up_at: datetime
    referred_at: datetime
    referred_by: str
    outcome: ReferralOutcome | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What is handed to whom, and when somebody asks again."""

    referral_id: str
    carrier: str
    ticket_number: str
    follow_up_at: datetime


def refer(
    inquiry: Inquiry, verdict: Verdict | None, handed: Handed, *, open_id: str | None, actor: str, now: datetime
) -> tuple[Referral, Step]:
    """Hand the fault to the carrier.

    Raises `LineFaultNeeded` unless the verdict that counts is a line fault, `ReferralOpen`, `FollowUpNotAhead` (all
    that apply), `WrongState`.
    """
    begun = at_work(inquiry, actor)
    found = _line_fault(verdict)
    refuse_if_any(
        [
            found if isinstance(found, DomainError) else None,
            ReferralOpen(referral_id=open_id) if open_id is not None else None,
            _ahead(handed.follow_up_at, now),
        ]
    )
    if isinstance(found, DomainError):
        raise found
    referral = Referral(
        id=handed.referral_id,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        partner=inquiry.partner,
        verdict_id=found.id,
        carrier=handed.carrier,
        ticket_number=handed.ticket_number,
        status=ReferralStatus.OPEN,
        follow_up_at=handed.follow_up_at,
        referred_at=now,
        referred_by=actor,
    )
    referred = FaultReferred(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        referral_id=referral.id,
        verdict_id=found.id,
        carrier=referral.carrier,
        ticket_number=referral.ticket_number,
        follow_up_at=referral.follow_up_at,
    )
    return referral, Step(inquiry=begun.inquiry, events=(*begun.events, referred))


def follow_up(
    inquiry: Inquiry, referral: Referral, *, next_at: datetime, actor: str, now: datetime
) -> tuple[Referral, Step]:
    """The carrier was asked and has not finished; ask again at `next_at`. Raises `WrongState`, `FollowUpNotAhead`."""
    _still_open(referral)
    refuse_if_any([_ahead(next_at, now)])
    asked = ReferralFollowedUp(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        referral_id=referral.id,
        follow_up_at=next_at,
    )
    return replace(referral, follow_up_at=next_at), Step(inquiry=inquiry, events=(asked,))


def answer(
    inquiry: Inquiry, referral: Referral, *, outcome: str, words: str, actor: str, now: datetime
) -> tuple[Referral, Step]:
    """The carrier has answered; possible in every state of the inquiry.

    Raises `WrongState`, `ReferralOutcomeUnknown`.
    """
    _still_open(referral)
    allowed = [each.value for each in ReferralOutcome]
    if outcome not in allowed:
        raise ReferralOutcomeUnknown(outcome=outcome, allowed=allowed)
    answered = ReferralAnswered(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        referral_id=referral.id,
        outcome=outcome,
    )
    after = replace(
        referral,
        status=ReferralStatus.ANSWERED,
        outcome=ReferralOutcome(outcome),
        answer=words,
        answered_at=now,
        answered_by=actor,
    )
    return after, Step(inquiry=inquiry, events=(answered,))


def _line_fault(verdict: Verdict | None) -> Verdict | DomainError:
    if verdict is not None and verdict.result is Result.ISOLATED and verdict.cause == Cause.LINE_FAULT:
        return verdict
    return LineFaultNeeded(
        latest_result=verdict.result.value if verdict is not None else None,
        latest_cause=verdict.cause if verdict is not None else None,
        needed={"result": Result.ISOLATED.value, "cause": Cause.LINE_FAULT.value},
    )


def _ahead(at: datetime, now: datetime) -> DomainError | None:
    return None if at > now else FollowUpNotAhead(follow_up_at=at, now=now)


def _still_open(referral: Referral) -> None:
    if referral.status is not ReferralStatus.OPEN:
        raise WrongState(status=referral.status.value, allowed=[ReferralStatus.OPEN.value])
