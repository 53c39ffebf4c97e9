"""Each tenant's documents are numbered in a series of its own; documents that have a number keep it.

Support numbers are drawn from now on; their sequence stays, unused, for those who run beside this migration.
"""

from __future__ import annotations

from alembic import op

from common.migrations import tenant_table

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE document_series (partner text NOT NULL, series text NOT NULL, "
        "CONSTRAINT pk_document_series PRIMARY KEY (partner), CONSTRAINT uq_document_series_series UNIQUE (series))"
    )
    tenant_table(op, "document_series", house="SELECT, INSERT")
