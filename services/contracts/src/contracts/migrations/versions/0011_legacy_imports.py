"""Files of old contracts: what was received, how far it was read, what became of each row."""

from __future__ import annotations

from alembic import op

from common.migrations import house_table

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE legacy_import (
        id text NOT NULL,
        file_name text NOT NULL,
        format text,
        encoding text,
        dry_run boolean NOT NULL,
        status text NOT NULL,
        size_bytes bigint NOT NULL,
        digest text,
        columns text[],
        next_offset bigint NOT NULL,
        next_line integer NOT NULL,
        counts jsonb NOT NULL,
        failure jsonb,
        received_at timestamptz NOT NULL,
        received_by text NOT NULL,
        finished_at timestamptz,
        version integer NOT NULL,
        CONSTRAINT pk_legacy_import PRIMARY KEY (id),
        CONSTRAINT legacy_import_status CHECK (status IN ('receiving', 'reading', 'done', 'failed'))
    )
    """,
    "CREATE INDEX ix_legacy_import_unfinished ON legacy_import (id) WHERE status IN ('receiving', 'reading')",
    """
    CREATE TABLE legacy_import_chunk (
        import_id text NOT NULL,
        starts_at_byte bigint NOT NULL,
        body bytea NOT NULL,
        CONSTRAINT pk_legacy_import_chunk PRIMARY KEY (import_id, starts_at_byte),
        CONSTRAINT fk_legacy_import_chunk_import_id FOREIGN KEY (import_id) REFERENCES legacy_import (id)
    )
    """,
    """
    CREATE TABLE legacy_import_row (
        import_id text NOT NULL,
        line integer NOT NULL,
        legacy_number text,
        outcome text NOT NULL,
        findings jsonb NOT NULL,
        contract_id text,
        holder_key text,
        CONSTRAINT pk_legacy_import_row PRIMARY KEY (import_id, line),
        CONSTRAINT fk_legacy_import_row_import_id FOREIGN KEY (import_id) REFERENCES legacy_import (id)
    )
    """,
    "CREATE INDEX ix_legacy_import_row_outcome ON legacy_import_row (import_id, outcome, line)",
    "CREATE INDEX ix_legacy_import_row_holder_key ON legacy_import_row (import_id, holder_key)",
    """
    CREATE TABLE legacy_source (
        scope text NOT NULL,
        kind text NOT NULL,
        number text NOT NULL,
        digest text NOT NULL,
        refers_to text NOT NULL,
        import_id text NOT NULL,
        CONSTRAINT pk_legacy_source PRIMARY KEY (scope, kind, number),
        CONSTRAINT legacy_source_kind CHECK (kind IN ('contract', 'subscriber')),
        CONSTRAINT fk_legacy_source_import_id FOREIGN KEY (import_id) REFERENCES legacy_import (id)
    )
    """,
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
    house_table(op, "legacy_import", house="SELECT, INSERT, UPDATE, DELETE")
    house_table(op, "legacy_import_chunk", house="SELECT, INSERT, DELETE")
    house_table(op, "legacy_import_row", house="SELECT, INSERT, DELETE")
    house_table(op, "legacy_source", house="SELECT, INSERT, DELETE")
