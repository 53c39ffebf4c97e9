"""What the passing of days brings: reminders, and loans that become overdue (R-LOAN-TERM)."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from loaner.domain import lending
from loaner.storage import loans
from loaner.usecases.facts import known_catalogue

BATCH = 100


async def next_reminder(tx: Tx) -> datetime | None:
    """When the next reminder is due."""
    return await loans.next_due(tx, "next_reminder_at")


async def remind_customers(tx: Tx, now: datetime) -> int:
    """Send reminders that are due, each once; how many loans were looked at."""
    catalogue = await known_catalogue(tx)
    due = await loans.lock_due(tx, "next_reminder_at", now=now, most=BATCH)
    for loan in due:
        reminded, told = lending.remind(loan, reminders=catalogue.reminders, actor=tx.actor, now=now)
        await loans.save(tx, reminded, told, now)
    return len(due)


async def next_overdue(tx: Tx) -> datetime | None:
    """When the next delivered loan becomes overdue."""
    return await loans.next_due(tx, "due_at")


async def mark_overdue_loans(tx: Tx, now: datetime) -> int:
    """Delivered loans whose last day is over; how many."""
    due = await loans.lock_due(tx, "due_at", now=now, most=BATCH)
    for loan in due:
        overdue, told = lending.mark_overdue(loan, actor=tx.actor, now=now)
        await loans.save(tx, overdue, told, now)
    return len(due)
