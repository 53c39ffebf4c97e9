"""Opening hours as a caller meets them: boundary minutes, holidays, exceptions, windows, deadlines."""

from datetime import UTC, date, datetime, timedelta

import pytest

from common.civil import JST
from common.opening_hours import (
    Block,
    ClosedDays,
    OpeningHours,
    OpeningHoursUnreadable,
)

MONDAY_TO_SATURDAY = range(1, 7)


def jst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def calendar(*, closed: dict[date, str] | None = None, extra_open: dict[date, str] | None = None) -> ClosedDays:
    return ClosedDays(year_end=((12, 29), (1, 3)), closed=closed or {}, extra_open=extra_open or {})


def hours(*blocks: Block, days: ClosedDays | None = None, extra_open_weekday: int | None = None) -> OpeningHours:
    return OpeningHours(blocks, days or calendar(), extra_open_weekday=extra_open_weekday)


def support(days: ClosedDays | None = None) -> OpeningHours:
    return hours(Block.parse(MONDAY_TO_SATURDAY, "09:00", "18:00"), days=days)


def visits(days: ClosedDays | None = None) -> OpeningHours:
    return hours(Block.parse(MONDAY_TO_SATURDAY, "09:00", "17:00"), days=days)


def extended() -> OpeningHours:
    return OpeningHours(support().blocks, calendar(), always_open=True)


@pytest.mark.rule("R-HOURS-SUPPORT")
@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-06-01T08:59:59.999999", False),
        ("2026-06-01T09:00", True),
        ("2026-06-01T17:59:59.999999", True),
        ("2026-06-01T18:00", False),
        ("2026-06-01T00:00", False),
        ("2026-06-01T23:59", False),
    ],
)
def test_opens_at_the_first_minute_and_is_closed_at_the_last(at: str, is_open: bool) -> None:
    assert support().is_open(jst(at)) is is_open


@pytest.mark.rule("R-HOURS-SUPPORT")
def test_saturday_is_open_and_sunday_is_closed() -> None:
    assert support().is_open(jst("2026-06-06T10:00"))
    assert not support().is_open(jst("2026-06-07T10:00"))
    assert support().next_open(jst("2026-06-06T18:00")) == jst("2026-06-08T09:00")


@pytest.mark.rule("R-HOURS-SUPPORT", "R-CLOSED-DAYS")
@pytest.mark.parametrize("day", ["2026-05-06", "2026-09-22", "2027-03-22", "2026-12-29", "2026-12-31", "2027-01-02"])
def test_is_closed_all_day_on_holidays_and_over_year_end(day: str) -> None:
    assert support().open_intervals(date.fromisoformat(day)) == ()
    assert not support().is_open(jst(f"{day}T10:00"))


@pytest.mark.rule("R-HOURS-SUPPORT", "R-CLOSED-DAYS")
@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        pytest.param("2026-06-01T08:59", "2026-06-01T09:00", id="before opening"),
        pytest.param("2026-06-01T10:30", "2026-06-01T10:30", id="open already"),
        pytest.param("2026-06-01T18:00", "2026-06-02T09:00", id="at closing"),
        pytest.param("2026-05-02T18:00", "2026-05-07T09:00", id="Golden Week"),
        pytest.param("2026-09-19T18:00", "2026-09-24T09:00", id="Silver Week"),
        pytest.param("2027-03-20T18:00", "2027-03-23T09:00", id="substitute holiday"),
        pytest.param("2026-12-28T18:00", "2027-01-04T09:00", id="year-end"),
        pytest.param("2028-02-28T18:00", "2028-02-29T09:00", id="leap day"),
    ],
)
def test_names_the_next_opening(asked: str, opens: str) -> None:
    assert support().next_open(jst(asked)) == jst(opens)


def test_answers_in_utc_whatever_zone_was_asked_in() -> None:
    in_the_morning, at_closing = jst("2026-06-01T10:00"), jst("2026-06-01T18:00")
    for asked in (in_the_morning, at_closing):
        for answer in (
            support().next_open(asked),
            support().next_close(asked),
            support().add_business_time(asked, timedelta(0)),
            support().add_business_time(asked, timedelta(hours=1)),
        ):
            assert answer is not None
            assert answer.tzinfo is UTC
    assert support().is_open(datetime(2026, 6, 1, 0, 0, tzinfo=UTC))
    assert not support().is_open(datetime(2026, 6, 1, 9, 0, tzinfo=UTC))


def test_judges_by_the_day_in_japan() -> None:
    saturday_evening_in_utc = datetime(2026, 6, 6, 23, 59, tzinfo=UTC)
    sunday_evening_in_utc = datetime(2026, 6, 8, 0, 0, tzinfo=UTC)
    assert not support().is_open(saturday_evening_in_utc)
    assert support().is_open(sunday_evening_in_utc)


@pytest.mark.rule("R-CLOSED-DAYS")
def test_a_day_closed_by_the_operator_is_skipped() -> None:
    typhoon = support(calendar(closed={date(2026, 6, 2): "typhoon"}))
    assert not typhoon.is_open(jst("2026-06-02T10:00"))
    assert typhoon.next_open(jst("2026-06-01T18:00")) == jst("2026-06-03T09:00")


