"""Tables of closing runs and of adjustments."""

from __future__ import annotations

import sqlalchemy as sa

from common.tables import instant
from contracts.storage.contract_tables import metadata, owned

closing_run = sa.Table(
    "closing_run",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("until", instant(), nullable=False),
    sa.Column("automatic", sa.Boolean, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("started_at", instant(), nullable=False),
    sa.Column("started_by", sa.Text, nullable=False),
    sa.Column("finished_at", instant()),
    sa.Column("statements", sa.Integer, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("uq_closing_run_running", "status", unique=True, postgresql_where=sa.text("status = 'running'")),
)

closing_failure = sa.Table(
    "closing_failure",
    metadata,
    sa.Column(
        "contract_id",
        sa.Text,
        sa.ForeignKey("contract.id", name="fk_closing_failure_contract_id"),
        primary_key=True,
    ),
    sa.Column("partner", sa.Text),
    sa.Column("fee_month", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text, sa.ForeignKey("closing_run.id", name="fk_closing_failure_run_id"), nullable=False),
    sa.Column("at", instant(), nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Index("ix_closing_failure_run_id", "run_id", "contract_id"),
)

adjustment = owned(
    "adjustment",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("subscriber_id", sa.Text, nullable=False),
    sa.Column("fee_month", sa.Text, nullable=False),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("tax_rate", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("alone", sa.Boolean, nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_by_person", sa.Text),
    sa.Column("asked_at", instant(), nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_by_person", sa.Text),
    sa.Column("decided_at", instant()),
    sa.Column("statement_id", sa.Text, sa.ForeignKey("statement.id", name="fk_adjustment_statement_id")),
    sa.Column("event_id", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("asked_by_client", sa.Text),
    sa.Column("asked_by_token", sa.Text),
    sa.Column("asked_by_token_issued_at", instant()),
    sa.Index("ix_adjustment_contract_id", "contract_id", "id"),
    sa.Index(
        "ix_adjustment_unbilled",
        "contract_id",
        postgresql_where=sa.text("statement_id IS NULL AND status = 'approved'"),
    ),
    sa.Index(
        "uq_adjustment_alone",
        "contract_id",
        "fee_month",
        "ordinal",
        unique=True,
        postgresql_where=sa.text("alone"),
    ),
)
