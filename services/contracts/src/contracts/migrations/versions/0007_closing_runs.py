"""Closing runs, what they could not close, adjustments; statements say whether they came after the contract's end."""

from __future__ import annotations

from alembic import op

from common.migrations import house_table, tenant_table

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STEPS = """
ALTER TABLE statement ADD COLUMN kind text NOT NULL DEFAULT 'regular';
ALTER TABLE statement ADD CONSTRAINT statement_kind CHECK (kind IN ('regular', 'supplementary'));
CREATE TABLE closing_run (
    id text NOT NULL,
    until timestamptz NOT NULL,
    automatic boolean NOT NULL,
    status text NOT NULL,
    started_at timestamptz NOT NULL,
    started_by text NOT NULL,
    finished_at timestamptz,
    statements integer NOT NULL,
    total bigint NOT NULL,
    failures integer NOT NULL,
    version integer NOT NULL,
    CONSTRAINT pk_closing_run PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_closing_run_running ON closing_run (status) WHERE status = 'running';
CREATE TABLE closing_failure (
    contract_id text NOT NULL,
    partner text,
    fee_month text NOT NULL,
    run_id text NOT NULL,
    at timestamptz NOT NULL,
    code text NOT NULL,
    why text NOT NULL,
    CONSTRAINT pk_closing_failure PRIMARY KEY (contract_id),
    CONSTRAINT fk_closing_failure_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id),
    CONSTRAINT fk_closing_failure_run_id FOREIGN KEY (run_id) REFERENCES closing_run (id)
);
CREATE INDEX ix_closing_failure_run_id ON closing_failure (run_id, contract_id);
CREATE TABLE adjustment (
    contract_id text NOT NULL,
    partner text,
    id text NOT NULL,
    subscriber_id text NOT NULL,
    fee_month text NOT NULL,
    amount integer NOT NULL,
    tax_rate integer NOT NULL,
    text text NOT NULL,
    reason text NOT NULL,
    status text NOT NULL,
    alone boolean NOT NULL,
    ordinal integer NOT NULL,
    asked_by text NOT NULL,
    asked_by_person text,
    asked_at timestamptz NOT NULL,
    decided_by text,
    decided_by_person text,
    decided_at timestamptz,
    statement_id text,
    event_id text,
    version integer NOT NULL,
    CONSTRAINT pk_adjustment PRIMARY KEY (id),
    CONSTRAINT fk_adjustment_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id),
    CONSTRAINT fk_adjustment_statement_id FOREIGN KEY (statement_id) REFERENCES statement (id),
    CONSTRAINT adjustment_two_people
        CHECK (alone OR status <> 'approved' OR (decided_by <> asked_by AND decided_by_person IS NOT NULL
                                                 AND asked_by_person IS NOT NULL
                                                 AND decided_by_person <> asked_by_person)),
    CONSTRAINT adjustment_decided CHECK ((status = 'requested') = (decided_by IS NULL)),
    CONSTRAINT adjustment_billed CHECK (statement_id IS NULL OR status = 'approved')
);
CREATE INDEX ix_adjustment_contract_id ON adjustment (contract_id, id);
CREATE INDEX ix_adjustment_unbilled ON adjustment (contract_id)
    WHERE statement_id IS NULL AND status = 'approved';
CREATE UNIQUE INDEX uq_adjustment_alone ON adjustment (contract_id, fee_month, ordinal) WHERE alone;
ALTER TABLE statement_line ADD COLUMN adjustment_id text;
ALTER TABLE statement_line ADD CONSTRAINT uq_statement_line_adjustment UNIQUE (adjustment_id);
ALTER TABLE statement_line ADD CONSTRAINT fk_statement_line_adjustment_id
    FOREIGN KEY (adjustment_id) REFERENCES adjustment (id);
"""


def upgrade() -> None:
    for statement in _STEPS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    house_table(op, "closing_run", house="SELECT, INSERT, UPDATE")
    tenant_table(op, "closing_failure")
    tenant_table(op, "adjustment", house="SELECT, INSERT, UPDATE")
