"""How many remote sessions can be held at once: the week, and days that have stretches of their own.

What is booked stays booked, whatever the numbers become; what is too much is shown as a doubt on the booking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from common.civil import jst_day
from common.db import Tx
from common.errors import StaleVersion
from helpdesk.domain.capacity import Capacity, Stretch, Weekly, check_day, check_week
from helpdesk.storage import capacity
from helpdesk.storage.capacity import CapacityDay

SHOWN = timedelta(days=400)


@dataclass(frozen=True, kw_only=True)
class KeepCapacity:
    """The length of a slot, and the stretches of the week."""

    slot_minutes: int
    week: Sequence[Weekly]
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class KeepDay:
    """What one day has instead of its weekday's stretches, and why."""

    day: date
    stretches: Sequence[Stretch]
    reason: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The capacity, with the days of their own from today on."""

    capacity: Capacity
    days: list[CapacityDay]


async def show_capacity(tx: Tx, now: datetime) -> Shown:
    """As it stands."""
    today = jst_day(now)
    found = await capacity.days(tx, today, today + SHOWN)
    return Shown(capacity=await capacity.find(tx, today, today), days=found)


async def keep_capacity(command: KeepCapacity, tx: Tx, now: datetime) -> Shown:
    """Write the week anew. Raises `CapacityUnreadable`, `StaleVersion`."""
    check_week(command.week)
    today = jst_day(now)
    before = await capacity.lock(tx, today, today)
    if command.expected_version is not None and command.expected_version != before.version:
        raise StaleVersion(version=before.version, expected=command.expected_version)
    after = replace(before, slot_minutes=command.slot_minutes, week=tuple(command.week), version=before.version + 1)
    await capacity.save(tx, after, now)
    return await show_capacity(tx, now)


async def keep_day(command: KeepDay, tx: Tx, now: datetime) -> CapacityDay:
    """Write what one day has. Raises `CapacityUnreadable`."""
    check_day(command.stretches)
    await capacity.lock(tx, command.day, command.day)
    new = CapacityDay(day=command.day, stretches=tuple(command.stretches), reason=command.reason)
    await capacity.put_day(tx, new, now)
    return new


async def drop_day(day: date, tx: Tx) -> None:
    """The day is as its weekday again; one that is so already stays so."""
    await capacity.lock(tx, day, day)
    await capacity.drop_day(tx, day)
