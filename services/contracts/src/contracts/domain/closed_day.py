"""Exceptions to the calendar that a supervisor enters (R-CLOSED-DAYS)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from common.closed_days import ClosedDays
from common.events.contracts import CalendarChanged, CalendarException
from contracts.domain.catalogue import YearEnd


@dataclass(frozen=True, kw_only=True)
class ClosedDay:
    """A JST day that is closed (or, with `closed` False, open whatever else holds), and why."""

    day: date
    closed: bool
    reason: str


def calendar_of(year_end: YearEnd, exceptions: Sequence[ClosedDay]) -> ClosedDays:
    """Holidays, year-end and the exceptions."""
    return year_end.closed_days(
        {e.day: e.reason for e in exceptions if e.closed},
        {e.day: e.reason for e in exceptions if not e.closed},
    )


def calendar_event(year_end: YearEnd, exceptions: Sequence[ClosedDay], *, actor: str) -> CalendarChanged:
    """The full calendar for those who judge by it."""
    in_order = sorted(exceptions, key=lambda e: e.day)
    return CalendarChanged(
        actor=actor,
        country=year_end.country,
        year_end_from=year_end.year_end_from,
        year_end_to=year_end.year_end_to,
        closed=tuple(CalendarException(day=e.day, reason=e.reason) for e in in_order if e.closed),
        extra_open=tuple(CalendarException(day=e.day, reason=e.reason) for e in in_order if not e.closed),
    )
