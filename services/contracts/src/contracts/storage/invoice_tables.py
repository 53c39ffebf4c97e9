"""Tables of invoices, of what is owed on them and given back, and of how a subscriber is billed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from common.tables import instant
from contracts.storage.contract_tables import metadata


def _text(name: str, *, needed: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=not needed)


def _refers(table: str, name: str, target: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, sa.ForeignKey(target, name=f"fk_{table}_{name}"), **options)


def _issued() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("issued_at", instant(), nullable=False),
        sa.Column("issued_on", sa.Date, nullable=False),
        _text("issued_by"),
        sa.Column("issuer", JSONB, nullable=False),
        sa.Column("customer", JSONB, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("tax", sa.Integer, nullable=False),
        sa.Column("tax_rates", JSONB, nullable=False),
    )


subscriber_billing = sa.Table(
    "subscriber_billing",
    metadata,
    _refers("subscriber_billing", "subscriber_id", "subscriber.id", primary_key=True),
    _text("partner", needed=False),
    sa.Column("consolidated", sa.Boolean, nullable=False),
    _text("changed_by"),
    sa.Column("changed_at", instant(), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

uninvoiced = sa.Table(
    "uninvoiced",
    metadata,
    sa.Column("statement_id", sa.Text, primary_key=True),
    _text("partner", needed=False),
    _text("subscriber_id"),
    _text("fee_month"),
    sa.Column("closed_at", instant(), nullable=False),
    sa.Index("ix_uninvoiced_subscriber_id", "subscriber_id", "fee_month"),
)

document_count = sa.Table(
    "document_count",
    metadata,
    sa.Column("letter", sa.Text, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.Integer, nullable=False),
)

document_series = sa.Table(
    "document_series",
    metadata,
    sa.Column("partner", sa.Text, primary_key=True),
    sa.Column("series", sa.Text, nullable=False),
    sa.UniqueConstraint("series", name="uq_document_series_series"),
)

invoice = sa.Table(
    "invoice",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("partner", needed=False),
    _text("number"),
    _text("kind"),
    _refers("invoice", "corrects", "invoice.id"),
    _text("corrects_number", needed=False),
    _refers("invoice", "subscriber_id", "subscriber.id", nullable=False),
    *_issued(),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("lines", JSONB, nullable=False),
    _text("reason", needed=False),
    sa.UniqueConstraint("number", name="uq_invoice_number"),
    sa.UniqueConstraint("corrects", name="uq_invoice_corrects"),
    sa.Index("ix_invoice_subscriber_id", "subscriber_id", "id"),
    sa.Index("ix_invoice_issued_on", "issued_on", "id"),
)

invoice_statement = sa.Table(
    "invoice_statement",
    metadata,
    _refers("invoice_statement", "statement_id", "statement.id", primary_key=True),
    _text("partner", needed=False),
    _refers("invoice_statement", "invoice_id", "invoice.id", nullable=False),
    sa.Index("ix_invoice_statement_invoice_id", "invoice_id"),
)

receivable = sa.Table(
    "receivable",
    metadata,
    _refers("receivable", "invoice_id", "invoice.id", primary_key=True),
    _text("partner", needed=False),
    _text("subscriber_id"),
    _text("owing"),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("credited", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failures", sa.Integer, nullable=False),
    _text("failed_for", needed=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("paid_on", sa.Date),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Index(
        "ix_receivable_owing",
        "owing",
        "due_on",
        postgresql_where=sa.text("owing IN ('open', 'requested', 'failed')"),
    ),
)

invoice_rate = sa.Table(
    "invoice_rate",
    metadata,
    _refers("invoice_rate", "invoice_id", "invoice.id", primary_key=True),
    _text("partner", needed=False),
    sa.Column("rate", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("credited", sa.Integer, nullable=False, server_default="0"),
)

credit_note = sa.Table(
    "credit_note",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("partner", needed=False),
    _text("number"),
    _refers("credit_note", "invoice_id", "invoice.id", nullable=False),
    _text("invoice_number"),
    sa.Column("invoice_issued_on", sa.Date, nullable=False),
    _text("subscriber_id"),
    *_issued(),
    _text("text"),
    sa.UniqueConstraint("number", name="uq_credit_note_number"),
    sa.Index("ix_credit_note_invoice_id", "invoice_id"),
    sa.Index("ix_credit_note_issued_on", "issued_on", "id"),
)

credit_note_rate = sa.Table(
    "credit_note_rate",
    metadata,
    _refers("credit_note_rate", "credit_note_id", "credit_note.id", primary_key=True),
    _text("partner", needed=False),
    _text("invoice_id"),
    sa.Column("rate", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(
        ["invoice_id", "rate"], ["invoice_rate.invoice_id", "invoice_rate.rate"], name="fk_credit_note_rate_invoice"
    ),
)
