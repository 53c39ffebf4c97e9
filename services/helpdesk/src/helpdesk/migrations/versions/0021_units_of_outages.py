"""Whether an inquiry that stands still counts: its unit may have gone back because of an outage."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE inquiry ADD COLUMN counted boolean NOT NULL DEFAULT true")
