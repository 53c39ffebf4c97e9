"""How a loan ends: return, inspection, loss, cancellation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from common.civil import jst_day
from common.errors import WrongState
from common.events.loaner import LoanCancelled, LoanClosed, LoanLost, LoanReturned
from loaner.domain import terms
from loaner.domain.loan import OUT, UNSHIPPED, Loan, LoanStatus, Outcome, names_of, stepped
from loaner.domain.refusals import TimeInFuture, TimesOutOfOrder


class Condition(StrEnum):
    """In what shape a unit came back."""

    GOOD = "good"
    DAMAGED = "damaged"
    INCOMPLETE = "incomplete"


def unit_of(loan: Loan) -> str:
    """The unit that this loan holds; raises `WrongState` when it has none."""
    if loan.unit_id is None:
        raise WrongState(loan_id=loan.id, status=loan.status.value, missing="unit")
    return loan.unit_id


def take_back(loan: Loan, *, handed_over_at: datetime, received_at: datetime, actor: str, now: datetime) -> Outcome:
    """The unit is at the depot again; lateness is judged by the hand-over to the carrier (R-LOAN-TERM).

    A parcel that never reached the customer and a lost unit that turned up come back this way too. Raises
    `WrongState`, `TimeInFuture`, `TimesOutOfOrder`.
    """
    loan.require(*sorted(OUT), LoanStatus.LOST)
    start = loan.delivered_at or loan.shipped_at
    if handed_over_at > received_at or (start is not None and jst_day(handed_over_at) < jst_day(start)):
        raise TimesOutOfOrder(handed_over_at=handed_over_at, received_at=received_at, not_before=start)
    if received_at > now:
        raise TimeInFuture(received_at=received_at, now=now)
    late = terms.days_late(loan.due_at, handed_over_at)
    returned = LoanReturned(
        **names_of(loan, actor),
        unit_id=unit_of(loan),
        handed_over_at=handed_over_at,
        received_at=received_at,
        days_late=late,
    )
    return stepped(
        loan,
        returned,
        status=LoanStatus.RETURNED,
        handed_over_at=handed_over_at,
        received_at=received_at,
        days_late=late,
        next_reminder_at=None,
        hold_codes=(),
        hold_since=None,
        ended_at=None,
        end_reason=None,
    )


def inspect(
    loan: Loan, *, condition: Condition, missing: Sequence[str], unit_status: str, actor: str, now: datetime
) -> Outcome:
    """The loan is over; `condition` has been judged against the kit, `unit_status` is where the unit goes."""
    loan.require(LoanStatus.RETURNED)
    closed = LoanClosed(
        **names_of(loan, actor),
        condition=condition.value,
        unit_id=unit_of(loan),
        unit_status=unit_status,
        missing_accessories=tuple(missing),
    )
    return stepped(
        loan,
        closed,
        status=LoanStatus.CLOSED,
        condition=condition.value,
        missing_accessories=tuple(missing),
        ended_at=now,
    )


def lose(loan: Loan, *, reason: str, actor: str, now: datetime) -> Outcome:
    """The unit will not come back, as far as anybody knows."""
    loan.require(*sorted(OUT))
    lost = LoanLost(**names_of(loan, actor), unit_id=unit_of(loan))
    return stepped(
        loan,
        lost,
        status=LoanStatus.LOST,
        next_reminder_at=None,
        hold_codes=(),
        hold_since=None,
        ended_at=now,
        end_reason=reason,
    )


def cancel(loan: Loan, *, reason: str, actor: str, now: datetime) -> Outcome:
    """Taken back before shipment, by a person and with a reason; the unit, if any, is free again."""
    loan.require(*sorted(UNSHIPPED))
    return stepped(
        loan,
        LoanCancelled(**names_of(loan, actor), reason=reason),
        status=LoanStatus.CANCELLED,
        unit_id=None,
        hold_codes=(),
        hold_since=None,
        ended_at=now,
        end_reason=reason,
    )
