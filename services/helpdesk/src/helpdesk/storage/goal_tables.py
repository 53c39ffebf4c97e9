"""Service goals with their clocks, and what has to be judged anew."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from helpdesk.storage.columns import at, ident, metadata, partner, text

service_goal = sa.Table(
    "service_goal",
    metadata,
    ident(),
    text("goal"),
    sa.Column("inquiry_id", sa.Text, sa.ForeignKey("inquiry.id")),
    sa.Column("callback_id", sa.Text, sa.ForeignKey("callback.id")),
    text("contract_id"),
    partner(),
    text("state"),
    at("began_at"),
    sa.Column("running", pg.TSTZMULTIRANGE, nullable=False),
    text("plan", null=True),
    sa.Column("minutes", sa.Integer),
    sa.Column("at_risk_percent", sa.Integer),
    at("at_risk_at", null=True),
    at("due_at", null=True),
    at("ended_at", null=True),
    sa.Column("spent_seconds", sa.Integer),
    sa.Column("at_risk_told", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("breach_told", sa.Boolean, nullable=False, server_default=sa.text("false")),
    at("judge_at", null=True),
)
sa.Index("ix_service_goal_contract_id", service_goal.c.contract_id)
sa.Index("ix_service_goal_began_at", service_goal.c.began_at)
sa.Index("ix_service_goal_judge_at", service_goal.c.judge_at, postgresql_where=service_goal.c.judge_at.isnot(None))

goal_review = sa.Table(
    "goal_review",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    text("contract_id", null=True),
    text("inquiry_id", null=True),
    at("since", null=True),
    at("asked_at"),
)
