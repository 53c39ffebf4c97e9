"""Exceptions of the calendar, and telling the whole calendar when it changed (R-CLOSED-DAYS)."""

from __future__ import annotations

from datetime import date, datetime

from common.db import Tx
from common.events.base import NewEvent
from common.events.contracts import CalendarChanged
from contracts.domain.catalogue import Catalogue
from contracts.domain.closed_day import ClosedDay, calendar_event
from contracts.domain.unknown import (
    ClosedDayUnknown,
)
from contracts.storage import catalogue

CALENDAR = "calendar"


async def set_closed_day(exception: ClosedDay, tx: Tx, now: datetime) -> ClosedDay:
    """Close a day, or open it whatever else holds; told to everybody who judges by the calendar."""
    await catalogue.one_loader(tx)
    await catalogue.put_closed_day(tx, exception, by=tx.actor, now=now)
    await tell_calendar(await catalogue.current(tx, now), tx, now)
    return exception


async def clear_closed_day(day: date, tx: Tx, now: datetime) -> None:
    """The day is what it would be without the exception; raises `ClosedDayUnknown`."""
    await catalogue.one_loader(tx)
    if not await catalogue.remove_closed_day(tx, day):
        raise ClosedDayUnknown(day=day)
    await tell_calendar(await catalogue.current(tx, now), tx, now)


async def tell_calendar(book: Catalogue, tx: Tx, now: datetime) -> None:
    """Publish the full calendar when it differs from what was told last."""
    event = calendar_event(book.calendar, await catalogue.closed_days(tx), actor=tx.actor)
    content = event.model_dump(mode="json", exclude={"actor"})
    version = await catalogue.count_publication(tx, CALENDAR, content)
    if version is not None:
        await _publish(event, version, tx, now)


async def tell_calendar_again(book: Catalogue, tx: Tx, now: datetime) -> None:
    """Publish the full calendar under a new version, whatever was told last."""
    event = calendar_event(book.calendar, await catalogue.closed_days(tx), actor=tx.actor)
    await _publish(event, await catalogue.count_republication(tx, CALENDAR), tx, now)


async def _publish(event: CalendarChanged, version: int, tx: Tx, now: datetime) -> None:
    await tx.publish(
        NewEvent(
            data=event,
            subject=CALENDAR,
            sequence=version,
            key=CALENDAR,
            time=now,
            partner=None,
            correlation_id=CALENDAR,
        )
    )
