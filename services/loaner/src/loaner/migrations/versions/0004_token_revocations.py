"""Tokens that are worth nothing any more."""

from __future__ import annotations

from alembic import op

from common.migrations import lay_revocations

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lay_revocations(op)
