"""What goes in and out about line faults handed to carriers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from common.http import Answer, Code, Command, Line, Moment, Prose
from common.http.schemas import MomentIn
from helpdesk.domain.referrals import Referral
from helpdesk.storage.referrals import FollowUp
from helpdesk.usecases.refer_fault import AnswerReferral, FollowUpReferral, ReferFault


class ReferralIn(Command):
    """To which carrier, its ticket number, and when somebody asks again (a day later, unless said)."""

    carrier: Annotated[Line, Field(examples=["NTT East"])]
    ticket_number: Annotated[Line, Field(examples=["A-2026-0601-17"])]
    follow_up_at: MomentIn | None = None

    def command(self, inquiry_id: str, *, version: int | None, now: datetime, after: timedelta) -> ReferFault:
        """The same for the use case."""
        return ReferFault(
            inquiry_id=inquiry_id,
            carrier=self.carrier,
            ticket_number=self.ticket_number,
            follow_up_at=self.follow_up_at or now + after,
            expected_version=version,
        )


class ReferralFollowUpIn(Command):
    """What the carrier said so far, and when somebody asks again (a day later, unless said)."""

    words: Prose
    next_at: MomentIn | None = None

    def command(
        self, inquiry_id: str, referral_id: str, *, version: int | None, now: datetime, after: timedelta
    ) -> FollowUpReferral:
        """The same for the use case."""
        return FollowUpReferral(
            inquiry_id=inquiry_id,
            referral_id=referral_id,
            words=self.words,
            next_at=self.next_at or now + after,
            expected_version=version,
        )


class ReferralAnswerIn(Command):
    """What the carrier found: `repaired`, `no_fault` or `planned` (works that were announced)."""

    outcome: Annotated[Code, Field(examples=["repaired"])]
    words: Prose

    def command(self, inquiry_id: str, referral_id: str, version: int | None) -> AnswerReferral:
        """The same for the use case."""
        return AnswerReferral(
            inquiry_id=inquiry_id,
            referral_id=referral_id,
            outcome=self.outcome,
            words=self.words,
            expected_version=version,
        )


class ReferralOut(Answer):
    """A line fault at its carrier; the carrier's words are shown to the house only."""

    id: str
    inquiry_id: str
    contract_id: str
    verdict_id: str
    carrier: str
    ticket_number: str
    status: Annotated[str, Field(examples=["open"])]
    follow_up_at: Moment
    referred_at: Moment
    referred_by: str
    outcome: str | None
    answer: str | None
    answered_at: Moment | None
    answered_by: str | None

    @classmethod
    def of(cls, referral: Referral) -> ReferralOut:
        """From the domain."""
        return ReferralOut.model_validate(referral)

    @classmethod
    def without_words(cls, referral: Referral) -> ReferralOut:
        """From the domain, for partners."""
        return cls.of(referral).model_copy(update={"answer": None})


class ReferralsOut(Answer):
    """All referrals of an inquiry."""

    items: list[ReferralOut]
    next: None = None


class ReferralFollowUpOut(Answer):
    """Somebody asked the carrier."""

    id: str
    words: str
    next_at: Moment
    actor: str
    at: Moment

    @classmethod
    def of(cls, asked: FollowUp) -> ReferralFollowUpOut:
        """From storage."""
        return ReferralFollowUpOut.model_validate(asked)


class ReferralFollowUpsOut(Answer):
    """Each time somebody asked."""

    items: list[ReferralFollowUpOut]
    next: None = None
