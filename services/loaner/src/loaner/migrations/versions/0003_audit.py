"""Who did what, sealed into a chain; how much of its limit each client has used."""

from __future__ import annotations

from alembic import op

from common.migrations import lay_audit

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lay_audit(op)
