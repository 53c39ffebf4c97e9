"""Charges, closed statements, and what the other services told about use."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, tenant_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE fee_month (
    contract_id text NOT NULL,
    partner text,
    name text NOT NULL,
    statement_id text,
    CONSTRAINT pk_fee_month PRIMARY KEY (contract_id, name),
    CONSTRAINT fk_fee_month_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id)
);
CREATE TABLE statement (
    contract_id text NOT NULL,
    partner text,
    id text NOT NULL,
    subscriber_id text NOT NULL,
    fee_month text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    total integer NOT NULL,
    tax integer NOT NULL,
    tax_rates jsonb NOT NULL,
    closed_at timestamptz NOT NULL,
    closed_by text NOT NULL,
    CONSTRAINT pk_statement PRIMARY KEY (id),
    CONSTRAINT uq_statement_fee_month UNIQUE (contract_id, fee_month),
    CONSTRAINT fk_statement_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id)
);
CREATE TABLE charge (
    id text NOT NULL,
    contract_id text NOT NULL,
    partner text,
    day date NOT NULL,
    total integer NOT NULL,
    lines jsonb NOT NULL,
    rule_ids text[] NOT NULL,
    event_id text NOT NULL,
    statement_id text,
    CONSTRAINT pk_charge PRIMARY KEY (id),
    CONSTRAINT uq_charge_event_id UNIQUE (event_id),
    CONSTRAINT fk_charge_statement_id FOREIGN KEY (statement_id) REFERENCES statement (id)
);
CREATE INDEX ix_charge_unbilled ON charge (contract_id, day) WHERE statement_id IS NULL;
CREATE TABLE statement_line (
    statement_id text NOT NULL,
    position integer NOT NULL,
    partner text,
    kind text NOT NULL,
    code text NOT NULL,
    name_ja text NOT NULL,
    name_en text NOT NULL,
    amount integer NOT NULL,
    tax_rate integer NOT NULL,
    service_month text NOT NULL,
    rule_ids text[] NOT NULL,
    event_id text,
    charge_id text,
    why jsonb NOT NULL,
    CONSTRAINT pk_statement_line PRIMARY KEY (statement_id, position),
    CONSTRAINT uq_statement_line_charge UNIQUE (charge_id, tax_rate),
    CONSTRAINT fk_statement_line_statement_id FOREIGN KEY (statement_id) REFERENCES statement (id),
    CONSTRAINT fk_statement_line_charge_id FOREIGN KEY (charge_id) REFERENCES charge (id)
);
CREATE TABLE usage_inquiry (
    inquiry_id text NOT NULL,
    contract_id text NOT NULL,
    partner text,
    fee_month text NOT NULL,
    units integer NOT NULL,
    outcome text NOT NULL,
    CONSTRAINT pk_usage_inquiry PRIMARY KEY (inquiry_id)
);
CREATE INDEX ix_usage_inquiry_contract_id ON usage_inquiry (contract_id);
CREATE TABLE usage_visit (
    visit_id text NOT NULL,
    contract_id text NOT NULL,
    partner text,
    purpose text NOT NULL,
    status text NOT NULL,
    right_state text,
    right_fee_month text,
    day date NOT NULL,
    CONSTRAINT pk_usage_visit PRIMARY KEY (visit_id)
);
CREATE INDEX ix_usage_visit_contract_id ON usage_visit (contract_id);
CREATE TABLE usage_loan (
    loan_id text NOT NULL,
    contract_id text NOT NULL,
    partner text,
    kind text NOT NULL,
    status text NOT NULL,
    CONSTRAINT pk_usage_loan PRIMARY KEY (loan_id)
);
CREATE INDEX ix_usage_loan_contract_id ON usage_loan (contract_id);
CREATE TABLE usage_device (
    device_id text NOT NULL,
    contract_id text NOT NULL,
    partner text,
    enrolled boolean NOT NULL,
    CONSTRAINT pk_usage_device PRIMARY KEY (device_id)
);
CREATE INDEX ix_usage_device_contract_id ON usage_device (contract_id);
CREATE TABLE usage_known (
    contract_id text NOT NULL,
    topic text NOT NULL,
    partner text,
    known_up_to timestamptz NOT NULL,
    CONSTRAINT pk_usage_known PRIMARY KEY (contract_id, topic)
);
"""

_TENANT = (
    "fee_month",
    "statement",
    "charge",
    "statement_line",
    "usage_inquiry",
    "usage_visit",
    "usage_loan",
    "usage_device",
    "usage_known",
)


def upgrade() -> None:
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in _TENANT:
        tenant_table(op, table, partner="SELECT")
    for table in ("statement", "statement_line"):
        append_only(op, table)
