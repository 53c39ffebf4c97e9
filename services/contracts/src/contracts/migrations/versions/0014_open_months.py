"""The month of a contract that is to be closed next stands in a row of its own."""

from __future__ import annotations

from alembic import op

from common.migrations import tenant_table

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_STEPS = """
CREATE TABLE open_month (
    contract_id text NOT NULL,
    partner text,
    ends_at timestamptz,
    CONSTRAINT pk_open_month PRIMARY KEY (contract_id),
    CONSTRAINT fk_open_month_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id)
);
INSERT INTO open_month (contract_id, partner, ends_at) SELECT id, partner, open_month_ends_at FROM contract;
CREATE INDEX ix_open_month_ends_at ON open_month (ends_at, contract_id);
DROP INDEX ix_contract_open_month_ends_at;
ALTER TABLE contract DROP COLUMN open_month_ends_at;
"""


def upgrade() -> None:
    for statement in _STEPS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    tenant_table(op, "open_month", partner="SELECT, INSERT, UPDATE", house="SELECT, INSERT, UPDATE")
