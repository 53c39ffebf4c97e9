"""Days on which nobody is there: national holidays, year-end, the operator's exceptions (R-CLOSED-DAYS)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import MappingProxyType

import holidays

from common.errors import DomainError, Kind

MonthDay = tuple[int, int]

_MONTH_DAY_TEXT = re.compile(r"([0-9]{2})-([0-9]{2})")
_COUNTRY_TEXT = re.compile(r"[A-Z]{2}")
_A_LEAP_YEAR = 2000


class CalendarUnreadable(DomainError):
    """A closed-day calendar names a country or a day of the year that does not exist."""

    kind = Kind.INVALID
    code = "calendar_unreadable"
    rule_ids = ("R-CLOSED-DAYS",)
    en = "A closed-day calendar needs a known country code and year-end days written MM-DD."
    ja = "休業日カレンダーには有効な国コードと MM-DD 形式の年末年始期間が必要です。"


class CalendarYearUnknown(DomainError):
    """The holidays of this year are not known, so nobody can say whether a day of it is open."""

    code = "calendar_year_unknown"
    rule_ids = ("R-CLOSED-DAYS",)
    en = "The closed days of that year are not known."
    ja = "その年の休業日は未定です。"


@dataclass(frozen=True, kw_only=True)
class ClosedDays:
    """Days on which nobody is there, whatever the weekday (R-CLOSED-DAYS).

    National holidays of `country` (ISO 3166, two letters) come from the holiday library, with substitute
    and citizens' holidays. `year_end` is a first and a last (month, day), both closed, and may run over
    the year's end. `closed` and `extra_open` are the operator's exceptions with their reasons; an extra
    open day beats everything. Raises `CalendarUnreadable`.
    """

    country: str = "JP"
    year_end: tuple[MonthDay, MonthDay]
    closed: Mapping[date, str] = field(default_factory=dict, hash=False)
    extra_open: Mapping[date, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        _years_known(self.country)
        for month, day in self.year_end:
            _require_month_day(month, day)
        object.__setattr__(self, "closed", MappingProxyType(dict(self.closed)))
        object.__setattr__(self, "extra_open", MappingProxyType(dict(self.extra_open)))

    @classmethod
    def parse(
        cls,
        country: str,
        *,
        year_end_from: str,
        year_end_to: str,
        closed: Mapping[date, str],
        extra_open: Mapping[date, str],
    ) -> ClosedDays:
        """A calendar from its written form; the year-end days are `MM-DD`. Raises `CalendarUnreadable`."""
        year_end = (_month_day(year_end_from), _month_day(year_end_to))
        return cls(country=country, year_end=year_end, closed=closed, extra_open=extra_open)

    def reason(self, day: date) -> str | None:
        """Why this day is closed: the operator's reason, `national_holiday` or `year_end`; None: it is not.

        Raises `CalendarYearUnknown` for a year whose holidays the library does not know.
        """
        if day in self.extra_open:
            return None
        if day in self.closed:
            return self.closed[day]
        if day in _national_holidays(self.country, day.year):
            return "national_holiday"
        return "year_end" if self._in_year_end(day) else None

    def is_closed(self, day: date) -> bool:
        """Whether this JST day is closed; raises `CalendarYearUnknown`."""
        return self.reason(day) is not None

    def _in_year_end(self, day: date) -> bool:
        first, last = self.year_end
        here = (day.month, day.day)
        return first <= here <= last if first <= last else here >= first or here <= last


def _month_day(text: str) -> MonthDay:
    found = _MONTH_DAY_TEXT.fullmatch(text)
    if found is None:
        raise CalendarUnreadable(month_day=text)
    return int(found[1]), int(found[2])


def _require_month_day(month: int, day: int) -> None:
    try:
        date(_A_LEAP_YEAR, month, day)
    except ValueError as impossible:
        raise CalendarUnreadable(month=month, day=day) from impossible


@cache
def _years_known(country: str) -> range:
    if _COUNTRY_TEXT.fullmatch(country) is None:
        raise CalendarUnreadable(country=country)
    try:
        known = holidays.country_holidays(country)
    except NotImplementedError as unknown:
        raise CalendarUnreadable(country=country) from unknown
    return range(known.start_year, known.end_year + 1)


@cache
def _national_holidays(country: str, year: int) -> frozenset[date]:
    years = _years_known(country)
    if year not in years:
        raise CalendarYearUnknown(country=country, year=year, first=years[0], last=years[-1])
    return frozenset(holidays.country_holidays(country, years=year, expand=False))
