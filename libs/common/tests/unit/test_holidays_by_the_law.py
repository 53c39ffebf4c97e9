"""The holiday library against the act on national holidays itself, day by day from 2020 to 2035.

The act names fixed days, Mondays, the equinoxes, the substitute for a holiday on a Sunday, and the day between two
holidays; two years moved three holidays for the Olympic games. The equinoxes follow the usual formula, which holds from
1980 to 2099.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from common.closed_days import ClosedDays

YEARS = range(2020, 2036)
ONE = timedelta(days=1)
FIXED = ((1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (11, 3), (11, 23))
MONDAYS = ((1, 2), (9, 3))  # month, which of its Mondays: coming of age, respect for the aged
MOVED = {2020: ((7, 23), (7, 24), (8, 10)), 2021: ((7, 22), (7, 23), (8, 8))}
CALENDAR = ClosedDays(year_end=((12, 29), (1, 3)))


def monday(year: int, month: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(7 - first.weekday()) % 7 + 7 * (which - 1))


def equinox(year: int, month: int, base: float) -> date:
    since = year - 1980
    return date(year, month, int(base + 0.242194 * since) - since // 4)


def named(year: int) -> set[date]:
    """The holidays that the act names."""
    moved = MOVED.get(year)
    summer = (
        [date(year, *day) for day in moved] if moved else [monday(year, 7, 3), monday(year, 10, 2), date(year, 8, 11)]
    )
    return {
        *(date(year, *day) for day in FIXED),
        *(monday(year, *which) for which in MONDAYS),
        *summer,
        equinox(year, 3, 20.8431),
        equinox(year, 9, 23.2488),
    }


def by_the_law(year: int) -> set[date]:
    """All of them: substitutes for Sundays, and days between two holidays."""
    found = named(year)
    substitutes = set()
    for sunday in (day for day in found if day.isoweekday() == 7):
        day = sunday + ONE
        while day in found:
            day += ONE
        substitutes.add(day)
    between = {day + ONE for day in found if day + 2 * ONE in found} - found - substitutes
    return found | substitutes | {day for day in between if day.isoweekday() != 7}


@pytest.mark.rule("R-CLOSED-DAYS")
@pytest.mark.parametrize("year", YEARS)
def test_every_day_of_sixteen_years_is_a_holiday_when_the_law_says_so(year: int) -> None:
    days = [date(year, 1, 1) + n * ONE for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    assert {day for day in days if CALENDAR.reason(day) == "national_holiday"} == by_the_law(year)


@pytest.mark.rule("R-CLOSED-DAYS")
@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 5, 6), "substitute"),
        (date(2026, 9, 22), "between"),
        (date(2027, 3, 22), "substitute"),
        (date(2032, 9, 21), "between"),
    ],
)
def test_substitutes_and_days_between_are_closed_though_no_act_names_them(day: date, why: str) -> None:
    assert day not in named(day.year)
    assert (day in {each + ONE for each in by_the_law(day.year)}, CALENDAR.is_closed(day)) == (True, True), why
