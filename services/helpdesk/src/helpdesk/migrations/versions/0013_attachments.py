"""Files on cases: they belong to whoever the contract belongs to, and only their erasure ever changes them."""

from __future__ import annotations

from alembic import op

from common.migrations import house_table

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ATTACHMENT = """
CREATE TABLE attachment (
    id text CONSTRAINT pk_attachment PRIMARY KEY,
    inquiry_id text NOT NULL CONSTRAINT fk_attachment_inquiry_id REFERENCES inquiry,
    contract_id text NOT NULL,
    visibility text NOT NULL CONSTRAINT attachment_visibility CHECK (visibility IN ('internal', 'shared')),
    file_name text,
    media_type text NOT NULL,
    size int NOT NULL CONSTRAINT attachment_size CHECK (size > 0),
    sha256 text NOT NULL,
    content bytea,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT attachment_erased CHECK ((content IS NULL) = (file_name IS NULL)),
    CONSTRAINT attachment_whole CHECK (octet_length(content) = size)
)
"""
SEEN = """EXISTS (SELECT FROM entitlement e WHERE e.contract_id = attachment.contract_id
    AND e.partner = current_setting('app.partner', true))"""
POLICIES = (
    "ALTER TABLE attachment ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY house ON attachment TO helpdesk USING (true) WITH CHECK (true)",
    f"CREATE POLICY partner ON attachment TO helpdesk_partner USING ({SEEN}) WITH CHECK ({SEEN})",
    (
        "CREATE POLICY shared ON attachment AS RESTRICTIVE TO helpdesk_partner "
        "USING (visibility = 'shared') WITH CHECK (visibility = 'shared')"
    ),
)


def upgrade() -> None:
    op.execute(ATTACHMENT)
    op.execute("ALTER TABLE attachment ALTER COLUMN content SET STORAGE EXTERNAL")  # photos are compressed already
    op.execute("CREATE INDEX ix_attachment_inquiry_id ON attachment (inquiry_id)")
    for statement in POLICIES:
        op.execute(statement)
    house_table(op, "attachment", house="SELECT, INSERT, UPDATE (content, file_name)", partner="SELECT, INSERT")
