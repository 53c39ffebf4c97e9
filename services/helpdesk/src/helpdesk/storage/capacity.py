"""How many remote sessions can be held at once: the house's week, and days that have stretches of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from helpdesk.domain.capacity import Capacity, Stretch, Weekly
from helpdesk.storage.tables import remote_capacity, remote_capacity_day


@dataclass(frozen=True, kw_only=True)
class CapacityDay:
    """A day with stretches of its own, and why."""

    day: date
    stretches: tuple[Stretch, ...]
    reason: str


async def find(tx: Tx, first: date, last: date) -> Capacity:
    """The capacity, with the days of their own from `first` to `last`."""
    return await _capacity(tx, sa.select(remote_capacity), first, last)


async def lock(tx: Tx, first: date, last: date) -> Capacity:
    """The same, alone: nobody else promises a session or changes the capacity until the transaction ends."""
    return await _capacity(tx, sa.select(remote_capacity).with_for_update(), first, last)


async def save(tx: Tx, after: Capacity, now: datetime) -> None:
    """Keep the week and the length of a slot; locked before."""
    week = [{"weekdays": list(each.weekdays), **_row(each.stretch)} for each in after.week]
    await tx.run(
        remote_capacity.update().values(
            slot_minutes=after.slot_minutes, week=week, version=after.version, changed_at=now, changed_by=tx.actor
        )
    )


async def put_day(tx: Tx, new: CapacityDay, now: datetime) -> None:
    """This day has these stretches and no others."""
    row = {
        "stretches": [_row(each) for each in new.stretches],
        "reason": new.reason,
        "changed_at": now,
        "changed_by": tx.actor,
    }
    statement = insert(remote_capacity_day).values(day=new.day, **row)
    await tx.run(statement.on_conflict_do_update(index_elements=[remote_capacity_day.c.day], set_=row))


async def drop_day(tx: Tx, day: date) -> None:
    """This day is as its weekday again."""
    await tx.run(remote_capacity_day.delete().where(remote_capacity_day.c.day == day))


async def days(tx: Tx, first: date, last: date) -> list[CapacityDay]:
    """The days of their own from `first` to `last`."""
    statement = sa.select(remote_capacity_day).where(remote_capacity_day.c.day.between(first, last))
    return [
        CapacityDay(day=row["day"], stretches=_stretches(row["stretches"]), reason=row["reason"])
        for row in await tx.all(statement.order_by(remote_capacity_day.c.day))
    ]


async def _capacity(tx: Tx, statement: sa.Select[Any], first: date, last: date) -> Capacity:
    row = await tx.one(statement)
    return Capacity(
        slot_minutes=row["slot_minutes"],
        week=tuple(Weekly(weekdays=tuple(each.pop("weekdays")), stretch=Stretch(**each)) for each in row["week"]),
        version=row["version"],
        days={each.day: each.stretches for each in await days(tx, first, last)},
    )


def _stretches(kept: Sequence[dict[str, Any]]) -> tuple[Stretch, ...]:
    return tuple(Stretch(**each) for each in kept)


def _row(stretch: Stretch) -> dict[str, Any]:
    return {"opens": stretch.opens, "closes": stretch.closes, "seats": stretch.seats}
