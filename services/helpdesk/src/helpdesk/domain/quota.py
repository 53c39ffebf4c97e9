"""The month's inquiries: how many a contract has, how many it used, and which unit is taken next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from common.civil import FeeMonth
from common.events.contracts import EntitlementsChanged, PlanPeriod
from helpdesk.domain.inquiry import UnitSource


@dataclass(frozen=True)
class Allowance:
    """Units of one fee month: the plan's and the extra ones bought for exactly that month (R-EXTRA-INQUIRIES)."""

    plan: int
    extra: int

    @property
    def limit(self) -> int:
        """All units of the month."""
        return self.plan + self.extra


@dataclass(frozen=True)
class Counter:
    """Units taken and not given back, by where they came from."""

    plan: int = 0
    extra: int = 0

    @property
    def used(self) -> int:
        """All units in use."""
        return self.plan + self.extra


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What a screen shows of a month."""

    fee_month: str
    allowed: int
    used: int

    @property
    def remaining(self) -> int:
        """Never below zero, also after a limit was lowered."""
        return max(0, self.allowed - self.used)


THRESHOLDS = (80, 100)
"""Percentages of a month's units whose reaching is told, each once a month."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A unit was taken: how many are used then, and the highest percentage of its limit the month has seen."""

    used: int
    percent_before: int
    percent: int

    @property
    def thresholds(self) -> tuple[int, ...]:
        """The thresholds that this very unit reached, for the first time in its month."""
        return tuple(each for each in THRESHOLDS if self.percent_before < each <= self.percent)


class LedgerReason(StrEnum):
    """Why a unit was taken or given back."""

    ACCEPTED = "accepted"
    SPLIT = "split"
    MERGED = "merged"
    MERGE_UNDONE = "merge_undone"
    VOIDED = "voided"
    OUTAGE = "outage"
    COUNTED_AGAIN = "counted_again"


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """One unit taken (+1) or given back (-1): by which rule, for what, by whom, on which evidence."""

    id: str
    contract_id: str
    partner: str | None
    fee_month: str
    inquiry_id: str
    units: int
    unit_source: UnitSource
    reason: LedgerReason
    rule_id: str
    evidence: dict[str, Any]
    actor: str
    at: datetime


def allowance_of(state: EntitlementsChanged, month: FeeMonth) -> Allowance:
    """The units of a fee month: those of the plan in force last in it, plus those bought for it (R-EXTRA-INQUIRIES).

    A limit that was never recorded counts as none; whether that is a refusal is judged where an inquiry is accepted.
    """
    plan = _last_plan_in(state, month)
    limit = plan.inquiry_limit if plan is not None else None
    return Allowance(limit or 0, sum(extra.units for extra in state.extra_inquiries if extra.fee_month == month.name))


def next_source(allowance: Allowance, counter: Counter) -> UnitSource | None:
    """Where the next unit comes from: the plan first, then the extra ones of the month; None: all are used."""
    if counter.used >= allowance.limit:
        return None
    return UnitSource.PLAN if counter.plan < allowance.plan else UnitSource.EXTRA


def _last_plan_in(state: EntitlementsChanged, month: FeeMonth) -> PlanPeriod | None:
    overlapping = [
        period
        for period in state.plan_periods
        if period.from_ < month.end and (period.to is None or period.to > month.start)
    ]
    return max(overlapping, key=lambda period: period.from_, default=None)
