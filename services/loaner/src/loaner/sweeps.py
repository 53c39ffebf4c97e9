"""What becomes due by the passing of days. Reminders come first: a loan is not reminded on the day it is late."""

from __future__ import annotations

from common.sweeping import Sweep
from loaner.usecases.watch_terms import mark_overdue_loans, next_overdue, next_reminder, remind_customers

SWEEPS = (
    Sweep("reminders", next_due=next_reminder, run=remind_customers),
    Sweep("overdue", next_due=next_overdue, run=mark_overdue_loans),
)
