"""A visit: its states and the month's right it holds. Each step returns the visit after it and its event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from common.errors import WrongState
from common.events.base import EventData, NewEvent
from common.events.dispatch import (
    CrewArrived,
    CrewDeparted,
    Finding,
    VisitBooked,
    VisitCancelled,
    VisitCompleted,
    VisitData,
    VisitFailed,
    VisitRebooked,
)
from dispatch.domain.quotes import Quote
from dispatch.domain.refusals import VisitOnHold
from dispatch.domain.windows import Window
from dispatch.domain.workforce import Purpose


class VisitStatus(StrEnum):
    """States of a visit."""

    BOOKED = "booked"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE = frozenset({VisitStatus.BOOKED, VisitStatus.DEPARTED, VisitStatus.ARRIVED})
UNDER_WAY = frozenset({VisitStatus.DEPARTED, VisitStatus.ARRIVED})


class Right(StrEnum):
    """What became of the month's isolation right (R-ISOLATION-QUOTA)."""

    HELD = "held"
    USED = "used"
    RETURNED = "returned"


class FailureReason(StrEnum):
    """Why a visit came to nothing."""

    CUSTOMER_ABSENT = "customer_absent"
    CREW_UNABLE = "crew_unable"
    OTHER = "other"


@dataclass(frozen=True)
class Acceptance:
    """Who accepted which total (yen, tax included), when."""

    total: int
    accepted_by: str
    accepted_at: datetime


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A technician in a window at the contract address. Isolation visits hold the right of `right_fee_month`."""

    id: str
    request_id: str
    inquiry_id: str | None
    contract_id: str
    partner: str | None
    purpose: Purpose
    status: VisitStatus
    technician_id: str
    window: Window
    address_id: str | None
    booked_at: datetime
    right: Right | None = None
    right_fee_month: str | None = None
    quote: Quote | None = None
    acceptance: Acceptance | None = None
    finding: Finding | None = None
    work: str | None = None
    hold_reasons: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    failure: FailureReason | None = None
    reason: str | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1

    @property
    def on_hold(self) -> bool:
        """Whether it waits for a person's decision before departure."""
        return bool(self.hold_reasons)

    @property
    def key(self) -> str:
        """What its events belong to: the case, without one the request."""
        return self.inquiry_id or self.request_id

    def fact(self, data: EventData, now: datetime) -> NewEvent:
        """An event about this visit at its present version."""
        return NewEvent(
            data=data,
            subject=self.id,
            sequence=self.version,
            key=self.key,
            time=now,
            partner=self.partner,
            correlation_id=self.inquiry_id or self.contract_id,
        )


E = TypeVar("E", bound=VisitData)
VisitStep = tuple[Visit, VisitData]


def tell(kind: type[E], visit: Visit, actor: str, **more: Any) -> E:
    """An event of `kind` about a visit as it now is."""
    return kind(
        actor=actor,
        visit_id=visit.id,
        visit_request_id=visit.request_id,
        inquiry_id=visit.inquiry_id,
        contract_id=visit.contract_id,
        purpose=visit.purpose.value,
        right=visit.right.value if visit.right else None,
        right_fee_month=visit.right_fee_month,
        **more,
    )


def booked(visit: Visit, *, actor: str) -> VisitBooked:
    """The first event of a visit."""
    window = visit.window
    return tell(VisitBooked, visit, actor, technician_id=visit.technician_id, start=window.start, end=window.end)


def rebook(
    visit: Visit,
    window: Window,
    *,
    technician_id: str,
    address_id: str | None,
    right_fee_month: str | None,
    actor: str,
) -> VisitStep:
    """Another window before departure; right, address and holds follow it (R-ISOLATION-QUOTA, R-ADDRESS)."""
    _require(visit, {VisitStatus.BOOKED})
    after = stepped(
        visit,
        window=window,
        technician_id=technician_id,
        address_id=address_id,
        right_fee_month=right_fee_month,
        hold_reasons=(),
    )
    event = tell(
        VisitRebooked,
        after,
        actor,
        technician_id=technician_id,
        start=window.start,
        end=window.end,
        previous_start=visit.window.start,
        previous_right_fee_month=visit.right_fee_month,
    )
    return after, event


