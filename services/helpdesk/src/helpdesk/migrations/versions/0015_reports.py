"""Reports by web or partner, taken at any time and judged when somebody is there."""

from __future__ import annotations

from alembic import op

from common.migrations import tenant_table

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SCRIPT = """
CREATE TABLE report (
    id text CONSTRAINT pk_report PRIMARY KEY,
    partner text,
    contract_id text NOT NULL,
    subscriber_id text NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL CONSTRAINT report_channel CHECK (channel IN ('web', 'partner')),
    site text NOT NULL,
    summary text NOT NULL,
    caller_name text,
    caller_phone text,
    device_kind text,
    device_os text,
    follow_up_of text,
    reported_at timestamptz NOT NULL,
    reported_by text NOT NULL,
    status text NOT NULL CONSTRAINT report_status CHECK (status IN ('reported', 'accepted', 'refused', 'withdrawn')),
    judge_at timestamptz,
    inquiry_id text CONSTRAINT fk_report_inquiry_id REFERENCES inquiry CONSTRAINT uq_report_inquiry UNIQUE,
    refusal_id text CONSTRAINT fk_report_refusal_id REFERENCES refusal,
    reason text,
    ended_at timestamptz,
    CONSTRAINT report_waits CHECK ((status = 'reported') = (judge_at IS NOT NULL)
        AND (status = 'reported') = (ended_at IS NULL)),
    CONSTRAINT report_became CHECK ((status = 'accepted') = (inquiry_id IS NOT NULL)
        AND (status = 'refused') = (refusal_id IS NOT NULL) AND (status = 'withdrawn') = (reason IS NOT NULL))
);
CREATE INDEX ix_report_contract_id ON report (contract_id, id);
CREATE INDEX ix_report_subscriber_id ON report (subscriber_id);
CREATE INDEX ix_report_judge_at ON report (judge_at) WHERE judge_at IS NOT NULL;
"""


def upgrade() -> None:
    for statement in filter(str.strip, SCRIPT.split(";\n")):
        op.execute(statement)
    tenant_table(op, "report", house="SELECT, INSERT, UPDATE", partner="SELECT, INSERT, UPDATE")
