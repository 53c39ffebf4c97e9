"""Tables of accounts and of what was asked of banks. What stands in `sealed` is encrypted; no partner reads it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from common.tables import instant
from contracts.storage.contract_tables import metadata

bank_account = sa.Table(
    "bank_account",
    metadata,
    sa.Column(
        "subscriber_id",
        sa.Text,
        sa.ForeignKey("subscriber.id", name="fk_bank_account_subscriber_id"),
        primary_key=True,
    ),
    sa.Column("partner", sa.Text),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text),
    sa.Column("ends_with", sa.Text, nullable=False),
    sa.Column(
        "customer_number",
        sa.Text,
        nullable=False,
        server_default=sa.text("lpad(nextval('debit_customer')::text, 20, '0')"),
    ),
    sa.Column("mandate_signed_on", sa.Date, nullable=False),
    sa.Column("mandate_by", sa.Text, nullable=False),
    sa.Column("mandate_channel", sa.Text, nullable=False),
    sa.Column("debited", sa.Boolean, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", instant(), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("customer_number", name="uq_bank_account_customer_number"),
    sa.Index("ix_bank_account_key_id", "key_id"),
)

debit_batch = sa.Table(
    "debit_batch",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column("collect_on", sa.Date, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("made_at", instant(), nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text),
    sa.Column("debits", sa.Integer, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("paid", sa.Integer, nullable=False),
    sa.Column("paid_total", sa.BigInteger, nullable=False),
    sa.Column("settled_at", instant()),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("ix_debit_batch_key_id", "key_id"),
)

debit = sa.Table(
    "debit",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey("debit_batch.id", name="fk_debit_batch_id"), primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("subscriber_id", sa.Text, nullable=False),
    sa.Column("invoice_ids", ARRAY(sa.Text), nullable=False),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("result", sa.Text),
    sa.UniqueConstraint("batch_id", "subscriber_id", name="uq_debit_subscriber"),
    sa.Index("ix_debit_subscriber_id", "subscriber_id"),
)
