"""A merge can be taken back, a new inquiry may follow up an old one, and a month remembers how full it ever was."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UNDO = """
ALTER TABLE inquiry
    ADD COLUMN merged_at timestamptz,
    ADD COLUMN status_before_merge text,
    ADD COLUMN follow_up_of text CONSTRAINT fk_inquiry_follow_up_of REFERENCES inquiry,
    ADD CONSTRAINT inquiry_merge CHECK (status = 'merged' OR (merged_at IS NULL AND status_before_merge IS NULL)),
    ADD CONSTRAINT inquiry_follows_another CHECK (follow_up_of <> id)
"""
# What was merged before this stands without a time: it is not taken back.


def upgrade() -> None:
    op.execute(UNDO)
    op.execute("CREATE INDEX ix_inquiry_follow_up_of ON inquiry (follow_up_of) WHERE follow_up_of IS NOT NULL")
    op.execute("ALTER TABLE quota_counter ADD COLUMN peak_percent int NOT NULL DEFAULT 0")
    for role in ("helpdesk", "helpdesk_partner"):
        op.execute(f"GRANT INSERT (peak_percent), UPDATE (peak_percent) ON quota_counter TO {role}")
