"""Tables of open months, charges, closed statements, and what the other services told about use."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.tables import instant
from contracts.storage.contract_tables import metadata, owned

# Apart from the contract, whose many indexes would all be written anew with each month that closes.
open_month = owned(
    "open_month",
    sa.Column("ends_at", instant()),
    sa.PrimaryKeyConstraint("contract_id"),
    sa.Index("ix_open_month_ends_at", "ends_at", "contract_id"),
)

fee_month = owned(
    "fee_month",
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("statement_id", sa.Text),
    sa.PrimaryKeyConstraint("contract_id", "name"),
)

statement = owned(
    "statement",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False, server_default="regular"),
    sa.Column("subscriber_id", sa.Text, nullable=False),
    sa.Column("fee_month", sa.Text, nullable=False),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("tax", sa.Integer, nullable=False),
    sa.Column("tax_rates", JSONB, nullable=False),
    sa.Column("closed_at", instant(), nullable=False),
    sa.Column("closed_by", sa.Text, nullable=False),
    sa.UniqueConstraint("contract_id", "fee_month", name="uq_statement_fee_month"),
)

charge = sa.Table(
    "charge",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("partner", sa.Text),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("lines", JSONB, nullable=False),
    sa.Column("rule_ids", ARRAY(sa.Text), nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("statement_id", sa.Text, sa.ForeignKey("statement.id", name="fk_charge_statement_id")),
    sa.Index("ix_charge_unbilled", "contract_id", "day", postgresql_where=sa.text("statement_id IS NULL")),
    sa.UniqueConstraint("event_id", name="uq_charge_event_id"),
)

statement_line = sa.Table(
    "statement_line",
    metadata,
    sa.Column(
        "statement_id",
        sa.Text,
        sa.ForeignKey("statement.id", name="fk_statement_line_statement_id"),
        primary_key=True,
    ),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("name_ja", sa.Text, nullable=False),
    sa.Column("name_en", sa.Text, nullable=False),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("tax_rate", sa.Integer, nullable=False),
    sa.Column("service_month", sa.Text, nullable=False),
    sa.Column("rule_ids", ARRAY(sa.Text), nullable=False),
    sa.Column("event_id", sa.Text),
    sa.Column("charge_id", sa.Text, sa.ForeignKey("charge.id", name="fk_statement_line_charge_id")),
    sa.Column("adjustment_id", sa.Text, sa.ForeignKey("adjustment.id", name="fk_statement_line_adjustment_id")),
    sa.Column("why", JSONB, nullable=False),
    sa.UniqueConstraint("charge_id", "tax_rate", name="uq_statement_line_charge"),
    sa.UniqueConstraint("adjustment_id", name="uq_statement_line_adjustment"),
)


def _usage(name: str, key: str, *columns: sa.Column[Any] | sa.Index) -> sa.Table:
    """What another service told about a contract; the contract may not be known here yet, so nothing refers to it."""
    return sa.Table(
        name,
        metadata,
        sa.Column(key, sa.Text, primary_key=True),
        sa.Column("contract_id", sa.Text, nullable=False),
        sa.Column("partner", sa.Text),
        *columns,
        sa.Index(f"ix_{name}_contract_id", "contract_id"),
    )


usage_inquiry = _usage(
    "usage_inquiry",
    "inquiry_id",
    sa.Column("fee_month", sa.Text, nullable=False),
    sa.Column("units", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
)

usage_visit = _usage(
    "usage_visit",
    "visit_id",
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("right_state", sa.Text),
    sa.Column("right_fee_month", sa.Text),
    sa.Column("day", sa.Date, nullable=False),
)

usage_loan = _usage(
    "usage_loan",
    "loan_id",
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
)

usage_device = _usage(
    "usage_device",
    "device_id",
    sa.Column("enrolled", sa.Boolean, nullable=False),
)

usage_known = sa.Table(
    "usage_known",
    metadata,
    sa.Column("contract_id", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column("known_up_to", instant(), nullable=False),
)