def depart(visit: Visit, *, now: datetime, actor: str) -> VisitStep:
    """The crew is on its way; from now on the right is used even if the visit is cancelled. Raises `VisitOnHold`."""
    _require(visit, {VisitStatus.BOOKED})
    if visit.on_hold:
        raise VisitOnHold(hold_reasons=list(visit.hold_reasons))
    after = stepped(visit, status=VisitStatus.DEPARTED, departed_at=now)
    return after, tell(CrewDeparted, after, actor)


def arrive(visit: Visit, *, now: datetime, actor: str) -> VisitStep:
    """The crew is there."""
    _require(visit, {VisitStatus.DEPARTED})
    after = stepped(visit, status=VisitStatus.ARRIVED, arrived_at=now)
    return after, tell(CrewArrived, after, actor)


def complete(visit: Visit, *, finding: Finding | None, work: str | None, now: datetime, actor: str) -> VisitStep:
    """Done and signed; the month's right is used (R-ISOLATION-QUOTA). `domain.completion` has judged the papers."""
    require_arrived(visit)
    after = stepped(
        visit,
        status=VisitStatus.COMPLETED,
        right=Right.USED if visit.right else None,
        finding=finding,
        work=work,
        ended_at=now,
    )
    return after, tell(VisitCompleted, after, actor, finding=finding, completed_at=now)


def fail(
    visit: Visit, failure: FailureReason, *, through_us: bool, note: str | None, now: datetime, actor: str
) -> VisitStep:
    """It came to nothing. An absent customer uses the right; a failure through us returns it (R-ISOLATION-QUOTA).

    The customer can only be absent where the crew went; `through_us` is asked for `other` alone.
    """
    absent = failure is FailureReason.CUSTOMER_ABSENT
    _require(visit, UNDER_WAY if absent else LIVE)
    ours = failure is FailureReason.CREW_UNABLE or (failure is FailureReason.OTHER and through_us)
    after = stepped(
        visit,
        status=VisitStatus.FAILED,
        failure=failure,
        reason=note,
        right=_ended(visit, Right.RETURNED if ours else Right.USED),
        ended_at=now,
    )
    return after, tell(VisitFailed, after, actor, reason=failure.value)


def cancel(visit: Visit, *, reason: str, now: datetime, actor: str) -> VisitStep:
    """Called off: before departure the right returns, later it is used (R-ISOLATION-QUOTA)."""
    _require(visit, LIVE)
    right = Right.RETURNED if visit.status is VisitStatus.BOOKED else Right.USED
    after = stepped(visit, status=VisitStatus.CANCELLED, reason=reason, right=_ended(visit, right), ended_at=now)
    return after, tell(VisitCancelled, after, actor, reason=reason)


def require_arrived(visit: Visit) -> None:
    """Raises `WrongState` unless the crew is there."""
    _require(visit, {VisitStatus.ARRIVED})


def require_booked(visit: Visit) -> None:
    """Raises `WrongState` once the crew has departed."""
    _require(visit, {VisitStatus.BOOKED})


def require_live(visit: Visit) -> None:
    """Raises `WrongState` when the visit is over."""
    _require(visit, LIVE)


def _ended(visit: Visit, right: Right) -> Right | None:
    return right if visit.right else None


def stepped(visit: Visit, **changes: Any) -> Visit:
    """The visit one version later."""
    return replace(visit, version=visit.version + 1, **changes)


def _require(visit: Visit, states: frozenset[VisitStatus] | set[VisitStatus]) -> None:
    if visit.status not in states:
        raise WrongState(status=visit.status, possible_from=sorted(states))
