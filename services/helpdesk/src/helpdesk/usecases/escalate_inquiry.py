"""Ask the second line or a maker, and take the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain import escalation as domain
from helpdesk.domain.desk_refusals import EscalationUnknown
from helpdesk.domain.escalation import Escalation
from helpdesk.storage import desk, escalations
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class EscalateInquiry:
    """Who is asked what, and when the answer is due; with a group its queue gets the case."""

    inquiry_id: str
    level: str
    group: str | None
    due_at: datetime
    question: str
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class AnswerEscalation:
    """What they said."""

    inquiry_id: str
    escalation_id: str
    words: str
    expected_version: int | None = None


async def escalate_inquiry(command: EscalateInquiry, tx: Tx, now: datetime) -> Escalation:
    """Ask.

    Raises `EscalationLevelUnknown`, `EscalationNotAhead`, `EscalationOpen` (all that apply), `DeskGroupUnknown`,
    `WrongState`, `InquiryUnknown`, `StaleVersion`.
    """
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    await desk.require_group(tx, command.group)
    waiting = [each.id for each in await escalations.of_inquiry(tx, inquiry.id) if each.answered_at is None]
    new = Escalation(
        id=new_id("esc"),
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        partner=inquiry.partner,
        level=command.level,
        group_code=command.group,
        due_at=command.due_at,
        question=command.question,
        escalated_at=now,
        escalated_by=tx.actor,
    )
    step = domain.escalate(inquiry, new, open_id=waiting[0] if waiting else None)
    await record(tx, inquiry, step, now)
    await escalations.add(tx, new)
    return new


async def answer_escalation(command: AnswerEscalation, tx: Tx, now: datetime) -> Escalation:
    """Take the answer. Raises `EscalationUnknown`, `WrongState`, `InquiryUnknown`, `StaleVersion`."""
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    found = [it for it in await escalations.of_inquiry(tx, inquiry.id) if it.id == command.escalation_id]
    if not found:
        raise EscalationUnknown(inquiry_id=inquiry.id, escalation_id=command.escalation_id)
    after, step = domain.answered(inquiry, found[0], command.words, actor=tx.actor, now=now)
    await record(tx, inquiry, step, now)
    await escalations.save(tx, after)
    return after
