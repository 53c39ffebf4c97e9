"""Depots, units with their erasures, loans with their steps and refusals, and what is projected from others."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, create_platform, house_table, tenant_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE depot (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_depot PRIMARY KEY (id),
    CONSTRAINT uq_depot_name UNIQUE (name)
);
CREATE TABLE stock (
    depot_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    last_number INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_stock PRIMARY KEY (depot_id, kind),
    CONSTRAINT fk_stock_depot_id FOREIGN KEY(depot_id) REFERENCES depot (id)
);
CREATE TABLE unit (
    id TEXT NOT NULL,
    depot_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    maker TEXT NOT NULL,
    model TEXT NOT NULL,
    serial TEXT NOT NULL,
    asset_tag TEXT NOT NULL,
    accessories TEXT[] NOT NULL,
    has_storage BOOLEAN NOT NULL,
    status TEXT NOT NULL,
    condition TEXT NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_returned_at TIMESTAMP WITH TIME ZONE,
    last_erased_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    CONSTRAINT pk_unit PRIMARY KEY (id),
    CONSTRAINT fk_unit_stock FOREIGN KEY(depot_id, kind) REFERENCES stock (depot_id, kind),
    CONSTRAINT uq_unit_asset_tag UNIQUE (asset_tag),
    CONSTRAINT uq_unit_serial UNIQUE (maker, serial),
    CONSTRAINT unit_status_known CHECK (
        status IN ('awaiting_erasure', 'in_inspection', 'in_repair', 'in_stock', 'lost', 'on_loan', 'reserved',
                   'retired')),
    CONSTRAINT unit_erased_before_lending CHECK (
        NOT has_storage OR status NOT IN ('in_stock', 'reserved', 'on_loan') OR last_returned_at IS NULL
        OR (last_erased_at IS NOT NULL AND last_erased_at >= last_returned_at))
);
CREATE INDEX ix_unit_stock ON unit (depot_id, kind, status, id);
CREATE TABLE erasure (
    id TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    method TEXT NOT NULL,
    verified_by TEXT NOT NULL,
    serial TEXT NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    CONSTRAINT pk_erasure PRIMARY KEY (id),
    CONSTRAINT fk_erasure_unit_id FOREIGN KEY(unit_id) REFERENCES unit (id)
);
CREATE INDEX ix_erasure_unit_id ON erasure (unit_id, id);
CREATE TABLE loan (
    id TEXT NOT NULL,
    inquiry_id TEXT NOT NULL,
    contract_id TEXT NOT NULL,
    partner TEXT,
    kind TEXT NOT NULL,
    depot_id TEXT NOT NULL,
    days INTEGER NOT NULL,
    wished_by TEXT,
    status TEXT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    evidence JSONB NOT NULL,
    version INTEGER NOT NULL,
    unit_id TEXT,
    waitlist_number INTEGER,
    hold_codes TEXT[] NOT NULL,
    hold_since TIMESTAMP WITH TIME ZONE,
    carrier TEXT,
    tracking_number TEXT,
    address_id TEXT,
    shipped_at TIMESTAMP WITH TIME ZONE,
    delivered_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    next_reminder_at TIMESTAMP WITH TIME ZONE,
    handed_over_at TIMESTAMP WITH TIME ZONE,
    received_at TIMESTAMP WITH TIME ZONE,
    days_late INTEGER,
    condition TEXT,
    missing_accessories TEXT[] NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_reason TEXT,
    CONSTRAINT pk_loan PRIMARY KEY (id),
    CONSTRAINT fk_loan_stock FOREIGN KEY(depot_id, kind) REFERENCES stock (depot_id, kind),
    CONSTRAINT loan_status_known CHECK (
        status IN ('cancelled', 'closed', 'delivered', 'lost', 'overdue', 'reserved', 'returned', 'shipped',
                   'waitlisted')),
    CONSTRAINT loan_with_its_unit CHECK (
        NOT (status IN ('delivered', 'lost', 'overdue', 'reserved', 'returned', 'shipped')) OR unit_id IS NOT NULL),
    CONSTRAINT loan_with_its_number CHECK (status <> 'waitlisted' OR waitlist_number IS NOT NULL),
    CONSTRAINT fk_loan_unit_id FOREIGN KEY(unit_id) REFERENCES unit (id)
);
CREATE INDEX ix_loan_contract_id ON loan (contract_id, id);
CREATE INDEX ix_loan_due_at ON loan (due_at) WHERE status IN ('delivered', 'overdue');
CREATE INDEX ix_loan_inquiry_id ON loan (inquiry_id, id);
CREATE INDEX ix_loan_next_reminder_at ON loan (next_reminder_at) WHERE next_reminder_at IS NOT NULL;
CREATE UNIQUE INDEX loan_one_open_per_kind ON loan (contract_id, kind)
    WHERE status IN ('delivered', 'overdue', 'reserved', 'shipped', 'waitlisted');
CREATE UNIQUE INDEX loan_one_per_unit ON loan (unit_id)
    WHERE status IN ('delivered', 'lost', 'overdue', 'reserved', 'returned', 'shipped');
CREATE UNIQUE INDEX loan_waitlist_number ON loan (depot_id, kind, waitlist_number);
CREATE TABLE loan_step (
    loan_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    partner TEXT,
    event TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    body JSONB NOT NULL,
    CONSTRAINT pk_loan_step PRIMARY KEY (loan_id, sequence),
    CONSTRAINT fk_loan_step_loan_id FOREIGN KEY(loan_id) REFERENCES loan (id)
);
CREATE TABLE loan_refusal (
    id TEXT NOT NULL,
    partner TEXT,
    inquiry_id TEXT NOT NULL,
    contract_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    reasons JSONB NOT NULL,
    refused_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    CONSTRAINT pk_loan_refusal PRIMARY KEY (id)
);
CREATE INDEX ix_loan_refusal_inquiry_id ON loan_refusal (inquiry_id, id);
CREATE TABLE entitlement (
    contract_id TEXT NOT NULL,
    partner TEXT,
    version INTEGER NOT NULL,
    state JSONB NOT NULL,
    known_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_entitlement PRIMARY KEY (contract_id)
);
CREATE TABLE support_case (
    inquiry_id TEXT NOT NULL,
    contract_id TEXT NOT NULL,
    partner TEXT,
    site TEXT,
    status TEXT DEFAULT 'open' NOT NULL,
    status_sequence INTEGER DEFAULT '0' NOT NULL,
    merged_into TEXT,
    verdict JSONB,
    verdict_sequence INTEGER DEFAULT '0' NOT NULL,
    known_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_support_case PRIMARY KEY (inquiry_id)
);
CREATE INDEX ix_support_case_contract_id ON support_case (contract_id);
CREATE INDEX ix_support_case_merged_into ON support_case (merged_into);
CREATE TABLE address (
    id TEXT NOT NULL,
    contract_id TEXT NOT NULL,
    partner TEXT,
    sequence INTEGER NOT NULL,
    postal_code TEXT NOT NULL,
    prefecture TEXT NOT NULL,
    city TEXT NOT NULL,
    street TEXT NOT NULL,
    building TEXT,
    CONSTRAINT pk_address PRIMARY KEY (id)
);
CREATE INDEX ix_address_contract_id ON address (contract_id);
CREATE TABLE catalogue (
    part TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body JSONB NOT NULL,
    known_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_catalogue PRIMARY KEY (part)
);
"""


def upgrade() -> None:
    create_platform(op)
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in ("depot", "stock", "unit", "catalogue"):
        house_table(op, table)
    house_table(op, "erasure", house="SELECT, INSERT")
    append_only(op, "erasure")
    for table in ("loan", "loan_step", "loan_refusal"):
        tenant_table(op, table, partner="SELECT")
    for table in ("entitlement", "support_case", "address"):
        tenant_table(op, table)
