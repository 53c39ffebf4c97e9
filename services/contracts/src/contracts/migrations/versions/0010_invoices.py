"""Invoices with their corrections, what is owed on them, and what was given back; how a subscriber is billed."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, house_table, tenant_table

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE subscriber_billing (
    subscriber_id text NOT NULL,
    partner text,
    consolidated boolean NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT pk_subscriber_billing PRIMARY KEY (subscriber_id),
    CONSTRAINT fk_subscriber_billing_subscriber_id FOREIGN KEY (subscriber_id) REFERENCES subscriber (id)
);
CREATE TABLE uninvoiced (
    statement_id text NOT NULL,
    partner text,
    subscriber_id text NOT NULL,
    fee_month text NOT NULL,
    closed_at timestamptz NOT NULL,
    CONSTRAINT pk_uninvoiced PRIMARY KEY (statement_id)
);
CREATE INDEX ix_uninvoiced_subscriber_id ON uninvoiced (subscriber_id, fee_month);
INSERT INTO uninvoiced (statement_id, partner, subscriber_id, fee_month, closed_at)
    SELECT id, partner, subscriber_id, fee_month, closed_at FROM statement;
CREATE TABLE document_count (
    letter text NOT NULL,
    year integer NOT NULL,
    last integer NOT NULL,
    CONSTRAINT pk_document_count PRIMARY KEY (letter, year)
);
CREATE TABLE invoice (
    id text NOT NULL,
    partner text,
    number text NOT NULL,
    kind text NOT NULL,
    corrects text,
    corrects_number text,
    subscriber_id text NOT NULL,
    issued_at timestamptz NOT NULL,
    issued_on date NOT NULL,
    issued_by text NOT NULL,
    due_on date NOT NULL,
    issuer jsonb NOT NULL,
    customer jsonb NOT NULL,
    lines jsonb NOT NULL,
    total integer NOT NULL,
    tax integer NOT NULL,
    tax_rates jsonb NOT NULL,
    reason text,
    CONSTRAINT pk_invoice PRIMARY KEY (id),
    CONSTRAINT uq_invoice_number UNIQUE (number),
    CONSTRAINT uq_invoice_corrects UNIQUE (corrects),
    CONSTRAINT invoice_corrects CHECK ((kind = 'corrected') = (corrects IS NOT NULL)),
    CONSTRAINT fk_invoice_corrects FOREIGN KEY (corrects) REFERENCES invoice (id),
    CONSTRAINT fk_invoice_subscriber_id FOREIGN KEY (subscriber_id) REFERENCES subscriber (id)
);
CREATE INDEX ix_invoice_subscriber_id ON invoice (subscriber_id, id);
CREATE INDEX ix_invoice_issued_on ON invoice (issued_on, id);
CREATE TABLE invoice_statement (
    statement_id text NOT NULL,
    partner text,
    invoice_id text NOT NULL,
    CONSTRAINT pk_invoice_statement PRIMARY KEY (statement_id),
    CONSTRAINT fk_invoice_statement_statement_id FOREIGN KEY (statement_id) REFERENCES statement (id),
    CONSTRAINT fk_invoice_statement_invoice_id FOREIGN KEY (invoice_id) REFERENCES invoice (id)
);
CREATE INDEX ix_invoice_statement_invoice_id ON invoice_statement (invoice_id);
CREATE TABLE receivable (
    invoice_id text NOT NULL,
    partner text,
    subscriber_id text NOT NULL,
    owing text NOT NULL,
    total integer NOT NULL,
    credited integer NOT NULL DEFAULT 0,
    failures integer NOT NULL,
    failed_for text,
    due_on date NOT NULL,
    paid_on date,
    sequence integer NOT NULL,
    CONSTRAINT pk_receivable PRIMARY KEY (invoice_id),
    CONSTRAINT receivable_credited CHECK (credited BETWEEN 0 AND total),
    CONSTRAINT receivable_paid CHECK ((owing = 'paid') = (paid_on IS NOT NULL)),
    CONSTRAINT fk_receivable_invoice_id FOREIGN KEY (invoice_id) REFERENCES invoice (id)
);
CREATE INDEX ix_receivable_owing ON receivable (owing, due_on) WHERE owing IN ('open', 'requested', 'failed');
CREATE TABLE invoice_rate (
    invoice_id text NOT NULL,
    partner text,
    rate integer NOT NULL,
    total integer NOT NULL,
    credited integer NOT NULL DEFAULT 0,
    CONSTRAINT pk_invoice_rate PRIMARY KEY (invoice_id, rate),
    CONSTRAINT invoice_rate_credited CHECK (credited BETWEEN 0 AND total),
    CONSTRAINT fk_invoice_rate_invoice_id FOREIGN KEY (invoice_id) REFERENCES invoice (id)
);
CREATE TABLE credit_note (
    id text NOT NULL,
    partner text,
    number text NOT NULL,
    invoice_id text NOT NULL,
    invoice_number text NOT NULL,
    invoice_issued_on date NOT NULL,
    subscriber_id text NOT NULL,
    issued_at timestamptz NOT NULL,
    issued_on date NOT NULL,
    issued_by text NOT NULL,
    issuer jsonb NOT NULL,
    customer jsonb NOT NULL,
    text text NOT NULL,
    total integer NOT NULL,
    tax integer NOT NULL,
    tax_rates jsonb NOT NULL,
    CONSTRAINT pk_credit_note PRIMARY KEY (id),
    CONSTRAINT uq_credit_note_number UNIQUE (number),
    CONSTRAINT fk_credit_note_invoice_id FOREIGN KEY (invoice_id) REFERENCES invoice (id)
);
CREATE INDEX ix_credit_note_invoice_id ON credit_note (invoice_id);
CREATE INDEX ix_credit_note_issued_on ON credit_note (issued_on, id);
CREATE TABLE credit_note_rate (
    credit_note_id text NOT NULL,
    partner text,
    invoice_id text NOT NULL,
    rate integer NOT NULL,
    total integer NOT NULL,
    CONSTRAINT pk_credit_note_rate PRIMARY KEY (credit_note_id, rate),
    CONSTRAINT credit_note_rate_total CHECK (total > 0),
    CONSTRAINT fk_credit_note_rate_credit_note_id FOREIGN KEY (credit_note_id) REFERENCES credit_note (id),
    CONSTRAINT fk_credit_note_rate_invoice FOREIGN KEY (invoice_id, rate) REFERENCES invoice_rate (invoice_id, rate)
);
"""

