"""Tables of imported files. `legacy_source` remembers what a number of a file was; a dry run has a scope of its own."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.tables import instant
from contracts.storage.contract_tables import metadata


def _import_id(table: str) -> sa.Column[str]:
    key = sa.ForeignKey("legacy_import.id", name=f"fk_{table}_import_id")
    return sa.Column("import_id", sa.Text, key, nullable=False)


legacy_import = sa.Table(
    "legacy_import",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("format", sa.Text),
    sa.Column("encoding", sa.Text),
    sa.Column("dry_run", sa.Boolean, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.Text),
    sa.Column("columns", ARRAY(sa.Text)),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
    sa.Column("next_line", sa.Integer, nullable=False),
    sa.Column("counts", JSONB, nullable=False),
    sa.Column("failure", JSONB),
    sa.Column("received_at", instant(), nullable=False),
    sa.Column("received_by", sa.Text, nullable=False),
    sa.Column("finished_at", instant()),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("status IN ('receiving', 'reading', 'done', 'failed')", name="legacy_import_status"),
    sa.Index("ix_legacy_import_unfinished", "id", postgresql_where=sa.text("status IN ('receiving', 'reading')")),
)

legacy_import_chunk = sa.Table(
    "legacy_import_chunk",
    metadata,
    _import_id("legacy_import_chunk"),
    sa.Column("starts_at_byte", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.PrimaryKeyConstraint("import_id", "starts_at_byte"),
)

legacy_import_row = sa.Table(
    "legacy_import_row",
    metadata,
    _import_id("legacy_import_row"),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("legacy_number", sa.Text),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("findings", JSONB, nullable=False),
    sa.Column("contract_id", sa.Text),
    sa.Column("holder_key", sa.Text),
    sa.PrimaryKeyConstraint("import_id", "line"),
    sa.Index("ix_legacy_import_row_outcome", "import_id", "outcome", "line"),
    sa.Index("ix_legacy_import_row_holder_key", "import_id", "holder_key"),
)

legacy_source = sa.Table(
    "legacy_source",
    metadata,
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("refers_to", sa.Text, nullable=False),
    _import_id("legacy_source"),
    sa.PrimaryKeyConstraint("scope", "kind", "number"),
    sa.CheckConstraint("kind IN ('contract', 'subscriber')", name="legacy_source_kind"),
)
