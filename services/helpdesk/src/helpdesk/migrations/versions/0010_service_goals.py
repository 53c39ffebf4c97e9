"""Service goals, and what has to be judged anew because something else changed."""

from __future__ import annotations

from alembic import op

from common.migrations import house_table, tenant_table

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SCRIPT = """
CREATE TABLE service_goal (
    id text CONSTRAINT pk_service_goal PRIMARY KEY,
    goal text NOT NULL CONSTRAINT service_goal_goal CHECK (goal IN ('first_response', 'callback', 'resolution')),
    inquiry_id text CONSTRAINT fk_service_goal_inquiry_id REFERENCES inquiry,
    callback_id text CONSTRAINT fk_service_goal_callback_id REFERENCES callback,
    contract_id text NOT NULL,
    partner text,
    state text NOT NULL CONSTRAINT service_goal_state CHECK (state IN ('running', 'paused', 'ended', 'withdrawn')),
    began_at timestamptz NOT NULL,
    running tstzmultirange NOT NULL,
    plan text,
    minutes int,
    at_risk_percent int,
    at_risk_at timestamptz,
    due_at timestamptz,
    ended_at timestamptz,
    spent_seconds int,
    at_risk_told boolean NOT NULL DEFAULT false,
    breach_told boolean NOT NULL DEFAULT false,
    judge_at timestamptz,
    CONSTRAINT service_goal_of_one CHECK (CASE goal WHEN 'callback' THEN callback_id ELSE inquiry_id END IS NOT NULL
        AND num_nonnulls(inquiry_id, callback_id) = 1),
    CONSTRAINT service_goal_runs_on CHECK ((state = 'running') = upper_inf(running))
);
CREATE INDEX ix_service_goal_contract_id ON service_goal (contract_id);
CREATE INDEX ix_service_goal_began_at ON service_goal (began_at);
CREATE INDEX ix_service_goal_judge_at ON service_goal (judge_at) WHERE judge_at IS NOT NULL;
CREATE TABLE goal_review (
    number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_goal_review PRIMARY KEY,
    contract_id text,
    inquiry_id text,
    since timestamptz,
    asked_at timestamptz NOT NULL
);
"""


def upgrade() -> None:
    for statement in filter(str.strip, SCRIPT.split(";\n")):
        op.execute(statement)
    tenant_table(op, "service_goal", house="SELECT, INSERT, UPDATE", partner="SELECT, INSERT")
    house_table(op, "goal_review", house="SELECT, INSERT, DELETE")