@pytest.mark.rule("R-CLOSED-DAYS")
def test_an_extra_open_holiday_has_the_hours_of_its_weekday() -> None:
    short_wednesdays = hours(
        Block.parse([1, 2, 4, 5, 6], "09:00", "18:00"),
        Block.parse([3], "10:00", "12:00"),
        days=calendar(extra_open={date(2026, 5, 6): "disaster"}),
    )
    assert short_wednesdays.open_intervals(date(2026, 5, 6)) == ((jst("2026-05-06T10:00"), jst("2026-05-06T12:00")),)


@pytest.mark.rule("R-CLOSED-DAYS")
def test_an_opened_sunday_has_the_hours_of_the_first_weekday_that_has_any() -> None:
    sunday = date(2026, 6, 7)
    blocks = (Block.parse([6], "10:00", "12:00"), Block.parse([2, 3], "09:00", "18:00"))
    opened = hours(*blocks, days=calendar(extra_open={sunday: "disaster"}))
    assert opened.open_intervals(sunday) == ((jst("2026-06-07T09:00"), jst("2026-06-07T18:00")),)
    assert opened.open_intervals(date(2026, 6, 14)) == ()


def test_an_opened_sunday_may_be_given_the_hours_of_another_weekday() -> None:
    sunday = date(2026, 6, 7)
    blocks = (Block.parse([6], "10:00", "12:00"), Block.parse([2, 3], "09:00", "18:00"))
    opened = hours(*blocks, days=calendar(extra_open={sunday: "disaster"}), extra_open_weekday=6)
    assert opened.open_intervals(sunday) == ((jst("2026-06-07T10:00"), jst("2026-06-07T12:00")),)


@pytest.mark.parametrize("weekday", [0, 7, 8])
def test_refuses_a_model_weekday_for_extra_open_days_without_hours(weekday: int) -> None:
    with pytest.raises(OpeningHoursUnreadable):
        hours(Block.parse(MONDAY_TO_SATURDAY, "09:00", "18:00"), extra_open_weekday=weekday)


@pytest.mark.rule("R-HOURS-VISIT")
@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("2026-06-01T09:00", "2026-06-01T17:00", True),
        ("2026-06-01T15:30", "2026-06-01T17:00", True),
        ("2026-06-01T08:59", "2026-06-01T10:00", False),
        ("2026-06-01T15:31", "2026-06-01T17:01", False),
        ("2026-06-01T17:00", "2026-06-01T18:00", False),
        ("2026-06-06T10:00", "2026-06-06T12:00", True),
        ("2026-06-07T10:00", "2026-06-07T12:00", False),
        ("2026-05-06T10:00", "2026-05-06T12:00", False),
        ("2026-06-01T16:00", "2026-06-02T10:00", False),
        ("2026-06-01T10:00", "2026-06-01T10:00", False),
        ("2026-06-01T12:00", "2026-06-01T10:00", False),
    ],
)
def test_the_whole_visit_window_lies_inside_the_hours(start: str, end: str, inside: bool) -> None:
    assert visits().covers(jst(start), jst(end)) is inside


@pytest.mark.rule("R-HOURS-VISIT")
def test_a_window_over_a_lunch_break_is_not_covered() -> None:
    split = hours(Block.parse([1], "09:00", "12:00"), Block.parse([1], "13:00", "17:00"))
    assert split.covers(jst("2026-06-01T10:00"), jst("2026-06-01T12:00"))
    assert not split.covers(jst("2026-06-01T11:00"), jst("2026-06-01T14:00"))


def test_blocks_that_touch_at_midnight_are_one_stretch() -> None:
    night = hours(Block.parse([1], "20:00", "24:00"), Block.parse([2], "00:00", "04:00"))
    assert night.covers(jst("2026-06-01T22:00"), jst("2026-06-02T03:00"))
    assert night.is_open(jst("2026-06-02T00:00"))
    assert night.next_close(jst("2026-06-01T20:00")) == jst("2026-06-02T04:00")


def test_overlapping_blocks_count_once() -> None:
    doubled = hours(
        Block.parse([1], "11:00", "13:00"),
        Block.parse([1], "09:00", "12:00"),
        Block.parse([1], "09:30", "10:00"),
        Block.parse([1], "13:00", "14:00"),
    )
    assert doubled.open_intervals(date(2026, 6, 1)) == ((jst("2026-06-01T09:00"), jst("2026-06-01T14:00")),)
    day = (jst("2026-06-01T00:00"), jst("2026-06-02T00:00"))
    assert doubled.business_time_between(*day) == timedelta(hours=5)


def test_names_the_next_closing() -> None:
    assert support().next_close(jst("2026-06-01T10:00")) == jst("2026-06-01T18:00")
    assert support().next_close(jst("2026-06-01T18:00")) == jst("2026-06-01T18:00")
    assert support().next_close(support().next_open(jst("2026-06-06T20:00"))) == jst("2026-06-08T18:00")


