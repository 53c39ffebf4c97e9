"""The desk: groups, who is in them, who is there; and questions to those who know more."""

from __future__ import annotations

import sqlalchemy as sa

from common.tables import instant
from helpdesk.storage.columns import at, ident, metadata, number, of_inquiry, partner, text

desk_group = sa.Table(
    "desk_group", metadata, ident("code"), text("name_ja"), text("name_en"), number("version"), at("changed_at")
)

desk_member = sa.Table(
    "desk_member",
    metadata,
    sa.Column("group_code", sa.Text, sa.ForeignKey("desk_group.code"), primary_key=True),
    sa.Column("operator", sa.Text, primary_key=True),
)
sa.Index("ix_desk_member_operator", desk_member.c.operator)

desk_operator = sa.Table("desk_operator", metadata, ident(), text("availability"), at("since"))

inquiry_presence = sa.Table(
    "inquiry_presence",
    metadata,
    ident(),
    text("inquiry_id"),
    text("operator"),
    text("process"),
    sa.Column("since", instant(), nullable=False, server_default=sa.func.now()),
    at("until"),
)
sa.Index("ix_inquiry_presence_inquiry_id", inquiry_presence.c.inquiry_id)

escalation = sa.Table(
    "escalation",
    metadata,
    ident(),
    of_inquiry(),
    partner(),
    text("contract_id"),
    text("level"),
    sa.Column("group_code", sa.Text, sa.ForeignKey("desk_group.code")),
    at("due_at"),
    text("question"),
    at("escalated_at"),
    text("escalated_by"),
    text("answer", null=True),
    at("answered_at", null=True),
    text("answered_by", null=True),
)
sa.Index("ix_escalation_inquiry_id", escalation.c.inquiry_id)
sa.Index("ix_escalation_due_at", escalation.c.due_at, postgresql_where=escalation.c.answered_at.is_(None))
sa.Index(
    "uq_escalation_open", escalation.c.inquiry_id, unique=True, postgresql_where=escalation.c.answered_at.is_(None)
)
