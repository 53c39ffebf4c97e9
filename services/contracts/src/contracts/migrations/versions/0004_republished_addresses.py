"""Addresses that were told again, and as which version."""

from __future__ import annotations

from alembic import op

from common.migrations import house_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE republished_address (address_id text, version integer NOT NULL, "
        "CONSTRAINT pk_republished_address PRIMARY KEY (address_id))"
    )
    house_table(op, "republished_address")