@pytest.mark.parametrize(
    ("start", "added", "due"),
    [
        pytest.param("2026-06-05T17:00", timedelta(hours=2), "2026-06-06T10:00", id="into Saturday"),
        pytest.param("2026-06-06T17:00", timedelta(hours=2), "2026-06-08T10:00", id="across a weekend"),
        pytest.param("2026-06-07T12:00", timedelta(minutes=1), "2026-06-08T09:01", id="from a closed day"),
        pytest.param("2026-06-01T09:00", timedelta(hours=9), "2026-06-01T18:00", id="due at closing"),
        pytest.param("2026-06-01T09:00", timedelta(hours=9, seconds=1), "2026-06-02T09:00:01", id="just after"),
        pytest.param("2026-05-02T17:30", timedelta(hours=1), "2026-05-07T09:30", id="across Golden Week"),
        pytest.param("2026-06-07T12:00", timedelta(0), "2026-06-07T12:00", id="nothing added"),
    ],
)
def test_adds_only_open_time(start: str, added: timedelta, due: str) -> None:
    assert support().add_business_time(jst(start), added) == jst(due)


def test_counts_only_open_time_and_runs_backwards_as_negative() -> None:
    friday, tuesday = jst("2026-06-05T17:00"), jst("2026-06-09T09:30")
    assert support().business_time_between(friday, tuesday) == timedelta(hours=1 + 9 + 9, minutes=30)
    assert support().business_time_between(tuesday, friday) == -timedelta(hours=1 + 9 + 9, minutes=30)


@pytest.mark.rule("R-HOURS-EXT")
@pytest.mark.parametrize(
    "at", ["2026-06-01T03:00", "2026-06-07T10:00", "2026-05-06T10:00", "2026-12-31T23:59", "2028-02-29T00:00"]
)
def test_the_extension_is_open_at_any_hour_of_any_day(at: str) -> None:
    assert extended().is_open(jst(at))
    assert extended().next_open(jst(at)) == jst(at)
    assert extended().next_close(jst(at)) is None
    assert extended().covers(jst(at), jst(at) + timedelta(hours=2))


@pytest.mark.rule("R-HOURS-EXT")
@pytest.mark.parametrize(("year", "days"), [(2027, 365), (2028, 366)])
def test_the_extension_has_365_days_and_366_in_a_leap_year(year: int, days: int) -> None:
    new_year, next_new_year = jst(f"{year}-01-01T00:00"), jst(f"{year + 1}-01-01T00:00")
    assert extended().business_time_between(new_year, next_new_year) == timedelta(days=days)
    assert extended().add_business_time(new_year, timedelta(days=days)) == next_new_year
    leap_day_or_not = date(year, 3, 1) - timedelta(days=1)
    assert sum((b - a for a, b in extended().open_intervals(leap_day_or_not)), timedelta(0)) == timedelta(days=1)


@pytest.mark.rule("R-HOURS-EXT")
def test_the_extension_needs_no_calendar() -> None:
    last_day = datetime(9999, 12, 31, 10, 0, tzinfo=UTC)
    later = last_day + timedelta(hours=6)
    assert extended().is_open(last_day)
    assert extended().next_open(last_day) == last_day
    assert extended().next_close(last_day) is None
    assert extended().covers(last_day, last_day + timedelta(hours=2))
    assert extended().business_time_between(last_day, later) == timedelta(hours=6)
    assert extended().add_business_time(last_day, timedelta(hours=6)) == later


@pytest.mark.rule("R-HOURS-EXT")
def test_the_extension_covers_no_empty_window_either() -> None:
    assert not extended().covers(jst("2026-06-01T10:00"), jst("2026-06-01T10:00"))


def test_equal_hours_are_equal_and_hash_alike() -> None:
    assert support() == support()
    assert hash(support()) == hash(support())
    assert support() != visits()


def test_a_clock_that_is_paused_over_a_weekend_goes_on_where_it_stood() -> None:
    friday, paused, resumed = jst("2026-06-05T16:00"), jst("2026-06-05T17:15"), jst("2026-06-08T10:00")
    left = timedelta(hours=4) - support().business_time_between(friday, paused)
    assert left == timedelta(hours=2, minutes=45)
    assert support().add_business_time(resumed, left) == jst("2026-06-08T12:45")
    assert support().add_business_time(friday, timedelta(hours=4)) == jst("2026-06-06T11:00")


@pytest.mark.rule("R-HOURS-SUPPORT", "R-CLOSED-DAYS")
@pytest.mark.parametrize("day", ["2026-05-02", "2026-05-07", "2026-09-24", "2026-12-28", "2027-01-04", "2028-02-29"])
def test_the_minute_before_and_at_each_boundary_beside_closed_days(day: str) -> None:
    for opens, closes in support().open_intervals(date.fromisoformat(day)):
        minute = timedelta(minutes=1)
        asked = [opens - minute, opens, closes - minute, closes]
        assert [support().is_open(at) for at in asked] == [False, True, True, False]
        assert support().next_open(opens - minute) == opens
    assert support().open_intervals(date.fromisoformat(day)) != ()
