"""Civil time in Japan and the fee month (R-FEE-MONTH). Instants are stored in UTC; month arithmetic is done in JST."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from common.errors import DomainError, Kind

JST = ZoneInfo("Asia/Tokyo")
_MONTH_NAME = re.compile(r"(?P<year>[12][0-9]{3})-(?P<month>0[1-9]|1[0-2])")
_LAST_START_DAY = 28


class FeeMonthUnreadable(DomainError):
    """A fee month is named `YYYY-MM`."""

    kind = Kind.INVALID
    code = "fee_month_unreadable"
    rule_ids = ("R-FEE-MONTH",)
    en = "A fee month is written YYYY-MM."
    ja = "料金月は YYYY-MM の形式で指定してください。"


def jst_day(instant: datetime) -> date:
    """The calendar day in Japan on which an aware instant falls."""
    return instant.astimezone(JST).date()


@lru_cache(maxsize=4096)
def jst_midnight(day: date) -> datetime:
    """The first instant (UTC) of a calendar day in Japan. Few days are asked for again and again."""
    return datetime.combine(day, time.min, JST).astimezone(UTC)


def jst_instant(day: date, at: time) -> datetime:
    """The instant (UTC) of a civil time in Japan."""
    return datetime.combine(day, at, JST).astimezone(UTC)


@dataclass(frozen=True, order=True)
class FeeMonth:
    """The billing month of a contract, named after the calendar month in which it begins (R-FEE-MONTH).

    `start_day` is 1–28, so that every month has it.
    """

    year: int
    month: int
    start_day: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.start_day <= _LAST_START_DAY:
            raise FeeMonthUnreadable(start_day=self.start_day, allowed=f"1-{_LAST_START_DAY}")

    @cached_property
    def name(self) -> str:
        """`YYYY-MM`."""
        return f"{self.year:04d}-{self.month:02d}"

    @cached_property
    def first_day(self) -> date:
        """Its first calendar day in Japan."""
        return date(self.year, self.month, self.start_day)

    @cached_property
    def start(self) -> datetime:
        """Its first instant, UTC."""
        return jst_midnight(self.first_day)

    @cached_property
    def end(self) -> datetime:
        """The first instant after it, UTC."""
        return self.next().start

    @cached_property
    def last_day(self) -> date:
        """Its last calendar day in Japan."""
        return self.next().first_day - timedelta(days=1)

    def next(self) -> FeeMonth:
        """The fee month that follows."""
        return _fee_month(self.year + self.month // 12, self.month % 12 + 1, self.start_day)

    def previous(self) -> FeeMonth:
        """The fee month before."""
        if self.month == 1:
            return _fee_month(self.year - 1, 12, self.start_day)
        return _fee_month(self.year, self.month - 1, self.start_day)

    def contains(self, instant: datetime) -> bool:
        """Whether an aware instant falls into this month (half-open)."""
        return self.start <= instant < self.end


@lru_cache(maxsize=4096)
def _fee_month(year: int, month: int, start_day: int) -> FeeMonth:
    """One object per month and start day, which reckons its days once; a closing asks a hundred thousand times."""
    return FeeMonth(year, month, start_day)


def fee_month_of_day(day: date, start_day: int) -> FeeMonth:
    """The fee month of a calendar day in Japan."""
    this = _fee_month(day.year, day.month, start_day)
    return this if day.day >= start_day else this.previous()


def fee_month_at(instant: datetime, start_day: int) -> FeeMonth:
    """The fee month that contains an aware instant (R-FEE-MONTH)."""
    return fee_month_of_day(jst_day(instant), start_day)


def fee_month_named(name: str, start_day: int) -> FeeMonth:
    """The fee month called `YYYY-MM`; raises `FeeMonthUnreadable`."""
    found = _MONTH_NAME.fullmatch(name)
    if found is None:
        raise FeeMonthUnreadable(asked=name)
    return _fee_month(int(found["year"]), int(found["month"]), start_day)
