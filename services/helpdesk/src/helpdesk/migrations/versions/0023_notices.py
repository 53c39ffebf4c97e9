"""Notices of outages; a note says of which notice it is, and no inquiry has two of one."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, house_table

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

SCRIPT = """
CREATE TABLE outage_notice (
    id text CONSTRAINT pk_outage_notice PRIMARY KEY,
    outage_id text NOT NULL CONSTRAINT fk_outage_notice_outage_id REFERENCES outage,
    body_ja text NOT NULL,
    body_en text NOT NULL,
    digest text NOT NULL,
    article_id text CONSTRAINT fk_outage_notice_article_id REFERENCES article,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT uq_outage_notice_digest UNIQUE (outage_id, digest)
);
ALTER TABLE note ADD COLUMN notice_id text CONSTRAINT fk_note_notice_id REFERENCES outage_notice;
CREATE UNIQUE INDEX uq_note_notice ON note (notice_id, inquiry_id) WHERE notice_id IS NOT NULL;
"""


def upgrade() -> None:
    for statement in filter(str.strip, SCRIPT.split(";\n")):
        op.execute(statement)
    house_table(op, "outage_notice", house="SELECT, INSERT")
    append_only(op, "outage_notice")
