"""Capacity for remote sessions: stretches cut into slots, closed days, days of their own."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.closed_days import ClosedDays
from common.opening_hours import OpeningHoursUnreadable
from helpdesk.domain.booking_refusals import CapacityUnreadable
from helpdesk.domain.capacity import Capacity, Stretch, Weekly, check_day, check_week
from helpdesk.testing import jst

CLOSED = ClosedDays(year_end=((12, 29), (1, 3)), closed={date(2026, 6, 3): "typhoon"})
MONDAY, WEDNESDAY = date(2026, 6, 1), date(2026, 6, 3)


def stretch(opens: str, closes: str, seats: int = 2) -> Stretch:
    return Stretch(opens=opens, closes=closes, seats=seats)


def capacity(*stretches: Stretch, minutes: int = 60, **days: Stretch) -> Capacity:
    """The same on every weekday; `days` of June have one stretch of their own."""
    return Capacity(
        slot_minutes=minutes,
        week=tuple(Weekly(weekdays=(1, 2, 3, 4, 5, 6, 7), stretch=each) for each in stretches),
        version=1,
        days={date(2026, 6, int(day.removeprefix("day"))): (own,) for day, own in days.items()},
    )


def begins(found: Capacity, day: date) -> list[datetime]:
    return [slot.starts_at for slot in found.slots(day, CLOSED)]


def test_a_stretch_holds_as_many_whole_slots_as_fit() -> None:
    found = capacity(stretch("09:00", "10:45"), stretch("13:00", "13:44", 1), minutes=45)
    assert [(slot.starts_at, slot.ends_at, slot.seats) for slot in found.slots(MONDAY, CLOSED)] == [
        (jst(6, 1, 9), jst(6, 1, 9, 45), 2),
        (jst(6, 1, 9, 45), jst(6, 1, 10, 30), 2),
    ]


def test_a_closed_day_has_only_what_is_written_down_for_it() -> None:
    assert begins(capacity(stretch("09:00", "18:00")), WEDNESDAY) == []
    own = capacity(stretch("09:00", "18:00"), day3=stretch("22:00", "24:00"))
    assert begins(own, WEDNESDAY) == [jst(6, 3, 22), jst(6, 3, 23)]
    assert own.slot(jst(6, 3, 23), CLOSED) is not None
    assert own.slot(jst(6, 3, 23, 30), CLOSED) is None


@pytest.mark.parametrize(
    ("start", "end", "seats"),
    [
        (jst(6, 1, 9), jst(6, 1, 10), 3),
        (jst(6, 1, 11, 30), jst(6, 1, 12, 30), 2),
        (jst(6, 1, 12), jst(6, 1, 13), 2),
        (jst(6, 1, 12, 30), jst(6, 1, 13, 1), 0),
        (jst(6, 1, 8, 59), jst(6, 1, 10), 0),
        (jst(6, 3, 9), jst(6, 3, 10), 0),
    ],
)
def test_seats_all_through_a_time_are_those_of_its_narrowest_stretch(
    start: datetime, end: datetime, seats: int
) -> None:
    found = capacity(stretch("09:00", "12:00", 3), stretch("12:00", "13:00", 2))
    assert found.seats_through(start, end, CLOSED) == seats


@given(st.integers(0, 1439), st.integers(1, 480), st.integers(15, 480))
def test_seats_through_agree_with_a_walk_minute_by_minute(start: int, length: int, minutes: int) -> None:
    found = capacity(
        stretch("08:10", "12:00", 3), stretch("12:00", "17:35", 1), stretch("20:00", "24:00", 2), minutes=minutes
    )
    midnight = jst(6, 1, 0)
    each = [
        next((s.seats for s in found.stretches(MONDAY, CLOSED) if s.span[0] <= timedelta(minutes=at) < s.span[1]), 0)
        for at in range(start, start + length)
    ]
    end = midnight + timedelta(minutes=start + length)
    assert found.seats_through(midnight + timedelta(minutes=start), end, CLOSED) == min(each)


def test_refuses_stretches_that_overlap_and_times_that_are_none() -> None:
    with pytest.raises(CapacityUnreadable):
        check_day([stretch("09:00", "12:00"), stretch("11:59", "13:00")])
    with pytest.raises(CapacityUnreadable):
        check_week(
            [
                Weekly(weekdays=(1, 2), stretch=stretch("09:00", "12:00")),
                Weekly(weekdays=(2,), stretch=stretch("08:00", "10:00")),
            ]
        )
    check_week(
        [
            Weekly(weekdays=(1,), stretch=stretch("09:00", "12:00")),
            Weekly(weekdays=(2,), stretch=stretch("08:00", "10:00")),
        ]
    )
    check_day([stretch("09:00", "12:00"), stretch("12:00", "13:00")])
    for opens, closes in (("9", "12:00"), ("12:00", "09:00"), ("12:00", "24:01")):
        with pytest.raises(OpeningHoursUnreadable):
            stretch(opens, closes)
