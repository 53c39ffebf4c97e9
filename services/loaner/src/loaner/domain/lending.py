"""From the wish to the customer's door, and how long it may stay there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from common.civil import jst_day
from common.errors import DomainError, WrongState
from common.events.loaner import (
    LoanDelivered,
    LoanDueSoon,
    LoanExtended,
    LoanHeld,
    LoanIssued,
    LoanOverdue,
    LoanReleased,
    LoanRequested,
    LoanReserved,
    LoanWaitlisted,
)
from loaner.domain import terms
from loaner.domain.loan import OPEN, OUT, RUNNING, UNSHIPPED, Loan, LoanStatus, Outcome, names_of, stepped
from loaner.domain.refusals import LoanOnHold, TimeInFuture, TimesOutOfOrder


def requested_and_reserved(loan: Loan, *, unit_id: str, actor: str) -> Outcome:
    """A fresh loan for which a unit was free."""
    names = names_of(loan, actor)
    return stepped(
        loan,
        LoanRequested(**names, days=loan.days, verdict_id=_verdict_id(loan)),
        LoanReserved(**names, unit_id=unit_id),
        status=LoanStatus.RESERVED,
        unit_id=unit_id,
    )


def requested_and_waitlisted(loan: Loan, *, number: int, position: int, actor: str) -> Outcome:
    """A fresh loan for which no unit was free: its number for good, and its place on the waitlist now."""
    names = names_of(loan, actor)
    return stepped(
        loan,
        LoanRequested(**names, days=loan.days, verdict_id=_verdict_id(loan)),
        LoanWaitlisted(**names, position=position),
        status=LoanStatus.WAITLISTED,
        waitlist_number=number,
    )


def reserve(loan: Loan, *, unit_id: str, actor: str) -> Outcome:
    """The head of the waitlist gets a unit."""
    loan.require(LoanStatus.WAITLISTED)
    if loan.held:
        raise LoanOnHold(loan_id=loan.id, codes=list(loan.hold_codes))
    reserved = LoanReserved(**names_of(loan, actor), unit_id=unit_id)
    return stepped(loan, reserved, status=LoanStatus.RESERVED, unit_id=unit_id)


def review(loan: Loan, errors: Sequence[DomainError], *, actor: str, now: datetime) -> Outcome:
    """Judge an open loan by news: hold it before shipment, flag it afterwards, release it when all stands.

    A promise is never cancelled silently (R-ISOLATION-EVIDENCE). Nothing happens when nothing changed.
    """
    codes = tuple(dict.fromkeys(error.code for error in errors))
    if loan.status not in OPEN or codes == loan.hold_codes:
        return loan, ()
    names = names_of(loan, actor)
    if not codes:
        return stepped(loan, LoanReleased(**names), hold_codes=(), hold_since=None)
    rule_ids = tuple(dict.fromkeys(rule for error in errors for rule in error.rule_ids))
    held = LoanHeld(**names, held=loan.status in UNSHIPPED, reason=", ".join(codes), rule_ids=rule_ids)
    return stepped(loan, held, hold_codes=codes, hold_since=loan.hold_since or now)


def shipment_refusals(loan: Loan) -> list[DomainError]:
    """What in the loan itself keeps it from leaving the depot."""
    if loan.status is not LoanStatus.RESERVED:
        allowed = [LoanStatus.RESERVED.value]
        return [WrongState(loan_id=loan.id, status=loan.status.value, allowed=allowed)]
    return [LoanOnHold(loan_id=loan.id, codes=list(loan.hold_codes), since=loan.hold_since)] if loan.held else []


def ship(
    loan: Loan,
    *,
    unit_id: str,
    carrier: str,
    tracking_number: str,
    address_id: str | None,
    actor: str,
    now: datetime,
) -> Outcome:
    """A unit leaves for the contract address; refusals of loan, right and unit were judged before."""
    issued = LoanIssued(
        **names_of(loan, actor),
        unit_id=unit_id,
        carrier=carrier,
        tracking_number=tracking_number,
        shipped_at=now,
    )
    return stepped(
        loan,
        issued,
        status=LoanStatus.SHIPPED,
        unit_id=unit_id,
        carrier=carrier,
        tracking_number=tracking_number,
        address_id=address_id,
        shipped_at=now,
    )


def deliver(loan: Loan, *, delivered_at: datetime, reminders: terms.Reminders, actor: str, now: datetime) -> Outcome:
    """The customer has it: day 1 is the next day in Japan, due at the end of day `days` (R-LOAN-TERM).

    Raises `WrongState`, `TimeInFuture`, and `TimesOutOfOrder` for a delivery on a day before the shipment.
    """
    loan.require(LoanStatus.SHIPPED)
    if delivered_at > now:
        raise TimeInFuture(delivered_at=delivered_at, now=now)
    if loan.shipped_at is not None and jst_day(delivered_at) < jst_day(loan.shipped_at):
        raise TimesOutOfOrder(delivered_at=delivered_at, shipped_at=loan.shipped_at)
    due = terms.due_at(terms.last_day(delivered_at, loan.days))
    return stepped(
        loan,
        LoanDelivered(**names_of(loan, actor), delivered_at=delivered_at, due_at=due),
        status=LoanStatus.DELIVERED,
        delivered_at=delivered_at,
        due_at=due,
        next_reminder_at=terms.next_reminder(due, reminders, after=now),
    )


def extend(
    loan: Loan,
    *,
    new_last_day: date | None,
    more_days: int | None,
    longest: int,
    reminders: terms.Reminders,
    actor: str,
    now: datetime,
) -> Outcome:
    """Due later: on a named day, or by `more_days`; never past day `longest` of the first delivery.

    Raises `WrongState`, `LoanTermExceeded`, `ExtensionNotLater` (R-LOAN-TERM).
    """
    loan.require(*RUNNING)
    due, delivered_at = loan.due_at, loan.delivered_at
    if due is None or delivered_at is None:
        raise WrongState(loan_id=loan.id, status=loan.status.value, missing="delivery")
    last = new_last_day or terms.due_on(due) + timedelta(days=more_days or 0)
    new_due = terms.extended(due, new_last_day=last, delivered_at=delivered_at, longest=longest, now=now)
    return stepped(
        loan,
        LoanExtended(**names_of(loan, actor), due_at=new_due, previous_due_at=due),
        status=LoanStatus.DELIVERED,
        due_at=new_due,
        next_reminder_at=terms.next_reminder(new_due, reminders, after=now),
    )


def remind(loan: Loan, *, reminders: terms.Reminders, actor: str, now: datetime) -> Outcome:
    """Tell the customer, once per planned reminder; a reminder that comes too late is dropped."""
    due = loan.due_at
    if loan.status is not LoanStatus.DELIVERED or due is None or loan.next_reminder_at is None:
        return loan, ()
    if loan.next_reminder_at > now:
        return loan, ()
    if terms.days_late(due, now):
        return replace(loan, next_reminder_at=None), ()
    due_soon = LoanDueSoon(**names_of(loan, actor), due_at=due, days_left=terms.days_left(due, now))
    return stepped(loan, due_soon, next_reminder_at=terms.next_reminder(due, reminders, after=now))


def mark_overdue(loan: Loan, *, actor: str, now: datetime) -> Outcome:
    """Not handed back in time; once per due day. Nothing happens when it is not late."""
    due = loan.due_at
    if loan.status is not LoanStatus.DELIVERED or due is None or not terms.days_late(due, now):
        return loan, ()
    overdue = LoanOverdue(**names_of(loan, actor), due_at=due)
    return stepped(loan, overdue, status=LoanStatus.OVERDUE, next_reminder_at=None)


def days_late_now(loan: Loan, now: datetime) -> int:
    """How many days late this loan is, or was when it was handed over; what the screens show."""
    if loan.days_late is not None:
        return loan.days_late
    return terms.days_late(loan.due_at, now) if loan.status in OUT else 0


def _verdict_id(loan: Loan) -> str | None:
    found = loan.evidence.get("verdict_id")
    return None if found is None else str(found)
