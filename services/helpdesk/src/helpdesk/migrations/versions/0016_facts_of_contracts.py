"""A fact about a contract belongs to the story of each of its open cases: it stands once in each."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE case_entry DROP CONSTRAINT uq_case_entry_event_id")
    op.execute("ALTER TABLE case_entry ADD CONSTRAINT uq_case_entry_event_id UNIQUE (event_id, inquiry_id)")
