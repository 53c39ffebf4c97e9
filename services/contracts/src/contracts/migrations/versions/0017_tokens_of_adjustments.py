"""By which token an adjustment was asked for, so that rights withdrawn meanwhile are noticed at its approval."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE adjustment ADD COLUMN asked_by_client text, ADD COLUMN asked_by_token text, "
        "ADD COLUMN asked_by_token_issued_at timestamptz"
    )
