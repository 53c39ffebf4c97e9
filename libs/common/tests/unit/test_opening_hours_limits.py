"""Where the answers end: nothing opens, nothing closes, unknown years, mistakes of the caller."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from common.civil import JST
from common.opening_hours import (
    HORIZON,
    Block,
    CalendarYearUnknown,
    ClosedDays,
    NeverOpens,
    OpeningHours,
)

MONDAY_TO_SATURDAY = range(1, 7)
WHOLE_WEEK = range(1, 8)


def jst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def calendar(*, closed: dict[date, str] | None = None, extra_open: dict[date, str] | None = None) -> ClosedDays:
    return ClosedDays(year_end=((12, 29), (1, 3)), closed=closed or {}, extra_open=extra_open or {})


def hours(*blocks: Block, days: ClosedDays | None = None) -> OpeningHours:
    return OpeningHours(blocks, days or calendar())


def support(days: ClosedDays | None = None) -> OpeningHours:
    return hours(Block.parse(MONDAY_TO_SATURDAY, "09:00", "18:00"), days=days)


def extended() -> OpeningHours:
    return OpeningHours(support().blocks, calendar(), always_open=True)


def test_says_so_when_nothing_ever_opens() -> None:
    asked = jst("2026-06-01T10:00")
    with pytest.raises(NeverOpens) as refused:
        hours().next_open(asked)
    assert refused.value.why == {"after": asked, "searched_days": HORIZON.days}
    with pytest.raises(NeverOpens):
        hours().add_business_time(asked, timedelta(minutes=1))
    assert not hours().is_open(asked)
    assert not hours().covers(asked, asked + timedelta(hours=1))
    assert hours().next_close(asked) == asked
    assert hours().business_time_between(asked, asked + timedelta(days=30)) == timedelta(0)


def test_opening_a_day_without_any_hours_opens_nothing() -> None:
    assert hours(days=calendar(extra_open={date(2026, 6, 7): "disaster"})).open_intervals(date(2026, 6, 7)) == ()


def test_finds_an_opening_up_to_the_horizon_and_none_behind_it() -> None:
    first, searched = date(2026, 6, 1), HORIZON.days
    through = {first + timedelta(days=n): "rebuilding" for n in range(searched)}
    reopening = first + timedelta(days=searched)
    once = calendar(closed=through, extra_open={reopening: "reopening"})
    assert support(once).next_open(jst("2026-06-01T00:00")) == datetime.combine(reopening, time(9), JST)
    later = calendar(closed={**through, reopening: "rebuilding"})
    with pytest.raises(NeverOpens):
        support(later).next_open(jst("2026-06-01T00:00"))


def test_a_stretch_longer_than_the_horizon_has_no_closing() -> None:
    every_day = {date(2026, 1, 1) + timedelta(days=n): "festival" for n in range(2 * HORIZON.days)}
    festival = hours(Block.parse(WHOLE_WEEK, "00:00", "24:00"), days=calendar(extra_open=every_day))
    assert festival.next_close(jst("2026-06-01T10:00")) is None
    assert festival.covers(jst("2026-06-01T10:00"), jst("2027-12-01T10:00"))


@pytest.mark.rule("R-CLOSED-DAYS")
@pytest.mark.parametrize("year", [1, 1947, 2100, 9999])
def test_does_not_guess_about_years_without_known_holidays(year: int) -> None:
    for at in (datetime(year, 6, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, tzinfo=UTC)):
        with pytest.raises(CalendarYearUnknown):
            support().is_open(at)
    with pytest.raises(CalendarYearUnknown):
        support().open_intervals(date(year, 1, 1))


Ask = Callable[[OpeningHours, datetime], object]


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(OpeningHours.is_open, id="is_open"),
        pytest.param(OpeningHours.next_open, id="next_open"),
        pytest.param(OpeningHours.next_close, id="next_close"),
        pytest.param(lambda h, t: h.covers(t, jst("2026-06-01T10:00")), id="covers"),
        pytest.param(lambda h, t: h.business_time_between(jst("2026-06-01T10:00"), t), id="between"),
        pytest.param(lambda h, t: h.add_business_time(t, timedelta(hours=1)), id="add"),
    ],
)
@pytest.mark.parametrize("shop", [support(), extended()], ids=["basic", "extended"])
def test_a_time_without_a_zone_is_a_mistake_of_the_caller(ask: Ask, shop: OpeningHours) -> None:
    with pytest.raises(ValueError, match="2026"):
        ask(shop, datetime(2026, 6, 1, 10, 0))  # noqa: DTZ001


def test_a_negative_duration_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="-1 day"):
        support().add_business_time(jst("2026-06-01T10:00"), -timedelta(minutes=1))
