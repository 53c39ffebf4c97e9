"""Remote sessions promised for a time, and how many can be held at once."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.storage.columns import at, ident, json, metadata, number, of_inquiry, partner, text

remote_capacity = sa.Table(
    "remote_capacity",
    metadata,
    ident(),
    number("slot_minutes"),
    json("week"),
    number("version"),
    at("changed_at"),
    text("changed_by"),
)

remote_capacity_day = sa.Table(
    "remote_capacity_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    json("stretches"),
    text("reason"),
    at("changed_at"),
    text("changed_by"),
)

remote_booking = sa.Table(
    "remote_booking",
    metadata,
    ident(),
    of_inquiry(),
    partner(),
    text("contract_id"),
    at("starts_at"),
    at("ends_at"),
    number("seat"),
    number("seats"),
    text("os"),
    text("terminal"),
    text("status"),
    at("booked_at"),
    text("booked_by"),
    at("settled_at", null=True),
    text("settled_by", null=True),
    text("reason", null=True),
    text("missed_by", null=True),
    sa.Column("remote_session_id", sa.Text, sa.ForeignKey("remote_session.id")),
)
sa.Index("ix_remote_booking_inquiry_id", remote_booking.c.inquiry_id)
sa.Index("ix_remote_booking_starts_at", remote_booking.c.starts_at)
sa.Index(
    "uq_remote_booking_live",
    remote_booking.c.inquiry_id,
    unique=True,
    postgresql_where=remote_booking.c.status == "booked",
)
