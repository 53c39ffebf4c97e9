"""Reports by web or partner, until somebody is there."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.storage.columns import at, ident, metadata, partner, text

report = sa.Table(
    "report",
    metadata,
    ident(),
    partner(),
    text("contract_id"),
    text("subscriber_id"),
    text("kind"),
    text("channel"),
    text("site"),
    text("summary"),
    text("caller_name", null=True),
    text("caller_phone", null=True),
    text("device_kind", null=True),
    text("device_os", null=True),
    text("follow_up_of", null=True),
    at("reported_at"),
    text("reported_by"),
    text("status"),
    at("judge_at", null=True),
    sa.Column("inquiry_id", sa.Text, sa.ForeignKey("inquiry.id")),
    sa.Column("refusal_id", sa.Text, sa.ForeignKey("refusal.id")),
    text("reason", null=True),
    at("ended_at", null=True),
    sa.UniqueConstraint("inquiry_id", name="uq_report_inquiry"),
)
sa.Index("ix_report_contract_id", report.c.contract_id, report.c.id)
sa.Index("ix_report_subscriber_id", report.c.subscriber_id)
sa.Index("ix_report_judge_at", report.c.judge_at, postgresql_where=report.c.judge_at.isnot(None))
