"""Telephone systems, the calls they told of, and promises to ring back. The house's: numbers are personal data."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.storage.columns import at, ident, metadata, number, text

pbx_connection = sa.Table(
    "pbx_connection",
    metadata,
    ident(),
    text("name"),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    text("created_by"),
    at("created_at"),
    at("revoked_at", null=True),
    sa.UniqueConstraint("secret_hash", name="uq_pbx_connection_secret"),
)

call = sa.Table(
    "call",
    metadata,
    ident(),
    sa.Column("pbx_id", sa.Text, sa.ForeignKey("pbx_connection.id"), nullable=False),
    text("reference"),
    text("direction"),
    text("from_number", null=True),
    text("to_number", null=True),
    text("subscriber_id", null=True),
    text("contract_id", null=True),
    sa.Column("inquiry_id", sa.Text, sa.ForeignKey("inquiry.id")),
    text("user", null=True),
    at("began_at"),
    at("answered_at", null=True),
    at("ended_at", null=True),
    text("cause", null=True),
    text("state"),
    number("version"),
    sa.UniqueConstraint("pbx_id", "reference", name="uq_call_reference"),
)
sa.Index("ix_call_state", call.c.state, call.c.id)
sa.Index("ix_call_subscriber_id", call.c.subscriber_id)
sa.Index("ix_call_inquiry_id", call.c.inquiry_id)

callback = sa.Table(
    "callback",
    metadata,
    ident(),
    text("number", null=True),
    at("promised_at"),
    text("status"),
    text("subscriber_id", null=True),
    text("contract_id", null=True),
    sa.Column("inquiry_id", sa.Text, sa.ForeignKey("inquiry.id")),
    sa.Column("call_id", sa.Text, sa.ForeignKey("call.id")),
    text("assignee", null=True),
    sa.Column("overdue_told", sa.Boolean, nullable=False),
    at("ended_at", null=True),
    text("outcome", null=True),
    number("version"),
    sa.UniqueConstraint("call_id", name="uq_callback_call"),
)
sa.Index("ix_callback_status", callback.c.status, callback.c.id)
sa.Index("ix_callback_subscriber_id", callback.c.subscriber_id)
sa.Index("ix_callback_inquiry_id", callback.c.inquiry_id)
sa.Index(
    "ix_callback_due",
    callback.c.promised_at,
    postgresql_where=sa.and_(callback.c.status == sa.text("'open'"), ~callback.c.overdue_told),
)
