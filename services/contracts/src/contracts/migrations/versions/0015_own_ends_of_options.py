"""An option keeps the end it would have by itself, so that the contract's end can be taken back."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE option_period ADD COLUMN own_ends_at timestamptz")
    op.execute("UPDATE option_period SET own_ends_at = ends_at")
