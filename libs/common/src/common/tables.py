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

_TXID = sa.text("pg_current_xact_id()::text::bigint")


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
    _token_revocation(metadata)
    _seal(metadata)
    _audit_entry(metadata)
    _rate_bucket(metadata)
    return metadata


def sealed_columns() -> list[sa.Column[Any]]:
    """What a table needs so that its rows can be sealed into a chain (`common.sealing`).

    `txid` is the transaction that wrote the row: what commits late is found by it, whatever its number.
    """
    return [
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column(
            "txid",
            sa.BigInteger,
            nullable=False,
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            index=True,
        ),
    ]


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


def _token_revocation(metadata: sa.MetaData) -> None:
    revocations = sa.Table(
        "token_revocation",
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("partner", sa.Text),
        sa.Column("issued_before", instant()),
        sa.Column("reason", sa.Text),
        sa.Column("revoked_at", instant(), nullable=False),
        sa.Column("revoked_by", sa.Text, nullable=False),
        sa.Column("lifted_at", instant()),
        sa.Column("lifted_by", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("kind IN ('token', 'subject', 'client', 'person')", name="ck_token_revocation_kind"),
        sa.CheckConstraint("(kind = 'token') = (issued_before IS NULL)", name="ck_token_revocation_issued_before"),
    )
    sa.Index("ix_token_revocation_value", revocations.c.kind, revocations.c.value)


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


def _seal(metadata: sa.MetaData) -> None:
    sa.Table(
        "seal",
        metadata,
        sa.Column("chain", sa.Text, primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("horizon", sa.BigInteger, nullable=False),
        sa.Column("base", sa.BigInteger, nullable=False),
        sa.Column("cluster", sa.Text, nullable=False),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("sealed_at", instant(), nullable=False),
    )
    sa.Table(
        "seal_link",
        metadata,
        sa.Column("chain", sa.Text, primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("chain", "number", name="uq_seal_link_number"),
    )


def _audit_entry(metadata: sa.MetaData) -> None:
    entries = sa.Table(
        "audit_entry",
        metadata,
        *sealed_columns(),
        sa.Column("recorded_at", instant(), nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("business_at", instant(), nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("person", sa.Text),
        sa.Column("client_id", sa.Text),
        sa.Column("token_id", sa.Text),
        sa.Column("roles", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("partner", sa.Text),
        sa.Column("peer", sa.Text),
        sa.Column("agent", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("concerns", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("request_id", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("code", sa.Text),
        sa.Column("replayed", sa.Boolean, nullable=False),
        sa.Column("times", sa.Integer, nullable=False, server_default="1"),
        sa.Column("first_at", instant()),
        sa.CheckConstraint("outcome IN ('allowed', 'begun', 'failed', 'refused')", name="audit_entry_outcome_known"),
    )
    sa.Index("ix_audit_entry_subject", entries.c.subject, entries.c.number)
    sa.Index("ix_audit_entry_concerns", entries.c.concerns, postgresql_using="gin")


def _rate_bucket(metadata: sa.MetaData) -> None:
    sa.Table(
        "rate_bucket",
        metadata,
        sa.Column("client", sa.Text, primary_key=True),
        sa.Column("level", sa.Double, nullable=False),
        sa.Column("granted", sa.Integer, nullable=False),
        sa.Column("visited_at", instant(), nullable=False),
        prefixes=["UNLOGGED"],
    )
