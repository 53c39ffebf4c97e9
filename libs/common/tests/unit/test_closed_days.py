"""The closed-day calendar against the published lists, and against the law written down a second time."""

from datetime import date, timedelta

import pytest

from common.closed_days import CalendarUnreadable, CalendarYearUnknown, ClosedDays

YEAR_END = ((12, 29), (1, 3))

PUBLISHED = {  # The Cabinet Office's lists; 2020 and 2021 were moved by the Olympic law.
    2020: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/23 7/24 8/10 9/21 9/22 11/3 11/23",
    2021: "1/1 1/11 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/22 7/23 8/8 8/9 9/20 9/23 11/3 11/23",
    2022: "1/1 1/10 2/11 2/23 3/21 4/29 5/3 5/4 5/5 7/18 8/11 9/19 9/23 10/10 11/3 11/23",
    2023: "1/1 1/2 1/9 2/11 2/23 3/21 4/29 5/3 5/4 5/5 7/17 8/11 9/18 9/23 10/9 11/3 11/23",
    2024: "1/1 1/8 2/11 2/12 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/22 9/23 10/14 11/3 11/4 11/23",
    2025: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24",
    2026: "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23",
    2027: "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23",
}


def national_holidays_only() -> ClosedDays:
    return ClosedDays(year_end=((1, 1), (1, 1)))  # New Year's Day is a national holiday anyway.


def closed_days(*, closed: dict[date, str] | None = None, extra_open: dict[date, str] | None = None) -> ClosedDays:
    return ClosedDays(year_end=YEAR_END, closed=closed or {}, extra_open=extra_open or {})


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


def nth_monday(year: int, month: int, n: int) -> date:
    return [day for day in days_of(year) if day.month == month and day.isoweekday() == 1][n - 1]


def holidays_by_law(year: int) -> set[date]:
    """The national holidays act as it stands since 2022, with the usual equinox formula (1980-2099)."""
    leap = (year - 1980) // 4
    fixed = [(1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23)]
    named = {date(year, month, day) for month, day in fixed}
    named |= {nth_monday(year, month, n) for month, n in [(1, 2), (7, 3), (9, 3), (10, 2)]}
    named.add(date(year, 3, int(20.8431 + 0.242194 * (year - 1980)) - leap))
    named.add(date(year, 9, int(23.2488 + 0.242194 * (year - 1980)) - leap))
    all_days = set(named)
    for day in sorted(named):
        if day.isoweekday() == 7:
            substitute = day
            while substitute in named:
                substitute += timedelta(days=1)
            all_days.add(substitute)
    between = {day for day in days_of(year) if {day - timedelta(days=1), day + timedelta(days=1)} <= named}
    return all_days | between


@pytest.mark.rule("R-CLOSED-DAYS")
@pytest.mark.parametrize("year", PUBLISHED)
def test_closes_exactly_on_the_published_national_holidays(year: int) -> None:
    calendar = national_holidays_only()
    found = " ".join(f"{day.month}/{day.day}" for day in days_of(year) if calendar.is_closed(day))
    assert found == PUBLISHED[year]


@pytest.mark.rule("R-CLOSED-DAYS")
@pytest.mark.parametrize("year", range(2022, 2036))
def test_closes_on_the_holidays_that_follow_from_the_law(year: int) -> None:
    calendar = national_holidays_only()
    assert {day for day in days_of(year) if calendar.is_closed(day)} == holidays_by_law(year)


@pytest.mark.rule("R-CLOSED-DAYS")
@pytest.mark.parametrize(
    "day",
    [
        pytest.param(date(2026, 5, 6), id="substitute after three holidays in a row"),
        pytest.param(date(2026, 9, 22), id="citizens' holiday between two holidays"),
        pytest.param(date(2027, 3, 22), id="substitute for an equinox on a Sunday"),
        pytest.param(date(2032, 9, 21), id="the next citizens' holiday"),
    ],
)
def test_knows_substitute_and_citizens_holidays(day: date) -> None:
    assert closed_days().reason(day) == "national_holiday"


@pytest.mark.rule("R-CLOSED-DAYS")
def test_closes_over_year_end_from_its_first_to_its_last_day() -> None:
    calendar = closed_days()
    around = [date(2026, 12, 27) + timedelta(n) for n in range(10)]
    assert [calendar.reason(day) for day in around] == [
        None,
        None,
        "year_end",
        "year_end",
        "year_end",
        "national_holiday",
        "year_end",
        "year_end",
        None,
        None,
    ]