# What was given back is counted by the owner of the tables, so that no service can give back more than was charged:
# neither of two at once, nor of an invoice that another one has replaced.
_COUNT = """
CREATE FUNCTION count_credit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {package}, pg_temp AS $$
BEGIN
    UPDATE receivable SET credited = credited + NEW.total WHERE invoice_id = NEW.invoice_id AND owing <> 'corrected';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'invoice % was replaced', NEW.invoice_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_of_replaced_invoice';
    END IF;
    UPDATE invoice_rate SET credited = credited + NEW.total WHERE invoice_id = NEW.invoice_id AND rate = NEW.rate;
    RETURN NEW;
END $$
"""

_TENANT = {
    "uninvoiced": "SELECT, INSERT, UPDATE, DELETE",
    "subscriber_billing": "SELECT, INSERT, UPDATE",
    "invoice": "SELECT, INSERT",
    "invoice_statement": "SELECT, INSERT",
    "receivable": "SELECT, INSERT, UPDATE (owing, failures, failed_for, paid_on, sequence)",
    "invoice_rate": "SELECT, INSERT",
    "credit_note": "SELECT, INSERT",
    "credit_note_rate": "SELECT, INSERT",
}


def upgrade() -> None:
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    package = str(op.get_bind().exec_driver_sql("SELECT current_schema()").scalar_one())
    op.execute(_COUNT.format(package=package))
    op.execute(
        "CREATE TRIGGER count_credit BEFORE INSERT ON credit_note_rate FOR EACH ROW EXECUTE FUNCTION count_credit()"
    )
    for table, house in _TENANT.items():
        tenant_table(op, table, partner=None if table == "uninvoiced" else "SELECT", house=house)
    house_table(op, "document_count", house="SELECT, INSERT, UPDATE")
    for table in ("invoice", "invoice_statement", "credit_note", "credit_note_rate"):
        append_only(op, table)
