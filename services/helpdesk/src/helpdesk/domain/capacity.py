"""How many remote sessions can be held at once: stretches of the week with seats, cut into slots; days of their own.

The numbers are the house's, kept as data. Civil times are Japan's, intervals half-open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from common.civil import jst_day, jst_midnight
from common.closed_days import ClosedDays
from common.opening_hours import Block
from helpdesk.domain.booking_refusals import CapacityUnreadable


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """`seats` from `opens` until `closes`, written `09:00` and up to `24:00`. Raises `OpeningHoursUnreadable`."""

    opens: str
    closes: str
    seats: int
    span: tuple[timedelta, timedelta] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "span", Block.parse((1,), self.opens, self.closes).span)


@dataclass(frozen=True, kw_only=True)
class Weekly:
    """A stretch of each of `weekdays` (ISO, 1 = Monday)."""

    weekdays: tuple[int, ...]
    stretch: Stretch


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A time for which `seats` sessions can be promised."""

    starts_at: datetime
    ends_at: datetime
    seats: int


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """The week, the length of a slot, and the days that have stretches of their own instead (or none)."""

    slot_minutes: int
    week: tuple[Weekly, ...]
    version: int
    days: Mapping[date, tuple[Stretch, ...]] = field(default_factory=dict)

    @property
    def slot_length(self) -> timedelta:
        """How long a slot is."""
        return timedelta(minutes=self.slot_minutes)

    def stretches(self, day: date, closed: ClosedDays) -> tuple[Stretch, ...]:
        """What a day has: its own if it has any written down, nothing on a closed day, else its weekday's."""
        if day in self.days:
            return self.days[day]
        if closed.is_closed(day):
            return ()
        return tuple(each.stretch for each in self.week if day.isoweekday() in each.weekdays)

    def slots(self, day: date, closed: ClosedDays) -> list[Slot]:
        """The slots of a day: as many whole ones as fit into each stretch, from its beginning on."""
        length, midnight = self.slot_length, jst_midnight(day)
        found = []
        for stretch in sorted(self.stretches(day, closed), key=lambda each: each.span):
            opens, closes = stretch.span
            for number in range((closes - opens) // length):
                begins = midnight + opens + number * length
                found.append(Slot(starts_at=begins, ends_at=begins + length, seats=stretch.seats))
        return found

    def slot(self, starts_at: datetime, closed: ClosedDays) -> Slot | None:
        """The slot that begins at this instant."""
        slots = self.slots(jst_day(starts_at), closed)
        return next((each for each in slots if each.starts_at == starts_at), None)

    def seats_through(self, starts_at: datetime, ends_at: datetime, closed: ClosedDays) -> int:
        """How many seats there are all through a time of one day, whatever the slots are; 0: not all through."""
        midnight = jst_midnight(jst_day(starts_at))
        begin, end = starts_at - midnight, ends_at - midnight
        reached, seats = begin, []
        for stretch in sorted(self.stretches(jst_day(starts_at), closed), key=lambda each: each.span):
            opens, closes = stretch.span
            if opens <= reached < closes and reached < end:
                reached = closes
                seats.append(stretch.seats)
        return min(seats) if seats and reached >= end else 0


def check_week(week: Sequence[Weekly]) -> None:
    """Raise `CapacityUnreadable` when two stretches of one weekday overlap."""
    for weekday in range(1, 8):
        check_day(each.stretch for each in week if weekday in each.weekdays)


def check_day(stretches: Iterable[Stretch]) -> None:
    """Raise `CapacityUnreadable` when two stretches overlap."""
    for earlier, later in pairwise(sorted(stretches, key=lambda each: each.span)):
        if later.span[0] < earlier.span[1]:
            raise CapacityUnreadable(
                stretches=[[earlier.opens, earlier.closes], [later.opens, later.closes]],
            )
