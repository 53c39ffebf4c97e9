"""Secrets are counted by who was shown them, not by their login."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE credential_reveal ADD COLUMN person text NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE credential_reveal ALTER COLUMN person DROP DEFAULT")
    op.execute("DROP INDEX ix_credential_reveal_actor")
    op.execute("CREATE INDEX ix_credential_reveal_person ON credential_reveal (person, at)")
    op.execute("CREATE INDEX ix_credential_reveal_actor ON credential_reveal (actor, id)")
