"""A contract with everything that is dated about it: one value, read and written as a whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from common.civil import FeeMonth, fee_month_at
from contracts.domain.lines import Line
from contracts.domain.plans import (
    Family,
    OptionKind,
    PlanTerms,
)
from contracts.domain.refusals import NotInThisState


class Status(StrEnum):
    """Where a contract stands."""

    APPLIED = "applied"
    IN_REVIEW = "in_review"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


LIVE = frozenset({Status.APPLIED, Status.IN_REVIEW, Status.ACTIVE, Status.SUSPENDED})
"""States in which a contract holds its line or service ID."""
IN_FORCE = frozenset({Status.ACTIVE, Status.SUSPENDED})
"""States in which a contract is billed; a suspended one goes on costing its whole months (R-PRORATE)."""


class PlanChangeStatus(StrEnum):
    """What became of a change of plan."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    EFFECTIVE = "effective"


@dataclass(frozen=True, kw_only=True)
class Dated:
    """Something that holds from `starts` until `ends` (half-open; None: without end)."""

    starts: datetime
    ends: datetime | None = None

    def holds_at(self, at: datetime) -> bool:
        """Whether it holds at this instant."""
        return self.starts <= at and (self.ends is None or at < self.ends)

    def meets(self, start: datetime, end: datetime | None) -> bool:
        """Whether it and [start, end) have an instant in common."""
        return (self.ends is None or start < self.ends) and (end is None or self.starts < end)


@dataclass(frozen=True, kw_only=True)
class StatusPeriod(Dated):
    """The contract was in this state."""

    status: Status


@dataclass(frozen=True, kw_only=True)
class PlanTime(Dated):
    """A plan with its terms and price as they were when it was taken. `event_id`: the fact that put it in force."""

    terms: PlanTerms
    price: int
    event_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class OptionTime(Dated):
    """An option that was taken; `ended` once its end was told. `own_end`: its end if the contract does not end before.

    Extra inquiries name their one fee month, their units and which block of that month they are (R-EXTRA-INQUIRIES).
    """

    id: str
    code: str
    kind: OptionKind
    price: int
    fee_month: str | None = None
    units: int = 0
    ordinal: int = 1
    own_end: datetime | None = None
    ended: bool = False
    event_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Address:
    """A postal address in Japan; `prefecture_code` is JIS X 0401, `municipality_code` JIS X 0402 when known."""

    postal_code: str
    prefecture: str
    prefecture_code: str
    city: str
    street: str
    building: str | None = None
    municipality_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class AddressTime(Dated):
    """The contract address: the only place for visits and loans (R-ADDRESS).

    `announced` once it was told that the contract has moved there.
    """

    id: str
    address: Address
    announced: bool = True


@dataclass(frozen=True, kw_only=True)
class SiteTime(Dated):
    """A telework site (R-TELEWORK); `label` is what the customer calls it."""

    id: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Consent:
    """A document accepted in a version (R-CONSENT); `channel`: how (paper, web, phone).

    A consent counts for whoever gave it: from `holds_from` (None: since it was accepted) until the contract passes to
    another holder at `holds_until`.
    """

    id: str
    document: str
    version: str
    accepted_by: str
    accepted_at: datetime
    channel: str | None = None
    holds_from: datetime | None = None
    holds_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Registration(Dated):
    """In whose name, with which partner, and on which line or ID the contract stood."""

    subscriber_id: str
    partner: str | None
    line: Line | None = None
    service_id: str | None = None
    access_lines: tuple[Line, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What an application lacks: the field, and a note for the applicant."""

    field: str
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Correction:
    """An application that was returned and waits for its applicant (申込不備)."""

    faults: tuple[Fault, ...]
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class PlanChange:
    """A change of plan (R-PLAN-CHANGE)."""

    id: str
    from_plan: str
    to_plan: str
    effective_from: datetime
    status: PlanChangeStatus


@dataclass(frozen=True, kw_only=True)
class Contract:
    """The aggregate.

    `start` is the first instant of the day on which it may begin, `active_from` when it came into force. `ends_at` is
    set once termination is scheduled. `open_month_ends_at` is the end of the first fee month without a closed statement
    (None: nothing left to close). `reviewed_plan` is the plan for which a reviewer found the line fit. `parked_until`:
    the contract's line was cancelled, and until then another one may take its place; `resumes_with_line`: use goes on
    with it then.
    """

    id: str
    partner: str | None
    subscriber_id: str
    status: Status
    version: int
    entitlements_version: int
    fee_month_start_day: int
    applied_at: datetime
    start: datetime
    active_from: datetime | None = None
    ends_at: datetime | None = None
    open_month_ends_at: datetime | None = None
    line: Line | None = None
    line_key: str | None = None
    service_id: str | None = None
    access_lines: tuple[Line, ...] = ()
    reviewed_plan: str | None = None
    legacy_number: str | None = None
    support_number: str | None = None
    parked_until: datetime | None = None
    resumes_with_line: bool = False
    correction: Correction | None = None
    registrations: tuple[Registration, ...] = ()
    statuses: tuple[StatusPeriod, ...] = ()
    plans: tuple[PlanTime, ...] = ()
    options: tuple[OptionTime, ...] = ()
    addresses: tuple[AddressTime, ...] = ()
    sites: tuple[SiteTime, ...] = ()
    consents: tuple[Consent, ...] = ()
    plan_changes: tuple[PlanChange, ...] = ()

    def state(self, now: datetime) -> Status:
        """The state at `now`: a scheduled end that has come counts, swept or not."""
        if self.ends_at is not None and self.ends_at <= now:
            return Status.TERMINATED
        return self.status

    def plan_at(self, at: datetime) -> PlanTime:
        """The plan in force then; before the first one, the first."""
        return in_force(self.plans, at) or self.plans[0]

    def family_at(self, at: datetime) -> Family:
        """Light or Standard."""
        return self.plan_at(at).terms.family

    def fee_month_at(self, at: datetime) -> FeeMonth:
        """The fee month of this contract that contains the instant (R-FEE-MONTH)."""
        return fee_month_at(at, self.fee_month_start_day)

    @property
    def scheduled_change(self) -> PlanChange | None:
        """The change of plan that has not taken effect yet."""
        return next((c for c in self.plan_changes if c.status is PlanChangeStatus.SCHEDULED), None)

    def require(self, *allowed: Status, now: datetime) -> None:
        """Raise `NotInThisState` unless the contract is in one of these states."""
        state = self.state(now)
        if state not in allowed:
            raise NotInThisState(status=state, needed=sorted(allowed))


T = TypeVar("T", bound=Dated)


def in_force(periods: tuple[T, ...], at: datetime) -> T | None:
    """The period that holds at the instant, if any."""
    return next((period for period in reversed(periods) if period.holds_at(at)), None)


def with_status(periods: tuple[StatusPeriod, ...], status: Status, at: datetime) -> tuple[StatusPeriod, ...]:
    """The states with another one from `at` on, until the next that is already scheduled."""
    earlier = [replace(p, ends=at) if p.holds_at(at) else p for p in periods if p.starts < at]
    later = [p for p in periods if p.starts > at]
    new = StatusPeriod(status=status, starts=at, ends=later[0].starts if later else None)
    return (*earlier, new, *later)


def cut(periods: tuple[T, ...], at: datetime) -> tuple[T, ...]:
    """The periods as far as they lie before `at`."""
    return tuple(replace(p, ends=at) if p.meets(at, None) else p for p in periods if p.starts < at)
