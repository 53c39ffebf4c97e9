"""The case and all that hangs on it."""

from __future__ import annotations

import sqlalchemy as sa

from common.tables import sealed_columns
from helpdesk.storage.columns import at, ident, json, metadata, number, of_inquiry, partner, text

inquiry = sa.Table(
    "inquiry",
    metadata,
    ident(),
    partner(),
    text("contract_id"),
    text("subscriber_id"),
    text("status"),
    text("kind"),
    text("channel"),
    text("site"),
    text("summary"),
    text("caller_name", null=True),
    text("caller_phone", null=True),
    text("device_kind", null=True),
    text("device_os", null=True),
    text("suspected", null=True),
    at("received_at"),
    text("fee_month"),
    text("unit_source"),
    number("version"),
    at("resolved_at", null=True),
    text("outcome", null=True),
    text("solution", null=True),
    at("closed_at", null=True),
    text("verdict_id", null=True),
    sa.Column("split_from", sa.Text, sa.ForeignKey("inquiry.id")),
    sa.Column("merged_into", sa.Text, sa.ForeignKey("inquiry.id")),
    at("merged_at", null=True),
    text("status_before_merge", null=True),
    sa.Column("follow_up_of", sa.Text, sa.ForeignKey("inquiry.id")),
    text("accepted_by"),
    json("decision"),
    sa.Column("group_code", sa.Text, sa.ForeignKey("desk_group.code")),
    text("assignee", null=True),
    sa.Column("counted", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.ForeignKeyConstraint(
        ["contract_id", "fee_month"], ["quota_counter.contract_id", "quota_counter.fee_month"], name="fk_inquiry_month"
    ),
)
sa.Index("ix_inquiry_contract_id", inquiry.c.contract_id, inquiry.c.id)
sa.Index("ix_inquiry_subscriber_id", inquiry.c.subscriber_id)
sa.Index("ix_inquiry_status", inquiry.c.status, inquiry.c.id)
sa.Index("ix_inquiry_merged_into", inquiry.c.merged_into, postgresql_where=inquiry.c.merged_into.isnot(None))
sa.Index("ix_inquiry_follow_up_of", inquiry.c.follow_up_of, postgresql_where=inquiry.c.follow_up_of.isnot(None))
sa.Index("ix_inquiry_assignee", inquiry.c.assignee, inquiry.c.id, postgresql_where=inquiry.c.assignee.isnot(None))

case_entry = sa.Table(
    "case_entry",
    metadata,
    *sealed_columns(),
    text("inquiry_id"),
    text("contract_id"),
    text("event_id", null=True),
    text("source"),
    text("type"),
    text("actor"),
    at("at"),
    json("facts"),
    sa.UniqueConstraint("event_id", "inquiry_id", name="uq_case_entry_event_id"),
)
sa.Index("ix_case_entry_inquiry_id", case_entry.c.inquiry_id, case_entry.c.number)

case_unsealed = sa.Table(
    "case_unsealed",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    text("inquiry_id"),
)

note = sa.Table(
    "note",
    metadata,
    ident(),
    of_inquiry(),
    text("contract_id"),
    text("visibility"),
    text("body"),
    text("actor"),
    at("at"),
    sa.Column("notice_id", sa.Text, sa.ForeignKey("outage_notice.id")),
)
sa.Index("ix_note_inquiry_id", note.c.inquiry_id)
sa.Index(
    "uq_note_notice", note.c.notice_id, note.c.inquiry_id, unique=True, postgresql_where=note.c.notice_id.isnot(None)
)

triage = sa.Table(
    "triage",
    metadata,
    ident(),
    of_inquiry(),
    text("contract_id"),
    json("answers"),
    text("suspected", null=True),
    text("tree_code", null=True),
    sa.Column("tree_version", sa.Integer),
    text("outcome", null=True),
    text("actor"),
    at("at"),
)
sa.Index("ix_triage_inquiry_id", triage.c.inquiry_id)

remote_session = sa.Table(
    "remote_session",
    metadata,
    ident(),
    of_inquiry(),
    partner(),
    text("contract_id"),
    text("os"),
    text("terminal"),
    text("consent_given_by", null=True),
    sa.Column("recording", sa.Boolean, nullable=False),
    at("started_at"),
    text("started_by"),
    at("ended_at", null=True),
    text("stopped_by", null=True),
    text("ended_by", null=True),
)
sa.Index("ix_remote_session_inquiry_id", remote_session.c.inquiry_id)
sa.Index(
    "uq_remote_session_running",
    remote_session.c.inquiry_id,
    unique=True,
    postgresql_where=remote_session.c.ended_at.is_(None),
)

verdict = sa.Table(
    "verdict",
    metadata,
    ident(),
    of_inquiry(),
    text("contract_id"),
    text("result"),
    text("cause", null=True),
    text("failed_kind", null=True),
    text("failed_maker", null=True),
    text("failed_model", null=True),
    text("failed_serial", null=True),
    text("evidence"),
    text("origin"),
    text("visit_id", null=True),
    sa.Column("supersedes", sa.Text, sa.ForeignKey("verdict.id")),
    json("rests_on"),
    text("actor"),
    at("at"),
    sa.UniqueConstraint("visit_id", name="uq_verdict_visit_id"),
    sa.UniqueConstraint("supersedes", name="uq_verdict_supersedes"),
)
sa.Index("ix_verdict_inquiry_id", verdict.c.inquiry_id)

onsite_request = sa.Table(
    "onsite_request",
    metadata,
    ident(),
    of_inquiry(),
    partner(),
    text("contract_id"),
    sa.Column("verdict_id", sa.Text, sa.ForeignKey("verdict.id"), nullable=False),
    text("status"),
    text("requested_by"),
    at("requested_at"),
)
sa.Index(
    "uq_onsite_request_live",
    onsite_request.c.inquiry_id,
    unique=True,
    postgresql_where=onsite_request.c.status == sa.text("'live'"),
)
