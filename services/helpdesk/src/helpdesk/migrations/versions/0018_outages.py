"""Outages, what became known about them, and which inquiries are theirs."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, house_table, tenant_table

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SCRIPT = """
CREATE TABLE outage (
    id text CONSTRAINT pk_outage PRIMARY KEY,
    status text NOT NULL CONSTRAINT outage_status CHECK (status IN ('open', 'resolved')),
    title_ja text NOT NULL,
    title_en text NOT NULL,
    origin text NOT NULL CONSTRAINT outage_origin CHECK (origin IN ('carrier', 'provider', 'own')),
    party text,
    areas text[] NOT NULL,
    started_at timestamptz NOT NULL,
    expected_end_at timestamptz,
    ticket_number text,
    opened_at timestamptz NOT NULL,
    opened_by text NOT NULL,
    resolved_at timestamptz,
    version int NOT NULL,
    CONSTRAINT outage_resolved CHECK ((status = 'resolved') = (resolved_at IS NOT NULL)),
    CONSTRAINT outage_times CHECK (expected_end_at > started_at AND resolved_at > started_at)
);
CREATE INDEX ix_outage_open ON outage (id) WHERE status = 'open';
CREATE TABLE outage_update (
    id text CONSTRAINT pk_outage_update PRIMARY KEY,
    outage_id text NOT NULL CONSTRAINT fk_outage_update_outage_id REFERENCES outage,
    words_ja text NOT NULL,
    words_en text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX ix_outage_update_outage_id ON outage_update (outage_id, id);
CREATE TABLE outage_link (
    id text CONSTRAINT pk_outage_link PRIMARY KEY,
    outage_id text NOT NULL CONSTRAINT fk_outage_link_outage_id REFERENCES outage,
    inquiry_id text NOT NULL CONSTRAINT fk_outage_link_inquiry_id REFERENCES inquiry,
    partner text,
    contract_id text NOT NULL,
    linked_at timestamptz NOT NULL,
    linked_by text NOT NULL,
    unlinked_at timestamptz,
    unlinked_by text,
    CONSTRAINT outage_link_end CHECK ((unlinked_at IS NULL) = (unlinked_by IS NULL))
);
CREATE UNIQUE INDEX uq_outage_link_live ON outage_link (inquiry_id) WHERE unlinked_at IS NULL;
CREATE INDEX ix_outage_link_outage_id ON outage_link (outage_id, inquiry_id) WHERE unlinked_at IS NULL;
CREATE INDEX ix_outage_link_contract_id ON outage_link (contract_id);
"""
BANNER = "id, status, title_ja, title_en, origin, party, areas, started_at, expected_end_at"
"""What a tenant is told of an outage: not the carrier's ticket, nor who of the house wrote it down."""


def upgrade() -> None:
    for statement in filter(str.strip, SCRIPT.split(";\n")):
        op.execute(statement)
    house_table(op, "outage", house="SELECT, INSERT, UPDATE", partner=f"SELECT ({BANNER})")
    house_table(op, "outage_update", house="SELECT, INSERT")
    append_only(op, "outage_update")
    tenant_table(op, "outage_link", house="SELECT, INSERT, UPDATE")
