"""Half-open spans of time: appointment windows, shifts, absences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from common.civil import jst_day
from common.errors import Invalid

_INSTANT = timedelta(microseconds=1)


class WindowUnreadable(Invalid):
    """A window ends after it begins."""

    code = "window_unreadable"
    en = "A window ends after it begins."
    ja = "時間枠の終了は開始より後にしてください。"


@dataclass(frozen=True, order=True)
class Window:
    """From `start` until `end`, aware, half-open. Raises `WindowUnreadable` when it holds no time."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None or self.start >= self.end:
            raise WindowUnreadable(start=self.start, end=self.end)

    @property
    def last_instant(self) -> datetime:
        """The last instant that still belongs to it."""
        return self.end - _INSTANT

    @property
    def day(self) -> date:
        """The JST day on which it begins: the visit's day."""
        return jst_day(self.start)

    @property
    def days(self) -> tuple[date, ...]:
        """Every JST day it touches."""
        first, last = self.day, jst_day(self.last_instant)
        return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))

    def overlaps(self, other: Window) -> bool:
        """Whether both have an instant in common."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Window) -> bool:
        """Whether all of `other` lies inside."""
        return self.start <= other.start and other.end <= self.end


def joined(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same time in disjoint windows, in order: what touches or overlaps becomes one."""
    result: list[Window] = []
    for window in sorted(windows):
        if result and window.start <= result[-1].end:
            result[-1] = Window(result[-1].start, max(result[-1].end, window.end))
        else:
            result.append(window)
    return tuple(result)


def without(windows: Iterable[Window], holes: Iterable[Window]) -> tuple[Window, ...]:
    """What of `windows` is left when `holes` are cut out."""
    left = list(windows)
    for hole in holes:
        left = [piece for window in left for piece in _cut(window, hole)]
    return tuple(left)


def _cut(window: Window, hole: Window) -> tuple[Window, ...]:
    if not window.overlaps(hole):
        return (window,)
    pieces = ((window.start, hole.start), (hole.end, window.end))
    return tuple(Window(start, end) for start, end in pieces if start < end)
