"""Service goals: first response, callback, resolution, in minutes of the contract's own support hours.

A goal's clock runs over spans of time: not while the customer is waited for, nor once the work is done. What was
promised is said by the plan in force when the clock began. All that is said of a goal follows from its spans, what
`contracts` told and the time, so it can be judged anew whenever any of them changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from common.closed_days import ClosedDays
from common.entitlements import in_force
from common.events.contracts import EntitlementsChanged, PlanPeriod, ServiceGoal
from helpdesk.domain.callbacks import CallbackStatus
from helpdesk.domain.inquiry import InquiryStatus
from helpdesk.domain.service_hours import ServiceHours, Span


class Goal(StrEnum):
    """What is promised."""

    FIRST_RESPONSE = "first_response"
    CALLBACK = "callback"
    RESOLUTION = "resolution"


class GoalState(StrEnum):
    """Whether its clock runs; `paused` while the customer is waited for, `withdrawn` when it is nobody's goal."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


_FIRST_RESPONSE = {InquiryStatus.ACCEPTED: GoalState.RUNNING, InquiryStatus.VOIDED: GoalState.WITHDRAWN}
_RESOLUTION = {
    InquiryStatus.ACCEPTED: GoalState.RUNNING,
    InquiryStatus.IN_PROGRESS: GoalState.RUNNING,
    InquiryStatus.WAITING_FOR_CUSTOMER: GoalState.PAUSED,
    InquiryStatus.RESOLVED: GoalState.ENDED,
    InquiryStatus.CLOSED: GoalState.ENDED,
    InquiryStatus.VOIDED: GoalState.WITHDRAWN,
    InquiryStatus.MERGED: GoalState.WITHDRAWN,
}
_CALLBACK = {
    CallbackStatus.OPEN: GoalState.RUNNING,
    CallbackStatus.DONE: GoalState.ENDED,
    CallbackStatus.CANCELLED: GoalState.WITHDRAWN,
}


def goals_of_inquiry(status: InquiryStatus) -> dict[Goal, GoalState]:
    """How the goals of an inquiry stand: somebody responded once it is no longer just accepted."""
    return {
        Goal.FIRST_RESPONSE: _FIRST_RESPONSE.get(status, GoalState.ENDED),
        Goal.RESOLUTION: _RESOLUTION[status],
    }


def goal_of_callback(status: CallbackStatus) -> GoalState:
    """How the goal of a callback stands."""
    return _CALLBACK[status]


@dataclass(frozen=True, kw_only=True)
class Promise:
    """So many minutes by this plan; from `at_risk` of them on it is in danger."""

    plan: str
    minutes: int
    at_risk_percent: int

    @property
    def whole(self) -> timedelta:
        """All of the time."""
        return timedelta(minutes=self.minutes)

    @property
    def most(self) -> timedelta:
        """From here on it is at risk."""
        return self.whole * self.at_risk_percent / 100


def promised(goal: Goal, plan: PlanPeriod | None, offered: Iterable[ServiceGoal]) -> Promise | None:
    """What a plan promises; None: nothing."""
    for each in offered if plan is not None else ():
        if plan is not None and plan.code in each.plans:
            minutes: int | None = getattr(each, f"{goal}_minutes")
            if minutes is not None:
                return Promise(plan=plan.code, minutes=minutes, at_risk_percent=each.at_risk_percent)
    return None


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A goal's clock as it stands. `spans` are those in which it ran, of the cases merged into this one, too.

    `promise` is what it was judged by last.
    """

    id: str
    goal: Goal
    state: GoalState
    contract_id: str
    partner: str | None
    inquiry_id: str | None
    callback_id: str | None
    began_at: datetime
    spans: tuple[Span, ...]
    promise: Promise | None
    at_risk_told: bool
    breach_told: bool

    @property
    def subject_id(self) -> str:
        """The case or callback."""
        return self.id.rpartition("/")[0]

    @property
    def ran(self) -> tuple[Span, ...]:
        """The same spans; an empty one where it stopped as it began."""
        return self.spans or ((self.began_at, self.began_at),)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a clock comes to.

    `due_at` is when the promised time is (or, the work done, would have been) used up; None while the customer is
    waited for, and where nothing is promised. `spent` is the open time that ran until the clock stood still.
    `tell_at_risk`, `tell_breach`: it came to that, and nobody was told. `judge_at`: when there is something to tell
    next.
    """

    promise: Promise | None = None
    at_risk_at: datetime | None = None
    due_at: datetime | None = None
    ended_at: datetime | None = None
    spent: timedelta | None = None
    tell_at_risk: bool = False
    tell_breach: bool = False
    judge_at: datetime | None = None


def judge(
    clock: Clock, state: EntitlementsChanged, calendar: ClosedDays, offered: Sequence[ServiceGoal], now: datetime
) -> Judged:
    """Judge a clock by what is known at `now`; what is over is judged by its own time, however late."""
    promise = _promise_of(clock, state, offered)
    if promise is None or clock.state is GoalState.WITHDRAWN:
        return Judged()
    hours = ServiceHours(state, calendar)
    ended_at = clock.ran[-1][1] if clock.state is GoalState.ENDED else None
    counted = _run_on(clock.ran) if clock.state is GoalState.ENDED else clock.ran
    at_risk_at, due_at = hours.used_up(counted, promise.most), hours.used_up(counted, promise.whole)
    known_until = ended_at or now
    at_risk, breach = _reached(at_risk_at, known_until), _reached(due_at, known_until)
    ahead = [
        at
        for at, reached, told in ((at_risk_at, at_risk, clock.at_risk_told), (due_at, breach, clock.breach_told))
        if at is not None and not reached and not told
    ]
    return Judged(
        promise=promise,
        at_risk_at=at_risk_at,
        due_at=due_at,
        ended_at=ended_at,
        spent=hours.spent(clock.spans, known_until) if clock.state is not GoalState.RUNNING else None,
        tell_at_risk=at_risk and not clock.at_risk_told,
        tell_breach=breach and not clock.breach_told,
        judge_at=min(ahead, default=None) if clock.state is GoalState.RUNNING else None,
    )


def together(parts: Iterable[Iterable[Span]]) -> tuple[Span, ...]:
    """The time in which any of the clocks ran, once."""
    joined: list[Span] = []
    for start, end in sorted((span for spans in parts for span in spans), key=lambda span: span[0]):
        if joined and (joined[-1][1] is None or start <= joined[-1][1]):
            before, until = joined[-1]
            joined[-1] = (before, None if until is None or end is None else max(until, end))
        else:
            joined.append((start, end))
    return tuple(joined)


def _promise_of(clock: Clock, state: EntitlementsChanged, offered: Sequence[ServiceGoal]) -> Promise | None:
    """What the plan in force when the clock began promises; work that is done keeps what it was judged by."""
    plan = in_force(state.plan_periods, clock.began_at)
    kept = clock.promise if clock.state is GoalState.ENDED else None
    if kept is not None and plan is not None and kept.plan == plan.code:
        return kept
    return promised(clock.goal, plan, offered)


def _reached(at: datetime | None, until: datetime) -> bool:
    return at is not None and at <= until


def _run_on(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The clock as if the work had not been done."""
    return (*spans[:-1], (spans[-1][0], None))
