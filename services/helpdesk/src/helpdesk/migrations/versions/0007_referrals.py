"""Line faults handed to carriers, followed up until they have answered."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, house_table, tenant_table

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

REFERRAL = """
CREATE TABLE referral (
    id text CONSTRAINT pk_referral PRIMARY KEY,
    inquiry_id text NOT NULL CONSTRAINT fk_referral_inquiry_id REFERENCES inquiry,
    partner text,
    contract_id text NOT NULL,
    verdict_id text NOT NULL CONSTRAINT fk_referral_verdict_id REFERENCES verdict,
    carrier text NOT NULL,
    ticket_number text NOT NULL,
    status text NOT NULL CONSTRAINT referral_status CHECK (status IN ('open', 'answered')),
    follow_up_at timestamptz NOT NULL,
    referred_at timestamptz NOT NULL,
    referred_by text NOT NULL,
    outcome text CONSTRAINT referral_outcome CHECK (outcome IN ('repaired', 'no_fault', 'planned')),
    answer text,
    answered_at timestamptz,
    answered_by text,
    CONSTRAINT referral_answer CHECK ((status = 'answered') = (answered_at IS NOT NULL AND outcome IS NOT NULL))
)
"""
FOLLOW_UP = """
CREATE TABLE referral_follow_up (
    id text CONSTRAINT pk_referral_follow_up PRIMARY KEY,
    referral_id text NOT NULL CONSTRAINT fk_referral_follow_up_referral_id REFERENCES referral,
    inquiry_id text NOT NULL CONSTRAINT fk_referral_follow_up_inquiry_id REFERENCES inquiry,
    contract_id text NOT NULL,
    words text NOT NULL,
    next_at timestamptz NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL
)
"""
INDEXES = (
    "CREATE INDEX ix_referral_inquiry_id ON referral (inquiry_id)",
    "CREATE INDEX ix_referral_due ON referral (follow_up_at) WHERE status = 'open'",
    "CREATE UNIQUE INDEX uq_referral_open ON referral (inquiry_id) WHERE status = 'open'",
    "CREATE INDEX ix_referral_follow_up_referral_id ON referral_follow_up (referral_id)",
)


def upgrade() -> None:
    for statement in (REFERRAL, FOLLOW_UP, *INDEXES):
        op.execute(statement)
    tenant_table(op, "referral", house="SELECT, INSERT, UPDATE", partner="SELECT")
    op.execute("ALTER TABLE referral_follow_up ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY house ON referral_follow_up TO helpdesk USING (true) WITH CHECK (true)")
    house_table(op, "referral_follow_up", house="SELECT, INSERT")
    append_only(op, "referral_follow_up")
