"""When fee months close, and what is open after that (R-INVOICE, R-FEE-MONTH)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from common.civil import FeeMonth, jst_day, jst_midnight
from common.opening_hours import Block, ClosedDays, OpeningHours
from contracts.domain.billable import Billable
from contracts.domain.plans import Hours


class RunStatus(StrEnum):
    """Where a closing run stands."""

    RUNNING = "running"
    FINISHED = "finished"


@dataclass(frozen=True, kw_only=True)
class ClosingRun:
    """The closing of everybody's fee months that ended at `until` or earlier.

    `automatic`: begun by the passing of business days; then contracts that failed before are left to a person.
    """

    id: str
    until: datetime
    automatic: bool
    status: RunStatus
    started_at: datetime
    started_by: str
    finished_at: datetime | None = None
    statements: int = 0
    total: int = 0
    failures: int = 0
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class ClosingFailure:
    """A contract whose month a run could not close, and why."""

    contract_id: str
    partner: str | None
    fee_month: str
    run_id: str
    at: datetime
    code: str
    why: str


def next_open_month(contract: Billable, closed: FeeMonth) -> FeeMonth | None:
    """The fee month to close after this one; None when the contract has ended by then."""
    following = closed.next()
    return following if contract.in_force_during(following) else None


def closing_due(month_end: datetime, *, business_days: int, hours: Sequence[Hours], calendar: ClosedDays) -> datetime:
    """When a fee month is closed by itself: midnight (JST) at the start of the n-th business day after it.

    A business day is one with basic support hours (R-HOURS-SUPPORT, R-CLOSED-DAYS).
    """
    blocks = tuple(Block.parse(h.weekdays, h.opens, h.closes) for h in hours)
    opening = OpeningHours(blocks, calendar)
    day = jst_day(month_end)
    left = business_days
    while True:
        left -= bool(opening.open_intervals(day))
        if left <= 0:
            return jst_midnight(day)
        day += timedelta(days=1)


def closable_until(now: datetime, *, business_days: int, hours: Sequence[Hours], calendar: ClosedDays) -> datetime:
    """The latest end of a fee month whose business days have passed; what ended then or earlier closes by itself."""
    day = jst_day(now)
    while True:
        end = jst_midnight(day)
        if closing_due(end, business_days=business_days, hours=hours, calendar=calendar) <= now:
            return end
        day -= timedelta(days=1)
