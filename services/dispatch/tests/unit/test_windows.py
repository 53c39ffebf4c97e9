"""Windows: half-open spans of time."""

from __future__ import annotations

from datetime import date

import pytest

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
