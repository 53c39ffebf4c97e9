"""How long a loan lasts and when it is late (R-LOAN-TERM)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.civil import JST, jst_day
from loaner.domain import terms
from loaner.domain.refusals import ExtensionNotLater, LoanTermExceeded
from loaner.testing import REMINDERS

pytestmark = pytest.mark.rule("R-LOAN-TERM")
DELIVERED = datetime(2026, 6, 3, 15, 30, tzinfo=JST)


def jst(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=JST)  # type: ignore[misc, arg-type]


def test_day_one_is_the_day_after_the_delivery_and_fourteen_days_end_with_day_fourteen() -> None:
    last = terms.last_day(DELIVERED, 14)
    assert last == date(2026, 6, 17)
    assert terms.due_at(last) == jst(2026, 6, 18)


def test_a_delivery_just_after_midnight_in_japan_counts_from_that_japanese_day() -> None:
    assert terms.last_day(jst(2026, 6, 4, 0, 5), 1) == date(2026, 6, 5)


@pytest.mark.parametrize(
    ("delivered", "last"),
    [
        (jst(2026, 12, 25, 12), date(2027, 1, 8)),
        (jst(2028, 2, 20, 12), date(2028, 3, 5)),
        (jst(2027, 2, 20, 12), date(2027, 3, 6)),
    ],
    ids=["over the year's end", "over a leap day", "over the end of February"],
)
def test_fourteen_days_run_over_ends_of_months_and_years(delivered: datetime, last: date) -> None:
    assert terms.last_day(delivered, 14) == last


@pytest.mark.parametrize(
    ("handed_over", "late"),
    [
        (jst(2026, 6, 17, 23, 59), 0),
        (jst(2026, 6, 18, 0, 0), 1),
        (jst(2026, 6, 18, 23, 59), 1),
        (jst(2026, 6, 19, 0, 0), 2),
        (jst(2026, 6, 4, 9, 0), 0),
    ],
)
def test_lateness_is_counted_in_days_of_japan_after_the_due_day(handed_over: datetime, late: int) -> None:
    assert terms.days_late(jst(2026, 6, 18), handed_over) == late


def test_nothing_is_late_before_anything_is_due() -> None:
    assert terms.days_late(None, jst(2030, 1, 1)) == 0


@given(
    minutes=st.integers(0, 16 * 366 * 24 * 60),
    days=st.integers(1, 14),
    hours=st.integers(0, 24 * 60),
)
def test_the_loan_is_late_exactly_when_its_last_day_is_over(minutes: int, days: int, hours: int) -> None:
    delivered = jst(2020, 1, 1) + timedelta(minutes=minutes)
    due = terms.due_at(terms.last_day(delivered, days))
    at = delivered + timedelta(hours=hours)
    assert (terms.days_late(due, at) > 0) == (jst_day(at) > jst_day(delivered) + timedelta(days=days))
    assert terms.due_on(due) == terms.last_day(delivered, days)


def test_refuses_to_lend_for_fifteen_days() -> None:
    refusal = terms.term_refusal(15, longest=14)
    assert isinstance(refusal, LoanTermExceeded)
    assert refusal.why == {"days": 15, "days_max": 14}
    assert terms.term_refusal(14, longest=14) is None


def test_extends_a_shorter_loan_up_to_day_fourteen_of_the_first_delivery() -> None:
    due = terms.due_at(terms.last_day(DELIVERED, 7))
    new = terms.extended(due, new_last_day=date(2026, 6, 17), delivered_at=DELIVERED, longest=14, now=DELIVERED)
    assert new == jst(2026, 6, 18)


def test_refuses_an_extension_to_day_fifteen() -> None:
    due = terms.due_at(terms.last_day(DELIVERED, 14))
    with pytest.raises(LoanTermExceeded) as refused:
        terms.extended(due, new_last_day=date(2026, 6, 18), delivered_at=DELIVERED, longest=14, now=DELIVERED)
    assert refused.value.why["latest_due_on"] == date(2026, 6, 17)


@pytest.mark.parametrize("day", [date(2026, 6, 10), date(2026, 6, 9)], ids=["the same day", "an earlier day"])
def test_refuses_an_extension_that_is_none(day: date) -> None:
    due = terms.due_at(terms.last_day(DELIVERED, 7))
    with pytest.raises(ExtensionNotLater):
        terms.extended(due, new_last_day=day, delivered_at=DELIVERED, longest=14, now=DELIVERED)


def test_refuses_an_extension_to_a_day_that_is_over() -> None:
    due = terms.due_at(terms.last_day(DELIVERED, 3))
    with pytest.raises(ExtensionNotLater):
        terms.extended(due, new_last_day=date(2026, 6, 8), delivered_at=DELIVERED, longest=14, now=jst(2026, 6, 10, 9))


def test_reminders_go_out_three_days_before_and_on_the_due_day() -> None:
    due = terms.due_at(date(2026, 6, 17))
    first = terms.next_reminder(due, REMINDERS, after=DELIVERED)
    assert first == jst(2026, 6, 14, 9)
    second = terms.next_reminder(due, REMINDERS, after=first)
    assert second == jst(2026, 6, 17, 9)
    assert terms.next_reminder(due, REMINDERS, after=second) is None


def test_a_reminder_before_the_delivery_is_none() -> None:
    due = terms.due_at(terms.last_day(DELIVERED, 1))
    assert terms.next_reminder(due, REMINDERS, after=DELIVERED) == jst(2026, 6, 4, 9)


def test_a_reminder_never_comes_after_the_loan_is_due() -> None:
    late_at_night = terms.Reminders(days_before=(-1,), at=time(1))
    assert terms.next_reminder(jst(2026, 6, 18), late_at_night, after=DELIVERED) is None


def test_days_left_are_counted_to_the_due_day() -> None:
    due = terms.due_at(date(2026, 6, 17))
    assert [terms.days_left(due, jst(2026, 6, day, 12)) for day in (14, 16, 17, 18)] == [3, 1, 0, 0]
