"""Calls of telephone systems, and promises to ring back."""

from __future__ import annotations

from alembic import op

from common.migrations import house_table

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCRIPT = """
CREATE INDEX ix_subscriber_phones ON subscriber USING gin (phones);
CREATE TABLE pbx_connection (
    id text CONSTRAINT pk_pbx_connection PRIMARY KEY,
    name text NOT NULL,
    secret_hash bytea NOT NULL CONSTRAINT uq_pbx_connection_secret UNIQUE,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE TABLE call (
    id text CONSTRAINT pk_call PRIMARY KEY,
    pbx_id text NOT NULL CONSTRAINT fk_call_pbx_id REFERENCES pbx_connection,
    reference text NOT NULL,
    direction text NOT NULL CONSTRAINT call_direction CHECK (direction IN ('in', 'out')),
    from_number text,
    to_number text,
    subscriber_id text,
    contract_id text,
    inquiry_id text CONSTRAINT fk_call_inquiry_id REFERENCES inquiry,
    "user" text,
    began_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz,
    cause text,
    state text NOT NULL CONSTRAINT call_state CHECK (state = CASE
        WHEN answered_at IS NULL AND ended_at IS NULL THEN 'ringing'
        WHEN answered_at IS NULL THEN 'unanswered'
        WHEN ended_at IS NULL THEN 'talking'
        ELSE 'ended' END),
    version int NOT NULL,
    CONSTRAINT uq_call_reference UNIQUE (pbx_id, reference)
);
CREATE INDEX ix_call_state ON call (state, id);
CREATE INDEX ix_call_subscriber_id ON call (subscriber_id);
CREATE INDEX ix_call_inquiry_id ON call (inquiry_id);
CREATE TABLE callback (
    id text CONSTRAINT pk_callback PRIMARY KEY,
    number text,
    promised_at timestamptz NOT NULL,
    status text NOT NULL CONSTRAINT callback_status CHECK (status IN ('open', 'done', 'cancelled')),
    subscriber_id text,
    contract_id text,
    inquiry_id text CONSTRAINT fk_callback_inquiry_id REFERENCES inquiry,
    call_id text CONSTRAINT fk_callback_call_id REFERENCES call CONSTRAINT uq_callback_call UNIQUE,
    assignee text,
    overdue_told boolean NOT NULL,
    ended_at timestamptz,
    outcome text,
    version int NOT NULL,
    CONSTRAINT callback_end CHECK ((status = 'open') = (ended_at IS NULL) AND (ended_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX ix_callback_status ON callback (status, id);
CREATE INDEX ix_callback_subscriber_id ON callback (subscriber_id);
CREATE INDEX ix_callback_inquiry_id ON callback (inquiry_id);
CREATE INDEX ix_callback_due ON callback (promised_at) WHERE status = 'open' AND NOT overdue_told;
"""

# Whatever names a case belongs to its story: calls and callbacks, too.
STORY = """
CREATE OR REPLACE FUNCTION tell_own_fact() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = helpdesk, pg_temp AS $$
BEGIN
    INSERT INTO case_entry (inquiry_id, partner, contract_id, event_id, source, type, actor, at, facts)
    VALUES (NEW.payload ->> 'inquiry_id', NEW.partner, NEW.payload ->> 'contract_id', NEW.id, 'helpdesk',
            split_part(NEW.type, '.', 3), NEW.payload ->> 'actor', (NEW.headers ->> 'ce_time')::timestamptz,
            NEW.payload::jsonb);
    RETURN NULL;
END $$
"""
TELLING = """
CREATE TRIGGER own_fact AFTER INSERT ON outbox
FOR EACH ROW WHEN (NEW.payload ->> 'inquiry_id' IS NOT NULL) EXECUTE FUNCTION tell_own_fact()
"""


def upgrade() -> None:
    for statement in filter(str.strip, SCRIPT.split(";\n")):
        op.execute(statement)
    op.execute(STORY)
    op.execute("DROP TRIGGER own_fact ON outbox")
    op.execute(TELLING)
    for table in ("pbx_connection", "call", "callback"):
        house_table(op, table, house="SELECT, INSERT, UPDATE")
