"""Who has which inquiry on the screen at this moment."""

from __future__ import annotations

from alembic import op

from common.migrations import house_table

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# No foreign key to the inquiry: it would wait for whoever works on that inquiry, and all others with it.
SCRIPT = """
CREATE TABLE inquiry_presence (
    id text CONSTRAINT pk_inquiry_presence PRIMARY KEY,
    inquiry_id text NOT NULL,
    operator text NOT NULL,
    process text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    until timestamptz NOT NULL
);
CREATE INDEX ix_inquiry_presence_inquiry_id ON inquiry_presence (inquiry_id);
"""


def upgrade() -> None:
    for statement in filter(str.strip, SCRIPT.split(";\n")):
        op.execute(statement)
    house_table(op, "inquiry_presence")
