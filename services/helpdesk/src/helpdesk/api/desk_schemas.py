"""What goes in and out about the desk: groups, who is there, queues, assignments, escalations."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from common.http import Answer, Code, Command, IdText, Line, Moment, MomentIn, Prose
from helpdesk.api.inquiry_schemas import InquiryStateOut
from helpdesk.domain.assignment import Availability, Operator
from helpdesk.domain.escalation import Escalation
from helpdesk.storage.desk import DeskGroup, Looked, QueueLine
from helpdesk.usecases.escalate_inquiry import EscalateInquiry
from helpdesk.usecases.keep_desk import KeepGroup


class DeskGroupIn(Command):
    """A group and everybody in it, by subject id."""

    name_ja: Line
    name_en: Line
    members: Annotated[list[IdText], Field(max_length=500, examples=[["op-sato", "op-tanaka"]])]

    def command(self, code: str, version: int | None) -> KeepGroup:
        """The same for the use case."""
        return KeepGroup(
            code=code, name_ja=self.name_ja, name_en=self.name_en, members=self.members, expected_version=version
        )


class DeskGroupOut(Answer):
    """A group of operators."""

    code: Annotated[str, Field(examples=["network"])]
    name_ja: str
    name_en: str
    members: list[str]
    version: int

    @classmethod
    def of(cls, group: DeskGroup) -> DeskGroupOut:
        """From storage."""
        return DeskGroupOut.model_validate(group)


class AvailabilityIn(Command):
    """Whether one can take the next case."""

    availability: Availability


class OperatorOut(Answer):
    """Somebody at the desk."""

    id: Annotated[str, Field(description="Subject id.", examples=["op-sato"])]
    availability: Availability
    since: Moment

    @classmethod
    def of(cls, operator: Operator) -> OperatorOut:
        """From the domain."""
        return OperatorOut.model_validate(operator)


class AssignmentIn(Command):
    """Who is to have it, by subject id."""

    assignee: Annotated[IdText, Field(examples=["op-tanaka"])]


class TakeOverIn(Command):
    """Why it is taken from whoever has it."""

    reason: Line


class QueueIn(Command):
    """In whose queue it is to wait; null: everybody's."""

    group: Code | None = None


class NextOut(Answer):
    """The case that was taken; null: nothing waits."""

    inquiry: InquiryStateOut | None


class QueueFilter:
    """Which open cases a queue shows."""

    def __init__(
        self,
        assignee: Annotated[IdText | None, Query()] = None,
        group: Annotated[Code | None, Query()] = None,
        contract_id: Annotated[IdText | None, Query()] = None,
        status: Annotated[Code | None, Query()] = None,
        *,
        unassigned: Annotated[bool, Query()] = False,
    ) -> None:
        self.looked = Looked(
            assignee=assignee, group=group, contract_id=contract_id, status=status, unassigned=unassigned
        )


class QueueLineOut(Answer):
    """An open case in a queue."""

    inquiry_id: str
    contract_id: str
    status: str
    kind: str
    summary: str
    group: str | None
    assignee: str | None
    received_at: Moment
    due_at: Annotated[Moment | None, Field(description="What is promised next; null: nothing, or it waits.")]
    version: int

    @classmethod
    def of(cls, line: QueueLine) -> QueueLineOut:
        """From storage."""
        return QueueLineOut.model_validate(line)


class EscalationIn(Command):
    """Who is asked what, and when the answer is due; with a group the case goes into its queue."""

    level: Annotated[Code, Field(description="second_line | maker", examples=["second_line"])]
    group: Code | None = None
    due_at: MomentIn
    question: Prose

    def command(self, inquiry_id: str, version: int | None) -> EscalateInquiry:
        """The same for the use case."""
        return EscalateInquiry(
            inquiry_id=inquiry_id,
            level=self.level,
            group=self.group,
            due_at=self.due_at,
            question=self.question,
            expected_version=version,
        )


class EscalationAnswerIn(Command):
    """What they said."""

    words: Prose


class EscalationOut(Answer):
    """A question to somebody who knows more."""

    id: str
    inquiry_id: str
    contract_id: str
    level: str
    group: str | None
    due_at: Moment
    question: str
    escalated_at: Moment
    escalated_by: str
    answer: str | None
    answered_at: Moment | None
    answered_by: str | None

    @classmethod
    def of(cls, asked: Escalation) -> EscalationOut:
        """From the domain."""
        fields = {name: getattr(asked, name) for name in cls.model_fields if name != "group"}
        return EscalationOut(**fields, group=asked.group_code)


class EscalationsOut(Answer):
    """All escalations of an inquiry."""

    items: list[EscalationOut]
    next: None = None
