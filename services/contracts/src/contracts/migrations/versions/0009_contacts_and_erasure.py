"""People a contract names, what of an erased subscriber tax law wants kept, parked contracts that go on with a line."""

from __future__ import annotations

from alembic import op

from common.migrations import house_table, tenant_table

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLES = """
ALTER TABLE contract ADD COLUMN resumes_with_line boolean NOT NULL DEFAULT false;
ALTER TABLE contract ALTER COLUMN resumes_with_line DROP DEFAULT;
CREATE TABLE contact (
    contract_id text NOT NULL,
    partner text,
    id text NOT NULL,
    subscriber_id text NOT NULL,
    name text NOT NULL,
    name_kana text,
    phones text[] NOT NULL,
    email text,
    roles text[] NOT NULL,
    since timestamptz NOT NULL,
    CONSTRAINT pk_contact PRIMARY KEY (id),
    CONSTRAINT fk_contact_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id)
);
CREATE INDEX ix_contact_contract_id ON contact (contract_id, id);
CREATE INDEX ix_contact_subscriber_id ON contact (subscriber_id);
ALTER TABLE subscriber ADD COLUMN erased_at timestamptz;
CREATE TABLE tax_record (
    subscriber_id text NOT NULL,
    name text NOT NULL,
    postal_code text NOT NULL,
    prefecture text NOT NULL,
    city text NOT NULL,
    street text NOT NULL,
    building text,
    erased_at timestamptz NOT NULL,
    erased_by text NOT NULL,
    keep_until date NOT NULL,
    CONSTRAINT pk_tax_record PRIMARY KEY (subscriber_id)
);
CREATE INDEX ix_tax_record_keep_until ON tax_record (keep_until);
CREATE INDEX ix_consent_document ON consent (contract_id, document, document_version)
"""


def upgrade() -> None:
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    tenant_table(op, "contact", partner="SELECT, INSERT, UPDATE, DELETE")
    house_table(op, "tax_record", house="SELECT, INSERT, DELETE")
