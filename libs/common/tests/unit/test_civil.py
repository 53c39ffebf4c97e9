"""Civil time in Japan and the fee month."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.civil import (
    JST,
    FeeMonth,
    FeeMonthUnreadable,
    fee_month_at,
    fee_month_named,
    fee_month_of_day,
    jst_day,
    jst_instant,
    jst_midnight,
)

START_DAYS = st.integers(1, 28)
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MICROSECOND = timedelta(microseconds=1)


def jst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def test_the_day_changes_at_midnight_in_japan() -> None:
    assert jst_day(datetime(2026, 5, 31, 14, 59, 59, tzinfo=UTC)) == date(2026, 5, 31)
    assert jst_day(datetime(2026, 5, 31, 15, 0, tzinfo=UTC)) == date(2026, 6, 1)


def test_civil_times_become_utc_instants() -> None:
    assert jst_midnight(date(2026, 6, 1)) == datetime(2026, 5, 31, 15, 0, tzinfo=UTC)
    assert jst_instant(date(2026, 6, 1), time(9, 30)) == datetime(2026, 6, 1, 0, 30, tzinfo=UTC)
    assert jst_midnight(date(2026, 6, 1)).utcoffset() == timedelta(0)
    assert jst_instant(date(2026, 6, 1), time(9, 30)).utcoffset() == timedelta(0)


@pytest.mark.rule("R-FEE-MONTH")
@pytest.mark.parametrize(
    ("day", "start_day", "name"),
    [
        pytest.param(date(2026, 6, 1), 1, "2026-06", id="first day"),
        pytest.param(date(2026, 6, 30), 1, "2026-06", id="last day"),
        pytest.param(date(2026, 6, 14), 15, "2026-05", id="before the start day"),
        pytest.param(date(2026, 6, 15), 15, "2026-06", id="on the start day"),
        pytest.param(date(2026, 7, 14), 15, "2026-06", id="named after the month it begins in"),
        pytest.param(date(2026, 1, 14), 15, "2025-12", id="over the year's end"),
        pytest.param(date(2025, 12, 31), 1, "2025-12", id="last day of the year"),
        pytest.param(date(2028, 2, 29), 1, "2028-02", id="leap day"),
        pytest.param(date(2028, 2, 29), 28, "2028-02", id="leap day after start day 28"),
        pytest.param(date(2028, 3, 27), 28, "2028-02", id="February's month runs into March"),
        pytest.param(date(2027, 2, 27), 28, "2027-01", id="the day before the last start day"),
    ],
)
def test_a_day_belongs_to_the_month_that_began_last(day: date, start_day: int, name: str) -> None:
    assert fee_month_of_day(day, start_day).name == name
    assert fee_month_of_day(day, start_day) == fee_month_named(name, start_day)


@pytest.mark.rule("R-FEE-MONTH")
def test_a_fee_month_begins_and_ends_at_midnight_in_japan() -> None:
    june = FeeMonth(2026, 6)
    assert (june.start, june.end) == (jst("2026-06-01T00:00"), jst("2026-07-01T00:00"))
    assert fee_month_at(jst("2026-06-30T23:59:59.999999"), 1) == june
    assert fee_month_at(jst("2026-07-01T00:00"), 1) == june.next()
    assert fee_month_at(datetime(2026, 5, 31, 15, 0, tzinfo=UTC), 1) == june


@pytest.mark.rule("R-FEE-MONTH")
@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        (FeeMonth(2026, 6), date(2026, 6, 1), date(2026, 6, 30)),
        (FeeMonth(2026, 12), date(2026, 12, 1), date(2026, 12, 31)),
        (FeeMonth(2026, 12, 15), date(2026, 12, 15), date(2027, 1, 14)),
        (FeeMonth(2028, 2), date(2028, 2, 1), date(2028, 2, 29)),
        (FeeMonth(2027, 2), date(2027, 2, 1), date(2027, 2, 28)),
        (FeeMonth(2028, 2, 28), date(2028, 2, 28), date(2028, 3, 27)),
        (FeeMonth(2100, 2), date(2100, 2, 1), date(2100, 2, 28)),
    ],
)
def test_knows_its_first_and_last_day(month: FeeMonth, first: date, last: date) -> None:
    assert (month.first_day, month.last_day) == (first, last)


@pytest.mark.rule("R-FEE-MONTH")
def test_months_follow_each_other_over_the_years_end() -> None:
    assert FeeMonth(2026, 12, 5).next() == FeeMonth(2027, 1, 5)
    assert FeeMonth(2027, 1, 5).previous() == FeeMonth(2026, 12, 5)
    assert FeeMonth(2026, 12) < FeeMonth(2027, 1)


@pytest.mark.rule("R-FEE-MONTH")
@given(instant=INSTANTS, start_day=START_DAYS)
def test_every_instant_lies_in_exactly_one_fee_month(instant: datetime, start_day: int) -> None:
    month = fee_month_at(instant, start_day)
    assert month.contains(instant)
    assert month.start <= instant < month.end
    assert not month.previous().contains(instant)
    assert not month.next().contains(instant)


@pytest.mark.rule("R-FEE-MONTH")
def test_a_fee_month_contains_its_first_instant_and_not_the_first_after_it() -> None:
    june = FeeMonth(2026, 6)
    assert june.contains(june.start)
    assert june.contains(june.end - MICROSECOND)
    assert not june.contains(june.end)


@pytest.mark.rule("R-FEE-MONTH")
@given(instant=INSTANTS, start_day=START_DAYS)
def test_fee_months_join_without_gap_or_overlap(instant: datetime, start_day: int) -> None:
    month = fee_month_at(instant, start_day)
    assert month.end == month.next().start
    assert month.next().previous() == month
    assert fee_month_at(month.start, start_day) == month
    assert fee_month_at(month.end - MICROSECOND, start_day) == month
    assert fee_month_at(month.end, start_day) == month.next()
    assert month.first_day.day == start_day
    assert 28 <= (month.last_day - month.first_day).days + 1 <= 31


@given(instant=INSTANTS, start_day=START_DAYS)
def test_a_fee_month_is_found_again_by_its_name(instant: datetime, start_day: int) -> None:
    month = fee_month_at(instant, start_day)
    assert fee_month_named(month.name, start_day) == month


@pytest.mark.parametrize(
    "name",
    ["", "2026", "2026-13", "2026-00", "2026-6", "26-06", "2026/06", "2026-06-01", "2026-06\n", "2０２６-06"],
)
def test_refuses_a_name_that_is_no_fee_month(name: str) -> None:
    with pytest.raises(FeeMonthUnreadable) as refused:
        fee_month_named(name, 1)
    assert refused.value.why == {"asked": name}


@pytest.mark.rule("R-FEE-MONTH")
@pytest.mark.parametrize("start_day", [-1, 0, 29, 31])
def test_refuses_a_start_day_that_some_month_does_not_have(start_day: int) -> None:
    with pytest.raises(FeeMonthUnreadable) as refused:
        FeeMonth(2026, 6, start_day)
    assert refused.value.why == {"start_day": start_day, "allowed": "1-28"}
