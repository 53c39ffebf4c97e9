"""Closed days or promises are others now: remember them, and have the goals judged anew that they touch."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from common.civil import jst_midnight
from common.db import Tx
from common.events.contracts import CalendarChanged, CalendarException, CatalogueChanged
from helpdesk.storage import catalogue, goals


async def learn_calendar(calendar: CalendarChanged, tx: Tx, now: datetime, *, known_at: datetime) -> None:
    """Remember the closed days; clocks that had stopped before the first changed day stay as they were judged."""
    before = await catalogue.calendar(tx)
    await catalogue.put(tx, catalogue.CALENDAR, calendar, known_at=known_at)
    if before is None or _rules(before) != _rules(calendar):
        await goals.judge_again(tx, now)
    elif changed := _changed_days(before, calendar):
        await goals.judge_again(tx, now, since=jst_midnight(min(changed)))


async def learn_part(part: CatalogueChanged, tx: Tx, now: datetime, *, known_at: datetime) -> None:
    """Remember a part of the catalogue; what is promised now is promised to the cases that are open."""
    before = await catalogue.service_goals(tx)
    await catalogue.put(tx, part.part, part, known_at=known_at)
    if part.part == catalogue.SERVICE_GOALS and part.service_goals != before:
        await goals.judge_again(tx, now, since=now)


def _rules(calendar: CalendarChanged) -> tuple[str, str, str]:
    return calendar.country, calendar.year_end_from, calendar.year_end_to


def _changed_days(before: CalendarChanged, after: CalendarChanged) -> set[date]:
    return (_days(before.closed) ^ _days(after.closed)) | (_days(before.extra_open) ^ _days(after.extra_open))


def _days(exceptions: Iterable[CalendarException]) -> set[date]:
    return {exception.day for exception in exceptions}
