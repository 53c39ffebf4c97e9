"""Windows: half-open spans of time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.windows import Window, WindowUnreadable, joined, without
from dispatch.testing import at, window


def test_refuses_a_window_that_ends_when_it_begins() -> None:
    with pytest.raises(WindowUnreadable):
        Window(at("2026-06-01 10:00"), at("2026-06-01 10:00"))


def test_windows_that_touch_do_not_overlap() -> None:
    assert not window("2026-06-01 10:00").overlaps(window("2026-06-01 11:00"))
    assert window("2026-06-01 10:00").overlaps(window("2026-06-01 10:30"))


def test_a_window_that_ends_at_midnight_touches_one_day_only() -> None:
    assert window("2026-06-01 23:00").days == (date(2026, 6, 1),)
    assert window("2026-06-01 23:30").days == (date(2026, 6, 1), date(2026, 6, 2))


def test_joins_what_touches_and_cuts_out_holes() -> None:
    day = joined([window("2026-06-01 09:00", 4), window("2026-06-01 13:00", 4)])
    assert day == (window("2026-06-01 09:00", 8),)
    assert without(day, [window("2026-06-01 12:00")]) == (
        window("2026-06-01 09:00", 3),
        window("2026-06-01 13:00", 4),
    )
    assert without(day, [window("2026-06-01 08:00", 12)]) == ()


MIDNIGHT = at("2026-06-01 00:00")
SPANS = st.lists(
    st.tuples(st.integers(0, 100), st.integers(1, 30)).map(
        lambda span: Window(MIDNIGHT + timedelta(hours=span[0]), MIDNIGHT + timedelta(hours=sum(span)))
    ),
    max_size=6,
)


def hours_in(windows: Iterable[Window]) -> set[int]:
    """The hours that windows cover, counted one by one."""
    every = (Window(MIDNIGHT + timedelta(hours=n), MIDNIGHT + timedelta(hours=n + 1)) for n in range(140))
    known = tuple(windows)
    return {n for n, hour in enumerate(every) if any(window.contains(hour) for window in known)}


@given(worked=SPANS, away=SPANS)
def test_joining_and_cutting_keep_exactly_the_hours_they_should(worked: list[Window], away: list[Window]) -> None:
    left = without(joined(worked), away)
    assert hours_in(joined(worked)) == hours_in(worked)
    assert hours_in(left) == hours_in(worked) - hours_in(away)
    assert all(before.end < after.start for before, after in pairwise(joined(worked)))
