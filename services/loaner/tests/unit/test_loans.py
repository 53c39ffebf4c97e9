"""A loan's steps: what they change, what they tell, and what they refuse."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from common.civil import JST
from common.errors import StaleVersion, WrongState
from common.events.loaner import (
    LoanDueSoon,
    LoanExtended,
    LoanHeld,
    LoanOverdue,
    LoanReleased,
    LoanRequested,
    LoanReserved,
    LoanWaitlisted,
)
from loaner.domain import lending, returning
from loaner.domain.loan import Loan, LoanStatus
from loaner.domain.refusals import (
    LoanEvidenceMissing,
    LoanOnHold,
    LoanTermExceeded,
    TimeInFuture,
    TimesOutOfOrder,
)
from loaner.testing import NOW, REMINDERS, a_loan

DAY = timedelta(days=1)
GONE = LoanEvidenceMissing(missing=["device_fault"])


def shipped(**over: object) -> Loan:
    return lending.ship(
        a_loan(**over),
        unit_id="unit_1",
        carrier="yamato",
        tracking_number="1234",
        address_id="adr_1",
        actor="depot-ito",
        now=NOW,
    )[0]


def delivered(**over: object) -> Loan:
    return lending.deliver(shipped(**over), delivered_at=NOW, reminders=REMINDERS, actor="depot-ito", now=NOW)[0]


def extend(loan: Loan, *, to: date | None = None, by: int | None = None, now: datetime = NOW) -> Loan:
    return lending.extend(
        loan, new_last_day=to, more_days=by, longest=14, reminders=REMINDERS, actor="op-sato", now=now
    )[0]


def take_back(loan: Loan, handed_over: datetime, received: datetime) -> Loan:
    return returning.take_back(loan, handed_over_at=handed_over, received_at=received, actor="depot-ito", now=received)[
        0
    ]


def test_a_free_unit_is_reserved_at_once() -> None:
    fresh = a_loan(unit_id=None, version=0)
    loan, events = lending.requested_and_reserved(fresh, unit_id="unit_7", actor="op-sato")
    assert [type(event) for event in events] == [LoanRequested, LoanReserved]
    assert (loan.status, loan.unit_id, loan.version) == (LoanStatus.RESERVED, "unit_7", 2)


def test_without_a_unit_the_loan_waits_with_its_number() -> None:
    fresh = a_loan(unit_id=None, version=0)
    loan, events = lending.requested_and_waitlisted(fresh, number=12, position=3, actor="op-sato")
    assert [type(event) for event in events] == [LoanRequested, LoanWaitlisted]
    assert (loan.status, loan.waitlist_number, events[1].position) == (LoanStatus.WAITLISTED, 12, 3)  # type: ignore[attr-defined]


@pytest.mark.rule("R-LOAN-TERM")
def test_the_delivery_starts_the_term() -> None:
    loan = delivered()
    assert loan.due_at == datetime(2026, 6, 16, tzinfo=JST)
    assert loan.next_reminder_at == datetime(2026, 6, 12, 9, tzinfo=JST)


@pytest.mark.rule("R-LOAN-TERM")
def test_a_loan_for_fewer_days_is_due_sooner() -> None:
    assert delivered(days=3).due_at == datetime(2026, 6, 5, tzinfo=JST)


def test_refuses_a_delivery_in_the_future_or_before_the_day_of_shipment() -> None:
    for wrong, error in ((NOW + DAY, TimeInFuture), (NOW - DAY, TimesOutOfOrder)):
        with pytest.raises(error):
            lending.deliver(shipped(), delivered_at=wrong, reminders=REMINDERS, actor="depot-ito", now=NOW)


@pytest.mark.rule("R-LOAN-TERM")
def test_an_extension_ends_with_day_fourteen_of_the_first_delivery() -> None:
    loan = delivered(days=7)
    assert extend(loan, by=7).due_at == datetime(2026, 6, 16, tzinfo=JST)
    assert extend(loan, to=date(2026, 6, 15)).due_at == datetime(2026, 6, 16, tzinfo=JST)
    for past in ({"by": 8}, {"to": date(2026, 6, 16)}):
        with pytest.raises(LoanTermExceeded):
            extend(loan, **past)


@pytest.mark.rule("R-LOAN-TERM")
def test_several_extensions_do_not_reach_past_day_fourteen_either() -> None:
    loan = extend(extend(delivered(days=7), by=4), by=3)
    with pytest.raises(LoanTermExceeded):
        extend(loan, by=1)


@pytest.mark.rule("R-LOAN-TERM")
def test_an_overdue_loan_that_is_extended_is_delivered_again_and_reminded_anew() -> None:
    late = NOW + 4 * DAY
    overdue, _ = lending.mark_overdue(delivered(days=3), actor="system:loaner", now=late)
    assert overdue.status is LoanStatus.OVERDUE
    loan = extend(overdue, by=5, now=late)
    assert (loan.status, loan.due_at) == (LoanStatus.DELIVERED, datetime(2026, 6, 10, tzinfo=JST))
    assert loan.next_reminder_at == datetime(2026, 6, 6, 9, tzinfo=JST)


@pytest.mark.rule("R-LOAN-TERM")
def test_reminds_once_three_days_before_and_once_on_the_day() -> None:
    loan, sent = delivered(), []
    for hour in range(24 * 20):
        loan, events = lending.remind(loan, reminders=REMINDERS, actor="system:loaner", now=NOW + timedelta(hours=hour))
        sent += [event.days_left for event in events if isinstance(event, LoanDueSoon)]
    assert sent == [3, 0]


def test_a_reminder_that_comes_too_late_is_dropped() -> None:
    loan, events = lending.remind(delivered(), reminders=REMINDERS, actor="system:loaner", now=NOW + 30 * DAY)
    assert (loan.next_reminder_at, events) == (None, ())


@pytest.mark.rule("R-LOAN-TERM")
def test_becomes_overdue_once_and_exactly_at_the_end_of_the_due_day() -> None:
    loan = delivered()
    end = datetime(2026, 6, 16, tzinfo=JST)
    same, none = lending.mark_overdue(loan, actor="system:loaner", now=end - timedelta(microseconds=1))
    assert (same, none) == (loan, ())
    overdue, events = lending.mark_overdue(loan, actor="system:loaner", now=end)
    assert [type(event) for event in events] == [LoanOverdue]
    assert lending.mark_overdue(overdue, actor="system:loaner", now=end + DAY) == (overdue, ())
    assert lending.days_late_now(overdue, end) == 1


@pytest.mark.rule("R-LOAN-TERM")
def test_lateness_of_a_return_is_judged_by_the_hand_over_to_the_carrier() -> None:
    in_time = take_back(delivered(), NOW + 13 * DAY, NOW + 17 * DAY)
    assert (in_time.status, in_time.days_late) == (LoanStatus.RETURNED, 0)
    late = take_back(delivered(), NOW + 16 * DAY, NOW + 17 * DAY)
    assert late.days_late == 2
    assert lending.days_late_now(late, NOW + 99 * DAY) == 2


def test_refuses_a_return_before_the_delivery_or_a_receipt_before_the_hand_over() -> None:
    with pytest.raises(TimesOutOfOrder):
        take_back(delivered(), NOW - DAY, NOW)
    with pytest.raises(TimesOutOfOrder):
        take_back(delivered(), NOW + DAY, NOW + timedelta(hours=1))


def test_a_lost_unit_that_turns_up_comes_back() -> None:
    lost, _ = returning.lose(delivered(), reason="not found", actor="depot-ito", now=NOW + DAY)
    found = take_back(lost, NOW + 2 * DAY, NOW + 3 * DAY)
    assert (found.status, found.ended_at) == (LoanStatus.RETURNED, None)


def test_refuses_steps_that_the_state_does_not_allow() -> None:
    with pytest.raises(WrongState):
        returning.cancel(shipped(), reason="changed their mind", actor="op-sato", now=NOW)
    with pytest.raises(WrongState):
        lending.deliver(a_loan(), delivered_at=NOW, reminders=REMINDERS, actor="depot-ito", now=NOW)
    with pytest.raises(WrongState):
        extend(shipped(), by=1)
    with pytest.raises(WrongState):
        take_back(a_loan(), NOW, NOW)


def test_refuses_a_change_from_a_stale_version() -> None:
    with pytest.raises(StaleVersion):
        a_loan(version=5).expect(4)
    a_loan(version=5).expect(5)
    a_loan(version=5).expect(None)


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
def test_a_loan_whose_verdict_falls_is_held_before_shipment_and_released_when_it_is_back() -> None:
    held, events = lending.review(a_loan(), [GONE], actor="op-sato", now=NOW)
    assert isinstance(events[0], LoanHeld)
    assert (events[0].held, held.held, held.status) == (True, True, LoanStatus.RESERVED)
    assert [error.code for error in lending.shipment_refusals(held)] == ["loan_on_hold"]
    assert lending.review(held, [GONE], actor="op-sato", now=NOW) == (held, ())
    released, events = lending.review(held, [], actor="op-sato", now=NOW)
    assert isinstance(events[0], LoanReleased)
    assert lending.shipment_refusals(released) == []


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
def test_a_shipped_loan_whose_verdict_falls_is_flagged_and_goes_on() -> None:
    flagged, events = lending.review(delivered(), [GONE], actor="op-sato", now=NOW)
    assert isinstance(events[0], LoanHeld)
    assert (events[0].held, flagged.status, flagged.hold_codes) == (
        False,
        LoanStatus.DELIVERED,
        ("loan_evidence_missing",),
    )
    assert take_back(flagged, NOW, NOW).status is LoanStatus.RETURNED


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
def test_a_held_loan_is_not_promoted_from_the_waitlist() -> None:
    waiting = a_loan(status=LoanStatus.WAITLISTED, unit_id=None, waitlist_number=1)
    held, _ = lending.review(waiting, [GONE], actor="op-sato", now=NOW)
    with pytest.raises(LoanOnHold):
        lending.reserve(held, unit_id="unit_1", actor="depot-ito")


def test_a_loan_that_is_over_is_not_judged_again() -> None:
    over, _ = returning.cancel(a_loan(), reason="changed their mind", actor="op-sato", now=NOW)
    assert lending.review(over, [GONE], actor="op-sato", now=NOW) == (over, ())


def test_an_extension_tells_the_old_and_the_new_due_instant() -> None:
    loan = delivered(days=7)
    _, events = lending.extend(
        loan, new_last_day=None, more_days=1, longest=14, reminders=REMINDERS, actor="op-sato", now=NOW
    )
    assert isinstance(events[0], LoanExtended)
    assert events[0].due_at - events[0].previous_due_at == DAY
