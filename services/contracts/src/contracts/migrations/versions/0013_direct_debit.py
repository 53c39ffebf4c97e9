"""Accounts from which subscribers pay, what was asked of the bank, and what it answered."""

from __future__ import annotations

from alembic import op

from common.migrations import tenant_table

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = """
CREATE SEQUENCE debit_customer AS bigint;
CREATE TABLE bank_account (
    subscriber_id text NOT NULL,
    partner text,
    sealed text NOT NULL,
    ends_with text NOT NULL,
    customer_number text NOT NULL DEFAULT lpad(nextval('debit_customer')::text, 20, '0'),
    mandate_signed_on date NOT NULL,
    mandate_by text NOT NULL,
    mandate_channel text NOT NULL,
    debited boolean NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT pk_bank_account PRIMARY KEY (subscriber_id),
    CONSTRAINT uq_bank_account_customer_number UNIQUE (customer_number),
    CONSTRAINT fk_bank_account_subscriber_id FOREIGN KEY (subscriber_id) REFERENCES subscriber (id)
);
CREATE TABLE debit_batch (
    id text NOT NULL,
    partner text,
    collect_on date NOT NULL,
    status text NOT NULL,
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    sealed text NOT NULL,
    debits integer NOT NULL,
    total bigint NOT NULL,
    paid integer NOT NULL,
    paid_total bigint NOT NULL,
    settled_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT pk_debit_batch PRIMARY KEY (id)
);
CREATE TABLE debit (
    batch_id text NOT NULL,
    partner text,
    position integer NOT NULL,
    subscriber_id text NOT NULL,
    invoice_ids text[] NOT NULL,
    amount integer NOT NULL,
    result text,
    CONSTRAINT pk_debit PRIMARY KEY (batch_id, position),
    CONSTRAINT uq_debit_subscriber UNIQUE (batch_id, subscriber_id),
    CONSTRAINT debit_amount CHECK (amount > 0),
    CONSTRAINT fk_debit_batch_id FOREIGN KEY (batch_id) REFERENCES debit_batch (id)
);
CREATE INDEX ix_debit_subscriber_id ON debit (subscriber_id);
"""


def upgrade() -> None:
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    tenant_table(op, "bank_account")
    tenant_table(op, "debit_batch", house="SELECT, INSERT, UPDATE (status, paid, paid_total, settled_at, version)")
    tenant_table(op, "debit", house="SELECT, INSERT, UPDATE (result)")
    package = str(op.get_bind().exec_driver_sql("SELECT current_schema()").scalar_one())
    op.execute(f'GRANT USAGE ON SEQUENCE debit_customer TO "{package}"')
