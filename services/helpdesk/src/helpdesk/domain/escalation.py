"""Escalation: the second line or a maker is asked, and an answer is due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.errors import DomainError, WrongState, refuse_if_any
from common.events.helpdesk_desk import EscalationAnswered, InquiryEscalated
from helpdesk.domain.desk_refusals import EscalationLevelUnknown, EscalationNotAhead, EscalationOpen
from helpdesk.domain.inquiry import Inquiry, Step, at_work


class Level(StrEnum):
    """Who is asked."""

    SECOND_LINE = "second_line"
    MAKER = "maker"


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """A question to somebody who knows more; answered once `answered_at` is said."""

    id: str
    inquiry_id: str
    contract_id: str
    partner: str | None
    level: str
    group_code: str | None
    due_at: datetime
    question: str
    escalated_at: datetime
    escalated_by: str
    answer: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None


def escalate(inquiry: Inquiry, new: Escalation, *, open_id: str | None) -> Step:
    """Ask. With a group the case goes into its queue.

    Raises `EscalationLevelUnknown`, `EscalationNotAhead`, `EscalationOpen` (all that apply), `WrongState`.
    """
    begun = at_work(inquiry, new.escalated_by)
    refuse_if_any(
        [
            _level_known(new.level),
            None if new.due_at > new.escalated_at else EscalationNotAhead(due_at=new.due_at, now=new.escalated_at),
            EscalationOpen(escalation_id=open_id) if open_id is not None else None,
        ]
    )
    asked = InquiryEscalated(
        actor=new.escalated_by,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        escalation_id=new.id,
        level=new.level,
        group=new.group_code,
        due_at=new.due_at,
    )
    after = begun.inquiry
    if new.group_code is not None:
        after = replace(after, assignee=None, group_code=new.group_code)
    return Step(inquiry=after, events=(*begun.events, asked))


def answered(inquiry: Inquiry, asked: Escalation, words: str, *, actor: str, now: datetime) -> tuple[Escalation, Step]:
    """They have answered; possible in every state of the inquiry. Raises `WrongState`."""
    if asked.answered_at is not None:
        raise WrongState(status="answered", allowed=["open"])
    told = EscalationAnswered(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        escalation_id=asked.id,
        in_time=now <= asked.due_at,
    )
    after = replace(asked, answer=words, answered_at=now, answered_by=actor)
    return after, Step(inquiry=inquiry, events=(told,))


def _level_known(level: str) -> DomainError | None:
    allowed = [each.value for each in Level]
    return None if level in allowed else EscalationLevelUnknown(level=level, allowed=allowed)
