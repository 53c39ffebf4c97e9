"""Decision trees by version, runs through them, and which tree a triage followed."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, house_table, tenant_table

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TREE = """
CREATE TABLE triage_tree (
    code text,
    version int CONSTRAINT triage_tree_version CHECK (version > 0),
    body jsonb NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT pk_triage_tree PRIMARY KEY (code, version)
)
"""
RUN = """
CREATE TABLE triage_run (
    id text CONSTRAINT pk_triage_run PRIMARY KEY,
    inquiry_id text NOT NULL CONSTRAINT fk_triage_run_inquiry_id REFERENCES inquiry,
    partner text,
    contract_id text NOT NULL,
    tree_code text NOT NULL,
    tree_version int NOT NULL,
    status text NOT NULL CONSTRAINT triage_run_status CHECK (status IN ('running', 'finished', 'left')),
    path jsonb NOT NULL,
    outcome text,
    triage_id text CONSTRAINT fk_triage_run_triage_id REFERENCES triage,
    started_at timestamptz NOT NULL,
    started_by text NOT NULL,
    ended_at timestamptz,
    ended_by text,
    CONSTRAINT fk_triage_run_tree FOREIGN KEY (tree_code, tree_version) REFERENCES triage_tree,
    CONSTRAINT triage_run_end CHECK ((status = 'running') = (ended_at IS NULL)),
    CONSTRAINT triage_run_outcome CHECK ((status = 'finished') = (outcome IS NOT NULL))
)
"""
INDEXES = (
    "CREATE INDEX ix_triage_run_inquiry_id ON triage_run (inquiry_id)",
    "CREATE INDEX ix_triage_run_tree ON triage_run (tree_code, started_at)",
    "CREATE UNIQUE INDEX uq_triage_run_running ON triage_run (inquiry_id) WHERE status = 'running'",
)


def upgrade() -> None:
    for statement in (TREE, RUN, *INDEXES):
        op.execute(statement)
    op.execute("ALTER TABLE triage ADD COLUMN tree_code text, ADD COLUMN tree_version int, ADD COLUMN outcome text")
    house_table(op, "triage_tree", house="SELECT, INSERT", partner="SELECT")
    append_only(op, "triage_tree")
    tenant_table(op, "triage_run", house="SELECT, INSERT, UPDATE", partner="SELECT")
