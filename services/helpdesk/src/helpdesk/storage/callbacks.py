"""Promises to ring back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from common.db import Record, Tx
from helpdesk.domain.callbacks import Callback, CallbackStatus
from helpdesk.storage.tables import callback as table

_NOT_TOLD = sa.and_(table.c.status == sa.text("'open'"), ~table.c.overdue_told)


async def add(tx: Tx, new: Callback) -> None:
    """Keep a promise."""
    await tx.run(table.insert().values(**_row(new)))


async def find(tx: Tx, callback_id: str) -> Callback | None:
    """A promise as it stands."""
    row = await tx.first(sa.select(table).where(table.c.id == callback_id))
    return None if row is None else _callback(row)


async def lock(tx: Tx, callback_id: str) -> Callback | None:
    """A promise, alone."""
    row = await tx.first(sa.select(table).where(table.c.id == callback_id).with_for_update())
    return None if row is None else _callback(row)


async def lock_of_call(tx: Tx, call_id: str) -> Callback | None:
    """The promise that came from a missed call, alone."""
    row = await tx.first(sa.select(table).where(table.c.call_id == call_id).with_for_update())
    return None if row is None else _callback(row)


async def save(tx: Tx, callback: Callback) -> None:
    """Write a promise that was locked before."""
    await tx.run(table.update().where(table.c.id == callback.id).values(**_row(callback)))


async def listed(
    tx: Tx, *, filters: dict[str, str], due_by: datetime | None, after: str | None = None, limit: int = 20
) -> Sequence[Callback]:
    """Promises, oldest first; `filters` are columns with values, `due_by` keeps those promised by then."""
    statement = sa.select(table)
    for column, value in filters.items():
        statement = statement.where(table.c[column] == value)
    if due_by is not None:
        statement = statement.where(table.c.promised_at <= due_by)
    if after is not None:
        statement = statement.where(table.c.id > after)
    return [_callback(row) for row in await tx.all(statement.order_by(table.c.id).limit(limit))]


async def next_due(tx: Tx) -> datetime | None:
    """When the next promise is broken that nobody was told of."""
    found: datetime | None = await tx.scalar(sa.select(sa.func.min(table.c.promised_at)).where(_NOT_TOLD))
    return found


async def lock_overdue(tx: Tx, *, now: datetime, limit: int) -> list[Callback]:
    """Broken promises that nobody was told of, alone; those that somebody works on come the next time."""
    statement = sa.select(table).where(_NOT_TOLD, table.c.promised_at <= now).order_by(table.c.promised_at)
    return [_callback(row) for row in await tx.all(statement.limit(limit).with_for_update(skip_locked=True))]


async def forget_numbers(tx: Tx, subscriber_id: str) -> None:
    """Erase with which numbers a subscriber was to be rung."""
    await tx.run(table.update().where(table.c.subscriber_id == subscriber_id).values(number=None))


def _row(callback: Callback) -> dict[str, object]:
    row = {name: getattr(callback, name) for name in Callback.__dataclass_fields__}
    return {**row, "status": callback.status.value}


def _callback(row: Record) -> Callback:
    known = {name: row[name] for name in Callback.__dataclass_fields__}
    return Callback(**{**known, "status": CallbackStatus(row["status"])})
