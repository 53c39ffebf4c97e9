"""Booked remote sessions: keeping them, what is taken when, and the list of those who work by it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx, refusing
from helpdesk.domain.booking_refusals import BookedAlready, SlotFull
from helpdesk.domain.bookings import Booking, BookingStatus
from helpdesk.domain.capacity import Slot
from helpdesk.storage.tables import remote_booking as table

_TAKEN = """
SELECT starts_at, ends_at FROM remote_booking
WHERE status IN ('booked', 'started') AND tstzrange(starts_at, ends_at) && tstzrange($1, $2)
  AND id IS DISTINCT FROM $3
"""
_FREE = """
SELECT min(s) FROM generate_series(1, $3::int) s WHERE NOT EXISTS (
    SELECT FROM remote_booking b WHERE b.status IN ('booked', 'started') AND b.seat = s
      AND tstzrange(b.starts_at, b.ends_at) && tstzrange($1, $2) AND b.id IS DISTINCT FROM $4)
"""
_LISTED = """
SELECT l.*, (SELECT count(*) FROM remote_booking o
             WHERE o.status IN ('booked', 'started') AND (o.booked_at, o.id) < (l.booked_at, l.id)
               AND tstzrange(o.starts_at, o.ends_at) && tstzrange(l.starts_at, l.ends_at)) AS before
FROM (SELECT b.*, i.group_code, i.assignee,
             to_char(b.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US ') || b.id AS place
      FROM remote_booking b JOIN inquiry i ON i.id = b.inquiry_id
      WHERE ($1::timestamptz IS NULL OR b.starts_at >= $1) AND ($2::timestamptz IS NULL OR b.starts_at < $2)
        AND ($3::text IS NULL OR b.status = $3) AND ($4::text IS NULL OR i.assignee = $4)
        AND ($5::text IS NULL OR i.group_code = $5)
        AND ($6::text IS NULL
             OR to_char(b.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US ') || b.id > $6)
      ORDER BY b.starts_at, b.id LIMIT $7) l
ORDER BY l.starts_at, l.id
"""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """Which bookings are looked for: those that begin in [start, end), of one status, operator or group."""

    start: datetime | None = None
    end: datetime | None = None
    status: str | None = None
    assignee: str | None = None
    group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """A booking in a list, by whose case it is; `before` were promised sooner for the same time."""

    id: str
    booking: Booking
    group: str | None
    assignee: str | None
    before: int


async def add(tx: Tx, new: Booking) -> None:
    """Keep a promise. Raises `BookedAlready`, `SlotFull` when the database knows better."""
    with _refused(new):
        await tx.run(table.insert().values(_row(new)))


async def save(tx: Tx, after: Booking) -> None:
    """Keep what became of it, in one statement; its inquiry is locked. Raises as `add`."""
    with _refused(after):
        await tx.run(table.update().where(table.c.id == after.id).values(_row(after)))


async def find(tx: Tx, inquiry_id: str, booking_id: str) -> Booking | None:
    """A booking of this inquiry."""
    row = await tx.first(sa.select(table).where(table.c.id == booking_id, table.c.inquiry_id == inquiry_id))
    return None if row is None else _booking(row)


async def live(tx: Tx, inquiry_id: str) -> Booking | None:
    """The promise of an inquiry that still stands."""
    of_inquiry = sa.select(table).where(table.c.inquiry_id == inquiry_id)
    row = await tx.first(of_inquiry.where(table.c.status == BookingStatus.BOOKED.value))
    return None if row is None else _booking(row)


async def of_inquiry(tx: Tx, inquiry_id: str) -> list[Booking]:
    """All bookings of an inquiry, in the order in which they were promised."""
    return [
        _booking(row)
        for row in await tx.all(sa.select(table).where(table.c.inquiry_id == inquiry_id).order_by(table.c.id))
    ]


async def standing(tx: Tx, inquiry_ids: Collection[str]) -> list[Booking]:
    """The promises of these inquiries that still stand, the next one first."""
    if not inquiry_ids:
        return []
    of_these = sa.select(table).where(table.c.inquiry_id.in_(sorted(inquiry_ids)))
    statement = of_these.where(table.c.status == BookingStatus.BOOKED.value).order_by(table.c.starts_at, table.c.id)
    return [_booking(row) for row in await tx.all(statement)]


async def taken(
    tx: Tx, starts_at: datetime, ends_at: datetime, *, without: str | None = None
) -> list[tuple[datetime, datetime]]:
    """The times of all that hold a seat then, but for the booking `without`."""
    rows = await tx.connection.fetch(_TAKEN, starts_at, ends_at, without)
    return [(row["starts_at"], row["ends_at"]) for row in rows]


async def free_seat(tx: Tx, slot: Slot, *, without: str | None = None) -> int:
    """The lowest seat that is free all through the slot. Raises `SlotFull`."""
    seat = await tx.connection.fetchval(_FREE, slot.starts_at, slot.ends_at, slot.seats, without)
    if seat is None:
        raise SlotFull(starts_at=slot.starts_at, seats=slot.seats)
    return int(seat)


async def listed(tx: Tx, looked: Looked, *, after: str | None = None, limit: int = 20) -> list[Line]:
    """Bookings in the order in which they begin."""
    asked = (looked.start, looked.end, looked.status, looked.assignee, looked.group)
    rows = await tx.connection.fetch(_LISTED, *asked, after, limit)
    return [
        Line(
            id=row["place"],
            booking=_booking(row),
            group=row["group_code"],
            assignee=row["assignee"],
            before=row["before"],
        )
        for row in rows
    ]


def _refused(new: Booking) -> Any:
    full = SlotFull(starts_at=new.starts_at, seats=new.seats)
    return refusing(
        uq_remote_booking_live=lambda: BookedAlready(inquiry_id=new.inquiry_id),
        remote_booking_seat_taken=lambda: full,
        remote_booking_seat=lambda: full,
    )


def _row(kept: Booking) -> dict[str, Any]:
    return {**asdict(kept), "status": kept.status.value}


def _booking(row: Record) -> Booking:
    fields = {name: row[name] for name in Booking.__dataclass_fields__}
    return Booking(**{**fields, "status": BookingStatus(row["status"])})
