"""The engine against a brute-force walk, minute by minute, from 2020 to 2035."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from common.civil import JST
from common.opening_hours import END_OF_DAY, Block, ClosedDays, OpeningHours

FIRST, LAST = date(2020, 1, 1), date(2035, 12, 31)
BEHIND = LAST + timedelta(days=366)
START = datetime.combine(FIRST, time.min, JST)
MINUTES_A_DAY = 1440
MINUTE = timedelta(minutes=1)
DAYS = [FIRST + timedelta(days=n) for n in range((BEHIND - FIRST).days)]
MINUTES_ASKED = ((LAST - FIRST).days + 1) * MINUTES_A_DAY


def minute_is_open(hours: OpeningHours, weekday: int, minute: int) -> bool:
    for block in hours.blocks:
        opens = block.opens.hour * 60 + block.opens.minute
        closes = block.closes.hour * 60 + block.closes.minute
        if weekday in block.weekdays and opens <= minute and (block.closes == END_OF_DAY or minute < closes):
            return True
    return False


@dataclass(frozen=True)
class Walk:
    """One byte for each minute from START on: 1 is open."""

    line: bytes

    @classmethod
    def through(cls, hours: OpeningHours) -> "Walk":
        shapes = {
            weekday: bytes(minute_is_open(hours, weekday, minute) for minute in range(MINUTES_A_DAY))
            for weekday in range(1, 8)
        }
        ordinary = next((shapes[weekday] for weekday in range(1, 8) if any(shapes[weekday])), shapes[1])
        days = []
        for day in DAYS:
            shape = shapes[day.isoweekday()]
            if day in hours.closed_days.extra_open:
                days.append(shape if any(shape) else ordinary)
            else:
                days.append(bytes(MINUTES_A_DAY) if hours.closed_days.is_closed(day) else shape)
        return cls(b"".join(days))

    def is_open(self, t: datetime) -> bool:
        return bool(self.line[minute_of(t)])

    def next(self, t: datetime, *, is_open: bool) -> datetime:
        if self.is_open(t) is is_open:
            return t
        found = self.line.index(is_open, minute_of(t))
        return START + found * MINUTE

    def between(self, a: datetime, b: datetime) -> timedelta:
        whole = self.line.count(1, minute_of(a), minute_of(b)) * MINUTE
        return whole - self.is_open(a) * within_minute(a) + self.is_open(b) * within_minute(b)

    def add(self, t: datetime, d: timedelta) -> datetime:
        while d:
            t = self.next(t, is_open=True)
            step = min(MINUTE - within_minute(t), d)
            t, d = t + step, d - step
        return t


def minute_of(t: datetime) -> int:
    return (t - START) // MINUTE


def within_minute(t: datetime) -> timedelta:
    return (t - START) % MINUTE


def basic(opens: str, closes: str) -> OpeningHours:
    return OpeningHours((Block.parse(range(1, 7), opens, closes),), ClosedDays(year_end=((12, 29), (1, 3))))


BASIC = {"support": basic("09:00", "18:00"), "visits": basic("09:00", "17:00")}


@pytest.fixture(scope="module", params=sorted(BASIC))
def shop(request: pytest.FixtureRequest) -> tuple[OpeningHours, Walk]:
    hours = BASIC[request.param]
    return hours, Walk.through(hours)


@st.composite
def instants(draw: st.DrawFn) -> datetime:
    """Anywhere in the years; often beside an hour, where hours begin and end, and beside midnight."""
    beside_an_hour = st.builds(
        lambda day, hour, off: day * MINUTES_A_DAY + hour * 60 + off,
        st.integers(0, MINUTES_ASKED // MINUTES_A_DAY - 1),
        st.sampled_from([0, 9, 12, 17, 18, 23]),
        st.sampled_from([0, 1, 59]),
    )
    minute = draw(st.one_of(beside_an_hour, st.integers(0, MINUTES_ASKED - 1)))
    return START + minute * MINUTE + timedelta(seconds=draw(st.integers(0, 59)))


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    opens = draw(st.one_of(st.just(0), st.integers(0, 47).map(lambda n: n * 30), st.integers(0, 1439)))
    closes = draw(st.one_of(st.just(MINUTES_A_DAY), st.integers(opens + 1, MINUTES_A_DAY)))
    weekdays = draw(st.frozensets(st.integers(1, 7), min_size=1))
    until = END_OF_DAY if closes == MINUTES_A_DAY else time(closes // 60, closes % 60)
    return Block(weekdays, time(opens // 60, opens % 60), until)


@st.composite
def week_around(draw: st.DrawFn) -> tuple[OpeningHours, datetime]:
    """Any weekly blocks, with exceptions thick around the instant that is asked for."""
    t = draw(instants())
    near = st.integers(-10, 10).map(lambda n: t.astimezone(JST).date() + timedelta(days=n))
    days = ClosedDays(
        year_end=((12, 29), (1, 3)),
        closed=draw(st.dictionaries(near, st.just("closed"), max_size=6)),
        extra_open=draw(st.dictionaries(near, st.just("opened"), max_size=6)),
    )
    return OpeningHours(tuple(draw(st.lists(blocks(), min_size=1, max_size=4))), days), t


@pytest.mark.rule("R-HOURS-SUPPORT", "R-HOURS-VISIT", "R-CLOSED-DAYS")
def test_every_open_minute_of_sixteen_years_is_the_walks(shop: tuple[OpeningHours, Walk]) -> None:
    hours, walk = shop
    line = bytearray(len(walk.line))
    for day in DAYS:
        for opens, closes in hours.open_intervals(day):
            first, behind = minute_of(opens), minute_of(closes)
            line[first:behind] = b"\x01" * (behind - first)
    assert line == walk.line


@pytest.mark.rule("R-HOURS-SUPPORT", "R-HOURS-VISIT", "R-CLOSED-DAYS")
@given(t=instants(), other=instants(), minutes=st.integers(0, 3000), seconds=st.integers(0, 59))
@settings(max_examples=150, deadline=None)
def test_basic_hours_agree_with_the_walk(
    shop: tuple[OpeningHours, Walk], t: datetime, other: datetime, minutes: int, seconds: int
) -> None:
    hours, walk = shop
    added = timedelta(minutes=minutes, seconds=seconds)
    assert hours.is_open(t) is walk.is_open(t)
    assert hours.next_open(t) == walk.next(t, is_open=True)
    assert hours.next_close(t) == walk.next(t, is_open=False)
    assert hours.add_business_time(t, added) == walk.add(t, added)
    a, b = sorted([t, other])
    assert hours.business_time_between(a, b) == walk.between(a, b)


@given(asked=week_around(), minutes=st.integers(1, 2000), seconds=st.integers(0, 59))
@settings(max_examples=100, deadline=None)
def test_any_hours_agree_with_the_walk(asked: tuple[OpeningHours, datetime], minutes: int, seconds: int) -> None:
    hours, t = asked
    walk = Walk.through(hours)
    wall = timedelta(minutes=minutes, seconds=seconds)
    added = walk.between(t, t + 10 * wall)
    assert hours.is_open(t) is walk.is_open(t)
    assert hours.next_open(t) == walk.next(t, is_open=True)
    assert hours.next_close(t) == walk.next(t, is_open=False)
    assert hours.covers(t, t + wall) is (walk.between(t, t + wall) == wall)
    assert hours.business_time_between(t, t + wall) == walk.between(t, t + wall)
    assert hours.add_business_time(t, added) == walk.add(t, added)


@given(asked=week_around(), spans=st.tuples(*[st.timedeltas(timedelta(0), timedelta(days=9))] * 2))
@settings(max_examples=150, deadline=None)
def test_open_time_adds_up_and_a_deadline_is_the_earliest(
    asked: tuple[OpeningHours, datetime], spans: tuple[timedelta, timedelta]
) -> None:
    hours, a = asked
    b, c = a + spans[0], a + spans[0] + spans[1]
    whole = hours.business_time_between(a, c)
    assert whole == hours.business_time_between(a, b) + hours.business_time_between(b, c)
    assume(whole)
    due = hours.add_business_time(a, whole)
    assert hours.business_time_between(a, due) == whole
    assert hours.business_time_between(a, due - timedelta(microseconds=1)) < whole


@st.composite
def pauses(draw: st.DrawFn) -> tuple[datetime, timedelta, list[tuple[datetime, datetime]]]:
    """A start, an amount of open time, and pauses after the start, one after the other; often across a weekend."""
    begun = draw(instants())
    goal = timedelta(minutes=draw(st.integers(1, 1500)))
    found, at = [], begun
    for _ in range(draw(st.integers(0, 3))):
        paused = at + timedelta(minutes=draw(st.integers(0, 2000)))
        at = paused + timedelta(minutes=draw(st.sampled_from([1, 600, 3900, 5000])))
        found.append((paused, at))
    return begun, goal, found


def due_when_paused(
    hours: OpeningHours, begun: datetime, goal: timedelta, paused: list[tuple[datetime, datetime]]
) -> datetime:
    """When `goal` of open time has passed that lies in no pause."""
    left, runs_from = goal, begun
    for start, end in paused:
        ran = hours.business_time_between(runs_from, start)
        if ran >= left:
            break
        left, runs_from = left - ran, end
    return hours.add_business_time(runs_from, left)


@given(asked=pauses())
@settings(max_examples=150, deadline=None)
def test_paused_time_does_not_count(
    shop: tuple[OpeningHours, Walk], asked: tuple[datetime, timedelta, list[tuple[datetime, datetime]]]
) -> None:
    hours, walk = shop
    begun, goal, paused = asked
    due = due_when_paused(hours, begun, goal, paused)
    counted = walk.between(begun, due) - sum(
        (walk.between(start, min(end, due)) for start, end in paused if start < due), timedelta(0)
    )
    assert counted == goal
    assert walk.is_open(due - timedelta(seconds=1))
    assert not any(start < due <= end for start, end in paused)
