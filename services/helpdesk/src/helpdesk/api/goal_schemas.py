"""What goes out about service goals."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from common.http import Answer, Code, IdText, Moment, MomentIn
from helpdesk.storage.goal_lists import GoalCount, GoalLine, Wanted


class GoalFilter:
    """Which goals a list shows."""

    def __init__(
        self,
        goal: Annotated[Code | None, Query()] = None,
        state: Annotated[Code | None, Query()] = None,
        contract_id: Annotated[IdText | None, Query()] = None,
        *,
        start: Annotated[MomentIn | None, Query(alias="from")] = None,
        end: Annotated[MomentIn | None, Query(alias="to")] = None,
        breached: Annotated[bool | None, Query()] = None,
        at_risk: Annotated[bool | None, Query()] = None,
    ) -> None:
        asked = {"goal": goal, "state": state, "contract_id": contract_id}
        equal = {name: value for name, value in asked.items() if value is not None}
        self.wanted = Wanted(equal=equal, start=start, end=end, breached=breached, at_risk=at_risk)


class GoalOut(Answer):
    """What was promised in minutes of the contract's own support hours, and how it stands."""

    id: str
    goal: Annotated[str, Field(description="first_response | callback | resolution", examples=["resolution"])]
    inquiry_id: str | None
    callback_id: str | None
    contract_id: str
    state: Annotated[str, Field(description="running | paused | ended | withdrawn", examples=["running"])]
    began_at: Moment
    plan: Annotated[str | None, Field(description="Plan that promised it; null: nothing is promised.")]
    minutes: int | None
    at_risk_at: Moment | None
    due_at: Annotated[Moment | None, Field(description="Null while the customer is waited for.")]
    ended_at: Moment | None
    spent_seconds: Annotated[int | None, Field(description="Support hours spent; null while the clock runs.")]
    at_risk: bool
    breached: bool

    @classmethod
    def of(cls, line: GoalLine) -> GoalOut:
        """From storage."""
        return GoalOut.model_validate(line)


class GoalsOut(Answer):
    """The goals of an inquiry."""

    items: list[GoalOut]
    next: None = None


class GoalCountOut(Answer):
    """What became of one plan's promises of one kind."""

    goal: str
    plan: str
    begun: Annotated[int, Field(description="All but the withdrawn ones.")]
    kept: int
    breached: Annotated[int, Field(description="Done too late, or due and not done.")]
    open: Annotated[int, Field(description="Neither done nor due.")]
    withdrawn: Annotated[int, Field(description="Voided, merged, cancelled.")]
    median_seconds: Annotated[int | None, Field(description="Support hours that half of the done ones took.")]
    most_within_seconds: Annotated[int | None, Field(description="Support hours within which nine of ten were done.")]

    @classmethod
    def of(cls, count: GoalCount) -> GoalCountOut:
        """From storage."""
        return GoalCountOut.model_validate(count)


class GoalReportOut(Answer):
    """By goal and plan."""

    items: list[GoalCountOut]
    next: None = None
