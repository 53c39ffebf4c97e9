"""In whose name and on which line contracts stood when; parked lines, corrections, moves, consents of a holder."""

from __future__ import annotations

from alembic import op

from common.migrations import tenant_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = """
ALTER TABLE contract ADD COLUMN support_number text, ADD COLUMN parked_until timestamptz, ADD COLUMN correction jsonb;
CREATE UNIQUE INDEX uq_contract_support_number ON contract (support_number);
CREATE INDEX ix_contract_parked_until ON contract (parked_until) WHERE parked_until IS NOT NULL;
ALTER TABLE address_period ADD COLUMN announced boolean NOT NULL DEFAULT true;
ALTER TABLE address_period ALTER COLUMN announced DROP DEFAULT;
CREATE INDEX ix_address_period_starts_at ON address_period (starts_at) WHERE NOT announced;
ALTER TABLE consent ADD COLUMN holds_from timestamptz, ADD COLUMN holds_until timestamptz;
CREATE TABLE registration_period (
    contract_id text NOT NULL,
    partner text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    subscriber_id text NOT NULL,
    line_kind text,
    line_carrier text,
    line_number text,
    service_id text,
    access_lines jsonb NOT NULL,
    CONSTRAINT pk_registration_period PRIMARY KEY (contract_id, starts_at),
    CONSTRAINT fk_registration_period_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id),
    CONSTRAINT registration_period_no_overlap
        EXCLUDE USING gist (contract_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
);
INSERT INTO registration_period
    SELECT c.id, c.partner, least(c.applied_at, c.starts_at), NULL, c.subscriber_id, c.line_kind, c.line_carrier,
        c.line_number, c.service_id, c.access_lines
    FROM contract c;
ALTER TABLE republished_address ADD COLUMN contract_id text, ADD COLUMN partner text;
CREATE SEQUENCE support_number_seq
"""


# What was told of a contract's use belongs to whoever may see the contract, wherever it has moved meanwhile.
_TOLD_USE = ("usage_inquiry", "usage_visit", "usage_loan", "usage_device", "usage_known")


def upgrade() -> None:
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    tenant_table(op, "registration_period", partner="SELECT, INSERT, UPDATE, DELETE")
    tenant_table(op, "republished_address", partner="SELECT, INSERT, UPDATE")
    op.execute('GRANT UPDATE, DELETE ON address_period TO "contracts_partner"')
    op.execute('GRANT USAGE ON SEQUENCE support_number_seq TO "contracts"')
    for table in _TOLD_USE:
        op.execute(f"DROP POLICY partner ON {table}")
        op.execute(
            f'CREATE POLICY partner ON {table} TO "contracts_partner" '
            f"USING (EXISTS (SELECT FROM contract c WHERE c.id = {table}.contract_id))"
        )
