"""How long a loan lasts, when it is late, and when the customer is reminded (R-LOAN-TERM).

Days are JST days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from common.civil import jst_day, jst_instant, jst_midnight
from loaner.domain.refusals import ExtensionNotLater, LoanTermExceeded

_DAY = timedelta(days=1)


REMINDER_TIME = time(9)
"""When reminders go out, JST: nobody is reminded at night."""


@dataclass(frozen=True, kw_only=True)
class Reminders:
    """On which days before the due day (0: on it), and at what time in Japan, a reminder goes out."""

    days_before: tuple[int, ...]
    at: time = REMINDER_TIME


def last_day(delivered_at: datetime, days: int) -> date:
    """Day `days` of a loan: day 1 is the day after the delivery (R-LOAN-TERM)."""
    return jst_day(delivered_at) + days * _DAY


def due_at(last: date) -> datetime:
    """The end of the last day: the first instant (UTC) that is too late."""
    return jst_midnight(last + _DAY)


def due_on(due: datetime) -> date:
    """The last day on which a hand-over is in time."""
    return jst_day(due) - _DAY


def days_late(due: datetime | None, at: datetime) -> int:
    """How many JST days after the due day `at` lies; 0: in time, or nothing is due yet.

    The one measure of lateness: screens and the overdue sweep ask it for now, a return for its hand-over.
    """
    if due is None or at < due:
        return 0
    return (jst_day(at) - due_on(due)).days


def days_left(due: datetime, at: datetime) -> int:
    """How many JST days remain until the due day; 0 on it and afterwards."""
    return max((due_on(due) - jst_day(at)).days, 0)


def term_refusal(days: int, *, longest: int) -> LoanTermExceeded | None:
    """The refusal of a loan that asks for more than the longest term (R-LOAN-TERM)."""
    return LoanTermExceeded(days=days, days_max=longest) if days > longest else None


def extended(due: datetime, *, new_last_day: date, delivered_at: datetime, longest: int, now: datetime) -> datetime:
    """The new due instant of an extension.

    Raises `LoanTermExceeded` past day `longest` of the first delivery (R-LOAN-TERM), `ExtensionNotLater` when
    nothing is gained.
    """
    latest = last_day(delivered_at, longest)
    if new_last_day > latest:
        raise LoanTermExceeded(due_on=new_last_day, latest_due_on=latest, days_max=longest, delivered_at=delivered_at)
    new_due = due_at(new_last_day)
    if new_due <= max(due, now):
        raise ExtensionNotLater(due_on=new_last_day, present_due_on=due_on(due), today=jst_day(now))
    return new_due


def next_reminder(due: datetime, reminders: Reminders, *, after: datetime) -> datetime | None:
    """The first reminder of a loan later than `after`, None when none is left before it is late."""
    last = due_on(due)
    instants: Iterable[datetime] = (jst_instant(last - before * _DAY, reminders.at) for before in reminders.days_before)
    return min((instant for instant in instants if after < instant < due), default=None)
