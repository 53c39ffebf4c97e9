"""The desk's groups and who is there; whose case it is; questions to those who know more."""

from __future__ import annotations

from alembic import op

from common.migrations import house_table, tenant_table

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SCRIPT = """
CREATE TABLE desk_group (
    code text CONSTRAINT pk_desk_group PRIMARY KEY,
    name_ja text NOT NULL,
    name_en text NOT NULL,
    version int NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE TABLE desk_member (
    group_code text CONSTRAINT fk_desk_member_group_code REFERENCES desk_group,
    operator text,
    CONSTRAINT pk_desk_member PRIMARY KEY (group_code, operator)
);
CREATE INDEX ix_desk_member_operator ON desk_member (operator);
CREATE TABLE desk_operator (
    id text CONSTRAINT pk_desk_operator PRIMARY KEY,
    availability text NOT NULL CONSTRAINT desk_operator_availability
        CHECK (availability IN ('available', 'on_a_call', 'away')),
    since timestamptz NOT NULL
);
ALTER TABLE inquiry ADD COLUMN group_code text CONSTRAINT fk_inquiry_group_code REFERENCES desk_group;
ALTER TABLE inquiry ADD COLUMN assignee text;
CREATE INDEX ix_inquiry_assignee ON inquiry (assignee, id) WHERE assignee IS NOT NULL;
CREATE TABLE escalation (
    id text CONSTRAINT pk_escalation PRIMARY KEY,
    inquiry_id text NOT NULL CONSTRAINT fk_escalation_inquiry_id REFERENCES inquiry,
    partner text,
    contract_id text NOT NULL,
    level text NOT NULL CONSTRAINT escalation_level CHECK (level IN ('second_line', 'maker')),
    group_code text CONSTRAINT fk_escalation_group_code REFERENCES desk_group,
    due_at timestamptz NOT NULL,
    question text NOT NULL,
    escalated_at timestamptz NOT NULL,
    escalated_by text NOT NULL,
    answer text,
    answered_at timestamptz,
    answered_by text,
    CONSTRAINT escalation_answer CHECK (num_nulls(answer, answered_at, answered_by) IN (0, 3))
);
CREATE INDEX ix_escalation_inquiry_id ON escalation (inquiry_id);
CREATE INDEX ix_escalation_due_at ON escalation (due_at) WHERE answered_at IS NULL;
CREATE UNIQUE INDEX uq_escalation_open ON escalation (inquiry_id) WHERE answered_at IS NULL;
"""


def upgrade() -> None:
    for statement in filter(str.strip, SCRIPT.split(";\n")):
        op.execute(statement)
    house_table(op, "desk_group", house="SELECT, INSERT, UPDATE")
    house_table(op, "desk_member", house="SELECT, INSERT, DELETE")
    house_table(op, "desk_operator", house="SELECT, INSERT, UPDATE")
    tenant_table(op, "escalation", house="SELECT, INSERT, UPDATE")
