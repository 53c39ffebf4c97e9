"""Dead letters remember when and by whom they were redriven."""

from __future__ import annotations

from alembic import op

from common.migrations import keep_history_of_dead_letters

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keep_history_of_dead_letters(op)
