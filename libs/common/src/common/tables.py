"""The tables every service has, and the metadata a service's own tables join."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg


def instant() -> sa.DateTime:
    """The column type of an instant: timestamptz."""
    return sa.DateTime(timezone=True)


NAMING = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "%(constraint_name)s",
}


def service_metadata() -> sa.MetaData:
    """Metadata that already holds the platform tables; a service adds its own."""
    metadata = sa.MetaData(naming_convention=NAMING)
    _outbox(metadata)
    _published_event(metadata)
    _relay(metadata)
    _inbox(metadata)
    _dead_letter(metadata)
    _consumer_report(metadata)
    _idempotency(metadata)
    return metadata


def _event_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("aggregatetype", sa.Text, nullable=False),
        sa.Column("aggregateid", sa.Text, nullable=False),
        sa.Column("aggregate_version", sa.Integer, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("payload", pg.JSON, nullable=False),
        sa.Column("headers", pg.JSONB, nullable=False),
        sa.Column("partner", sa.Text),
    ]


def _outbox(metadata: sa.MetaData) -> None:
    sa.Table(
        "outbox",
        metadata,
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        *_event_columns(),
        sa.Column("recorded_at", instant(), nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("parked_reason", sa.Text),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
        sa.UniqueConstraint("aggregatetype", "aggregateid", "aggregate_version", name="uq_outbox_sequence"),
    )


def _published_event(metadata: sa.MetaData) -> None:
    published = sa.Table(
        "published_event",
        metadata,
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        *_event_columns(),
        sa.Column("recorded_at", instant(), nullable=False),
        sa.Column("published_at", instant(), nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.UniqueConstraint("id", name="uq_published_event_id"),
        sa.UniqueConstraint("aggregatetype", "aggregateid", "aggregate_version", name="uq_published_event_sequence"),
    )
    sa.Index("ix_published_event_correlation", published.c.headers["ce_correlationid"].astext, published.c.position)


def _relay(metadata: sa.MetaData) -> None:
    sa.Table(
        "relay_lease",
        metadata,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
    )


def _inbox(metadata: sa.MetaData) -> None:
    sa.Table(
        "inbox",
        metadata,
        sa.Column("consumer_group", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("received_at", instant(), nullable=False, server_default=sa.text("clock_timestamp()")),
    )
    sa.Table(
        "consumed_subject",
        metadata,
        sa.Column("consumer_group", sa.Text, primary_key=True),
        sa.Column("aggregate", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
    )


def _dead_letter(metadata: sa.MetaData) -> None:
    letters = sa.Table(
        "dead_letter",
        metadata,
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("consumer_group", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("headers", pg.JSONB, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("recorded_at", instant(), nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("redriven_at", instant()),
        sa.Column("redriven_by", sa.Text),
        sa.UniqueConstraint("consumer_group", "event_id", name="uq_dead_letter_event"),
    )
    sa.Index("ix_dead_letter_subject", letters.c.consumer_group, letters.c.subject)


def _consumer_report(metadata: sa.MetaData) -> None:
    sa.Table(
        "consumer_report",
        metadata,
        sa.Column("consumer_group", sa.Text, primary_key=True),
        sa.Column("member", sa.Text, primary_key=True),
        sa.Column("lag", sa.BigInteger),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.Column("reported_at", instant(), nullable=False, server_default=sa.text("clock_timestamp()")),
    )


def _idempotency(metadata: sa.MetaData) -> None:
    records = sa.Table(
        "idempotency_record",
        metadata,
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("partner", sa.Text),
        sa.Column("body_hash", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("headers", pg.JSONB, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("encrypted", sa.Boolean, nullable=False),
        sa.Column("recorded_at", instant(), nullable=False, server_default=sa.text("clock_timestamp()")),
    )
    sa.Index("ix_idempotency_record_recorded_at", records.c.recorded_at)
