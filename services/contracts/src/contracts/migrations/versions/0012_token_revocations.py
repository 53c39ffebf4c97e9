"""Tokens that are worth nothing any more: the list that all have a copy of."""

from __future__ import annotations

from alembic import op

from common.migrations import lay_revocations

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lay_revocations(op, partner="SELECT, INSERT, UPDATE")
