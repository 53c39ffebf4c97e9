"""What a contract may use at an instant, read from the state that `contracts` publishes.

Every service that judges by entitlements, and `contracts` itself, asks these functions, so that all agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal, TypeVar

from common.civil import FeeMonth, fee_month_at
from common.events.contracts import (
    AddressPeriod,
    CalendarChanged,
    EntitlementsChanged,
    Period,
    PlanPeriod,
    RequiredConsent,
    Site,
    WeeklyBlock,
)
from common.opening_hours import Block, ClosedDays, OpeningHours

P = TypeVar("P", bound=Period)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A contract at one instant.

    `status` is None before the contract existed; `plan` None when none was in force; `extra_units` are the extra
    inquiries of the fee month; `address` is the contract address then.
    """

    at: datetime
    contract_id: str
    partner: str | None
    status: str | None
    plan: PlanPeriod | None
    hours_extension: bool
    fee_month: FeeMonth
    extra_units: int
    address: AddressPeriod | None
    sites: tuple[Site, ...]

    @property
    def active(self) -> bool:
        """Whether the contract is in force."""
        return self.status == "active"

    @property
    def inquiry_limit(self) -> int | None:
        """Inquiries allowed in the fee month, plan and extra; None when the plan's limit was never recorded."""
        if self.plan is None or self.plan.inquiry_limit is None:
            return None
        return self.plan.inquiry_limit + self.extra_units


def in_force(periods: Iterable[P], at: datetime) -> P | None:
    """The last period that contains the instant (half-open), if any."""
    found = None
    for period in periods:
        if period.from_ <= at and (period.to is None or at < period.to):
            found = period
    return found


def standing(state: EntitlementsChanged, at: datetime) -> Standing:
    """The contract at `at` (aware)."""
    month = fee_month_at(at, state.fee_month_start_day)
    status = in_force(state.status_periods, at)
    return Standing(
        at=at,
        contract_id=state.contract_id,
        partner=state.partner,
        status=status.status if status else None,
        plan=in_force(state.plan_periods, at),
        hours_extension=in_force(state.hours_extension_periods, at) is not None,
        fee_month=month,
        extra_units=sum(extra.units for extra in state.extra_inquiries if extra.fee_month == month.name),
        address=in_force(state.address_periods, at),
        sites=tuple(site for site in state.sites if in_force([site], at) is not None),
    )


def _blocks(weekly: Sequence[WeeklyBlock]) -> tuple[Block, ...]:
    return tuple(Block.parse(block.weekdays, block.opens, block.closes) for block in weekly)


@lru_cache(maxsize=256)
def _hours(weekly: tuple[WeeklyBlock, ...], calendar: ClosedDays, always_open: bool) -> OpeningHours:
    """The same hours are built once, however many contracts have them."""
    return OpeningHours(_blocks(weekly), calendar, always_open=always_open)


def support_hours(found: Standing, calendar: ClosedDays) -> OpeningHours:
    """When phone and remote support is open for this contract (R-HOURS-SUPPORT, R-HOURS-EXT)."""
    weekly = found.plan.support_hours if found.plan else ()
    return _hours(weekly, calendar, found.hours_extension)


def visit_hours(found: Standing, purpose: Literal["isolation", "setup"], calendar: ClosedDays) -> OpeningHours:
    """When visits are possible (R-HOURS-VISIT); the hours extension opens isolation visits only (R-HOURS-EXT)."""
    weekly = found.plan.visit_hours if found.plan else ()
    return _hours(weekly, calendar, found.hours_extension and purpose == "isolation")


def closed_days(event: CalendarChanged) -> ClosedDays:
    """The closed days that the calendar event describes (R-CLOSED-DAYS)."""
    return ClosedDays(
        country=event.country,
        year_end=(_month_day(event.year_end_from), _month_day(event.year_end_to)),
        closed={entry.day: entry.reason for entry in event.closed},
        extra_open={entry.day: entry.reason for entry in event.extra_open},
    )


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def consent_missing(
    state: EntitlementsChanged, required: Sequence[RequiredConsent], purpose: str, at: datetime
) -> list[str]:
    """The documents `purpose` needs that are not accepted by `at`, or only in too old a version (R-CONSENT)."""
    return [
        need.document
        for need in required
        if need.purpose == purpose
        and not any(
            given.document == need.document and given.version >= need.version and given.holds_at(at)
            for given in state.consents
        )
    ]
