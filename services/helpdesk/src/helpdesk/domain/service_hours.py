"""The support hours of one contract through time: plan and hours extension change, days are closed.

Spans are half-open; one without an end goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from common.closed_days import ClosedDays
from common.entitlements import standing
from common.events.contracts import EntitlementsChanged, Period
from common.opening_hours import NeverOpens, OpeningHours
from helpdesk.domain.acceptance import hours_of, next_opening

Span = tuple[datetime, datetime | None]
_Stretch = tuple[datetime, datetime | None, OpeningHours | None]


class ServiceHours:
    """When a contract may count on somebody (R-HOURS-SUPPORT, R-HOURS-EXT, R-CLOSED-DAYS).

    Each instant is judged by what was in force then. Nobody is there for a contract that is not active.
    """

    def __init__(self, state: EntitlementsChanged, calendar: ClosedDays) -> None:
        self._state = state
        self._calendar = calendar
        periods: list[Period] = [*state.status_periods, *state.plan_periods, *state.hours_extension_periods]
        edges = {edge for period in periods for edge in (period.from_, period.to) if edge is not None}
        self._edges = sorted(edges)

    def spent(self, spans: Iterable[Span], until: datetime) -> timedelta:
        """How much open time lies in the spans before `until`."""
        total = timedelta(0)
        for start, end in spans:
            upto = until if end is None else min(end, until)
            if start < upto:
                total += sum((_open(stretch) for stretch in self._stretches(start, upto)), timedelta(0))
        return total

    def used_up(self, spans: Iterable[Span], amount: timedelta) -> datetime | None:
        """The earliest instant by which `amount` of open time lies in the spans; None: they do not hold so much."""
        left = amount
        for start, end in spans:
            for stretch in self._stretches(start, end):
                begins, ends, hours = stretch
                if hours is None:
                    continue
                if ends is None:
                    return _added(hours, begins, left)
                there = _open(stretch)
                if there >= left:
                    return hours.add_business_time(begins, left)
                left -= there
        return None

    def next_open(self, at: datetime) -> datetime | None:
        """The first instant from `at` on at which somebody is there; None: nobody will be."""
        for begins, ends, hours in self._stretches(at, None):
            opens = next_opening(hours, begins) if hours is not None else None
            if opens is not None and (ends is None or opens < ends):
                return opens
        return None

    def _stretches(self, start: datetime, end: datetime | None) -> Iterator[_Stretch]:
        """The span cut where something changes; the hours are None while nobody is there for this contract."""
        inner = [edge for edge in self._edges if start < edge and (end is None or edge < end)]
        cuts: list[datetime | None] = [start, *inner, end]
        for begins, ends in pairwise(cuts):
            if begins is not None:
                then = standing(self._state, begins)
                yield begins, ends, hours_of(then, self._calendar) if then.active else None


def _open(stretch: _Stretch) -> timedelta:
    begins, ends, hours = stretch
    return hours.business_time_between(begins, ends) if hours is not None and ends is not None else timedelta(0)


def _added(hours: OpeningHours, begins: datetime, left: timedelta) -> datetime | None:
    try:
        return hours.add_business_time(begins, left)
    except NeverOpens:
        return None
