"""When somebody is there: weekly blocks, closed days and extra open days, in Japanese civil time.

What R-HOURS-SUPPORT, R-HOURS-VISIT and R-HOURS-EXT are judged by. The engine holds no hours of its own;
they come from the catalogue. Instants go in aware and come out in UTC. Every interval is half-open: at
its opening minute a block is open, at its closing minute it is closed. Japan keeps one offset all year,
so a civil time is its midnight plus a duration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from common.civil import jst_day, jst_midnight
from common.closed_days import CalendarUnreadable, CalendarYearUnknown, ClosedDays
from common.errors import DomainError, Kind

__all__ = [
    "END_OF_DAY",
    "HORIZON",
    "Block",
    "CalendarUnreadable",
    "CalendarYearUnknown",
    "ClosedDays",
    "Interval",
    "NeverOpens",
    "OpeningHours",
    "OpeningHoursUnreadable",
    "Span",
]

Interval = tuple[datetime, datetime]
"""Half-open, UTC."""

Span = tuple[timedelta, timedelta]
"""Half-open, counted from a midnight in Japan."""

END_OF_DAY = time.min
"""`Block.closes` at this means 24:00: a block cannot close at the midnight before it opens."""

HORIZON = timedelta(days=400)
"""How far a search goes on through days on which nothing opens, or through a stretch that does not close."""

_ISO_WEEK = range(1, 8)
_DAY = timedelta(days=1)
_CLOCK_TEXT = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class OpeningHoursUnreadable(DomainError):
    """A weekly block does not say when it is open."""

    kind = Kind.INVALID
    code = "opening_hours_unreadable"
    en = "Opening hours name ISO weekdays 1-7; times are HH:MM, up to 24:00, and closing comes after opening."
    ja = "受付時間は曜日(1〜7)と HH:MM 形式の時刻で指定し、終了は開始より後、24:00 までとしてください。"


class NeverOpens(DomainError):
    """No opening was found within `HORIZON`: no blocks are recorded, or every day is closed."""

    code = "never_opens"
    en = "No opening hours follow."
    ja = "以降の受付時間がありません。"


@dataclass(frozen=True)
class Block:
    """Open from `opens` until `closes` (JST, half-open) on each of `weekdays` (ISO, 1 = Monday).

    `closes` is `END_OF_DAY` for 24:00. Hours across midnight are two blocks; the engine joins them.
    Raises `OpeningHoursUnreadable`.
    """

    weekdays: frozenset[int]
    opens: time
    closes: time

    def __post_init__(self) -> None:
        on_weekdays = bool(self.weekdays) and all(day in _ISO_WEEK for day in self.weekdays)
        civil = self.opens.tzinfo is None and self.closes.tzinfo is None
        if not (on_weekdays and civil and self.span[0] < self.span[1]):
            raise OpeningHoursUnreadable(
                weekdays=sorted(self.weekdays), opens=self.opens.isoformat(), closes=self.closes.isoformat()
            )

    @classmethod
    def parse(cls, weekdays: Iterable[int], opens_text: str, closes_text: str) -> Block:
        """A block from its written form: ISO weekdays, `09:00`, `18:00` or `24:00`.

        Raises `OpeningHoursUnreadable`.
        """
        if closes_text == "00:00":
            raise OpeningHoursUnreadable(opens=opens_text, closes=closes_text)
        closes = END_OF_DAY if closes_text == "24:00" else _clock_time(closes_text)
        return cls(frozenset(weekdays), _clock_time(opens_text), closes)

    @property
    def span(self) -> Span:
        """From when to when, counted from midnight."""
        closes = _DAY if self.closes == END_OF_DAY else _since_midnight(self.closes)
        return _since_midnight(self.opens), closes


@dataclass(frozen=True)
class OpeningHours:
    """Weekly `blocks` minus `closed_days`, or `always_open`: 24 hours on every day there is (R-HOURS-EXT).

    Blocks may overlap or touch; they count once. An extra open day has the blocks of its weekday. If that
    weekday has none (an opened Sunday), it has those of `extra_open_weekday`, by default the first
    weekday from Monday on that has any: an operator who opens a day means ordinary hours. Raises
    `OpeningHoursUnreadable` when `extra_open_weekday` itself has no blocks.

    Unless `always_open`, every method raises `CalendarYearUnknown` when it has to look at a year without
    known holidays. All raise `ValueError` for a datetime without a time zone.
    """

    blocks: tuple[Block, ...]
    closed_days: ClosedDays
    always_open: bool = field(default=False, kw_only=True)
    extra_open_weekday: int | None = field(default=None, kw_only=True)
    _week: Mapping[int, tuple[Span, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", tuple(self.blocks))
        week = {day: _joined(b.span for b in self.blocks if day in b.weekdays) for day in _ISO_WEEK}
        object.__setattr__(self, "_week", week)
        if self.extra_open_weekday is not None and not week.get(self.extra_open_weekday):
            raise OpeningHoursUnreadable(extra_open_weekday=self.extra_open_weekday)

    def open_intervals(self, day: date) -> tuple[Interval, ...]:
        """When it is open on a JST day: disjoint, in order, clipped to the day."""
        spans = ((timedelta(0), _DAY),) if self.always_open else self._spans(day)
        return tuple((jst_midnight(day) + opens, jst_midnight(day) + closes) for opens, closes in spans)

    def is_open(self, t: datetime) -> bool:
        """Whether it is open at `t` (R-HOURS-SUPPORT)."""
        t = _utc(t)
        return any(opens <= t < closes for opens, closes in self.open_intervals(_jst_day(t)))

    def next_open(self, t: datetime) -> datetime:
        """The first open instant from `t` on, `t` itself when open. Raises `NeverOpens`."""
        t = _utc(t)
        for opens, _ in self._upcoming(t):
            return opens
        raise NeverOpens(after=t, searched_days=HORIZON.days)

    def next_close(self, t: datetime) -> datetime | None:
        """The first closed instant from `t` on, `t` itself when closed.

        None: it does not close within `HORIZON`. `next_close(next_open(t))` is the closing that comes next.
        """
        t = _utc(t)
        if self.always_open:
            return None
        reached = t
        for opens, closes in self._upcoming(t):
            if opens > reached:
                break
            reached = closes
            if reached - t > HORIZON:
                return None
        return reached

    def covers(self, start: datetime, end: datetime) -> bool:
        """Whether all of [start, end) lies within one continuously open stretch (R-HOURS-VISIT).

        An empty or reversed window is no window: False.
        """
        start, end = _utc(start), _utc(end)
        if start >= end:
            return False
        reached = start
        for opens, closes in self._upcoming(start):
            if opens > reached:
                return False
            reached = closes
            if reached >= end:
                return True
        return False

    def business_time_between(self, a: datetime, b: datetime) -> timedelta:
        """How much of the time from `a` to `b` is open; negative when `b` is earlier, like `b - a`."""
        a, b = _utc(a), _utc(b)
        if b < a:
            return -self.business_time_between(b, a)
        if self.always_open:
            return b - a
        total = timedelta(0)
        day, last = _jst_day(a), _jst_day(b)
        while day <= last:
            for opens, closes in self.open_intervals(day):
                total += max(min(closes, b) - max(opens, a), timedelta(0))
            day += _DAY
        return total

    def add_business_time(self, t: datetime, d: timedelta) -> datetime:
        """The earliest instant by which `d` of open time has passed since `t`.

        What is used up exactly at closing is due at that closing, not at the next opening; nothing added
        is `t` itself. Raises `NeverOpens`, and `ValueError` for a negative duration.
        """
        t = _utc(t)
        if d < timedelta(0):
            raise ValueError(d)
        if not d or self.always_open:
            return t + d
        left = d
        for opens, closes in self._upcoming(t):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        raise NeverOpens(after=t, missing_seconds=left.total_seconds(), searched_days=HORIZON.days)

    def _spans(self, day: date) -> tuple[Span, ...]:
        if self.closed_days.is_closed(day):
            return ()
        own = self._week[day.isoweekday()]
        if own or day not in self.closed_days.extra_open:
            return own
        if self.extra_open_weekday is not None:
            return self._week[self.extra_open_weekday]
        return next((spans for spans in self._week.values() if spans), ())

    def _upcoming(self, t: datetime) -> Iterator[Interval]:
        """What is open from `t` on, day by day; ends after `HORIZON` without an opening."""
        day = last_open = _jst_day(t)
        while day - last_open <= HORIZON:
            for opens, closes in self.open_intervals(day):
                if closes > t:
                    last_open = day
                    yield max(opens, t), closes
            day += _DAY


def _clock_time(text: str) -> time:
    found = _CLOCK_TEXT.fullmatch(text)
    if found is None:
        raise OpeningHoursUnreadable(time=text)
    return time(int(found[1]), int(found[2]))


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for opens, closes in sorted(spans):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return tuple(joined)


def _utc(t: datetime) -> datetime:
    if t.tzinfo is None:
        raise ValueError(t)
    return t.astimezone(UTC)


def _jst_day(t: datetime) -> date:
    try:
        return jst_day(t)
    except OverflowError as beyond:
        raise CalendarYearUnknown(year=t.year) from beyond
