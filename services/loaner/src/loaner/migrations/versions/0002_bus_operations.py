"""Dead letters remember when and by whom they were redriven; consumers report how they stand."""

from __future__ import annotations

from alembic import op

from common.migrations import lay_bus_operations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lay_bus_operations(op)
