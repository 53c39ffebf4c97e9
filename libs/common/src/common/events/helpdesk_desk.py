"""Facts that `helpdesk` publishes about its own desk: whose case it is, who was asked, whether promises are kept."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events.base import ContractRef, EventData, InquiryRef, Instant
from common.events.helpdesk_case import CASES, CaseData
from common.events.words import InWords

Group = Annotated[str | None, Field(description="Group of operators; absent: everybody.", examples=["network"])]
Previous = Annotated[str | None, Field(description="Subject id of who had it.", examples=["op-sato"])]
EscalationRef = Annotated[str, Field(description="Escalation.", examples=["esc_0197f3c29a7b7cc8a1f2c3d4e5f60750"])]


class ServiceGoalData(EventData):
    """Something that was promised in minutes of the contract's own opening hours is in danger; told once each."""

    topic: ClassVar[str] = CASES
    aggregate: ClassVar[str] = "service_goal"

    goal: Annotated[
        Literal["first_response", "callback", "resolution"],
        Field(description="What was promised.", examples=["resolution"]),
    ]
    subject_id: Annotated[
        str, Field(description="The case or callback.", examples=["inq_0197f3c29a7b7cc8a1f2c3d4e5f6071b"])
    ]
    contract_id: ContractRef
    inquiry_id: Annotated[InquiryRef | None, Field(description="Case; absent for a callback.")] = None
    callback_id: Annotated[
        str | None, Field(description="Callback.", examples=["cbk_0197f3c29a7b7cc8a1f2c3d4e5f60741"])
    ] = None
    plan: Annotated[str, Field(description="Plan that promised it.", examples=["light-anshin-1"])]
    minutes: Annotated[int, Field(description="Minutes of opening hours promised.", examples=[1080])]
    at_risk_at: Annotated[Instant, Field(description="When most of them were used up.")]
    due_at: Annotated[Instant | None, Field(description="When all of them are; absent: not known while it waits.")] = (
        None
    )


class ServiceGoalAtRisk(ServiceGoalData):
    """Most of the promised time is used up and the work is not done."""


class ServiceGoalBreached(ServiceGoalData):
    """All of the promised time is used up and the work is not done."""


class InquiryAssigned(CaseData):
    """Somebody has it now: given by hand or taken as the next."""

    assignee: Annotated[str, Field(description="Subject id of who has it.", examples=["op-tanaka"])]
    previous_assignee: Previous = None
    group: Group = None


class InquiryTakenOver(CaseData):
    """Somebody took it from another, and said why."""

    assignee: Annotated[str, Field(description="Subject id of who has it.", examples=["op-tanaka"])]
    previous_assignee: Annotated[str, Field(description="Subject id of who had it.", examples=["op-sato"])]
    reason: InWords


class InquiryQueued(CaseData):
    """It waits in a queue for somebody to take it."""

    group: Group = None
    previous_assignee: Previous = None


class InquiryEscalated(CaseData):
    """Somebody who knows more was asked."""

    escalation_id: EscalationRef
    level: Annotated[str, Field(description="second_line | maker", examples=["second_line"])]
    group: Group = None
    due_at: Annotated[Instant, Field(description="When the answer is due.")]


class EscalationAnswered(CaseData):
    """They have answered."""

    escalation_id: EscalationRef
    in_time: Annotated[bool, Field(description="Whether by when it was due.", examples=[True])]


class ReportData(EventData):
    """Something happened to a report by web or partner."""

    topic: ClassVar[str] = CASES
    aggregate: ClassVar[str] = "report"

    report_id: Annotated[str, Field(description="Report.", examples=["rpt_0197f3c29a7b7cc8a1f2c3d4e5f60751"])]
    contract_id: ContractRef


class InquiryReported(ReportData):
    """A report was taken; nothing is judged or counted before somebody is there."""

    kind: Annotated[str, Field(description="trouble | how_to | setting", examples=["trouble"])]
    channel: Annotated[str, Field(description="web | partner", examples=["web"])]
    judge_at: Annotated[Instant | None, Field(description="When somebody will be there; absent: at once.")] = None


class ReportJudged(ReportData):
    """It was accepted and became an inquiry, or it was refused."""

    inquiry_id: Annotated[InquiryRef | None, Field(description="What it became.")] = None
    refusal_id: Annotated[
        str | None, Field(description="The recorded refusal.", examples=["ref_0197f3c29a7b7cc8a1f2c3d4e5f60727"])
    ] = None


class ReportWithdrawn(ReportData):
    """It is not wanted any more; nothing was counted."""

    reason: InWords


EVENTS: tuple[type[EventData], ...] = (
    ServiceGoalAtRisk, ServiceGoalBreached, InquiryAssigned, InquiryTakenOver, InquiryQueued, InquiryEscalated,
    EscalationAnswered, InquiryReported, ReportJudged, ReportWithdrawn,
)  # fmt: skip