@pytest.mark.rule("R-CLOSED-DAYS")
def test_a_year_end_within_one_year_does_not_wrap() -> None:
    calendar = ClosedDays(year_end=((12, 30), (12, 31)))
    closed = [day for day in days_of(2026) if calendar.reason(day) == "year_end"]
    assert closed == [date(2026, 12, 30), date(2026, 12, 31)]


@pytest.mark.rule("R-CLOSED-DAYS")
def test_an_operator_closes_a_day_and_gives_the_reason() -> None:
    calendar = closed_days(closed={date(2026, 6, 10): "typhoon"})
    assert calendar.reason(date(2026, 6, 10)) == "typhoon"
    assert calendar.reason(date(2026, 6, 11)) is None


@pytest.mark.rule("R-CLOSED-DAYS")
def test_the_operators_reason_is_the_one_that_is_shown() -> None:
    assert closed_days(closed={date(2026, 5, 6): "power_works"}).reason(date(2026, 5, 6)) == "power_works"


@pytest.mark.rule("R-CLOSED-DAYS")
@pytest.mark.parametrize("day", [date(2026, 5, 6), date(2026, 12, 30), date(2026, 6, 10)])
def test_an_extra_open_day_beats_holiday_year_end_and_closing(day: date) -> None:
    closed = {date(2026, 6, 10): "typhoon"}
    assert closed_days(closed=closed).is_closed(day)
    assert not closed_days(closed=closed, extra_open={day: "disaster"}).is_closed(day)


def test_reads_the_written_form() -> None:
    parsed = ClosedDays.parse(
        "JP",
        year_end_from="12-29",
        year_end_to="01-03",
        closed={date(2026, 6, 10): "typhoon"},
        extra_open={date(2026, 5, 6): "disaster"},
    )
    same = closed_days(closed={date(2026, 6, 10): "typhoon"}, extra_open={date(2026, 5, 6): "disaster"})
    assert parsed == same
    assert hash(parsed) == hash(same)


def test_later_changes_of_the_callers_dictionary_change_nothing() -> None:
    closed = {date(2026, 6, 10): "typhoon"}
    calendar = closed_days(closed=closed)
    closed.clear()
    assert calendar.is_closed(date(2026, 6, 10))


@pytest.mark.parametrize("text", ["12-32", "13-01", "00-10", "2-29", "02-30", "", "12/29", "12-29\n", "１２-29"])
def test_refuses_a_year_end_that_is_no_day_of_the_year(text: str) -> None:
    with pytest.raises(CalendarUnreadable):
        ClosedDays.parse("JP", year_end_from=text, year_end_to="01-03", closed={}, extra_open={})
    with pytest.raises(CalendarUnreadable):
        ClosedDays.parse("JP", year_end_from="12-29", year_end_to=text, closed={}, extra_open={})


def test_accepts_the_leap_day_as_a_bound() -> None:
    calendar = ClosedDays(year_end=((2, 28), (2, 29)))
    assert calendar.is_closed(date(2028, 2, 29))
    assert not calendar.is_closed(date(2027, 3, 1))


@pytest.mark.parametrize("country", ["XX", "jp", "", "Japan", "HolidayBase", "JPN"])
def test_refuses_a_country_without_a_calendar(country: str) -> None:
    with pytest.raises(CalendarUnreadable) as refused:
        ClosedDays(country=country, year_end=YEAR_END)
    assert refused.value.why == {"country": country}


def test_another_country_has_its_own_holidays() -> None:
    french = ClosedDays(country="FR", year_end=YEAR_END)
    assert french.reason(date(2026, 7, 14)) == "national_holiday"
    assert french.reason(date(2026, 5, 6)) is None


@pytest.mark.rule("R-CLOSED-DAYS")
@pytest.mark.parametrize("year", [1948, 2100, 9999])
def test_does_not_guess_about_a_year_whose_holidays_are_unknown(year: int) -> None:
    with pytest.raises(CalendarYearUnknown) as refused:
        closed_days().reason(date(year, 6, 1))
    assert refused.value.why["year"] == year
    assert refused.value.rule_ids == ("R-CLOSED-DAYS",)
