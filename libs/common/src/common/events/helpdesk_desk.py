"""Facts that `helpdesk` publishes about its own desk: what was promised, and whether it is kept."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events.base import ContractRef, EventData, InquiryRef, Instant
from common.events.helpdesk_case import CASES


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


EVENTS: tuple[type[EventData], ...] = (ServiceGoalAtRisk, ServiceGoalBreached)
