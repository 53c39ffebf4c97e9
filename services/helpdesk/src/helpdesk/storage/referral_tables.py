"""Line faults at their carriers, and each time somebody asked."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.storage.columns import at, ident, metadata, of_inquiry, partner, text

referral = sa.Table(
    "referral",
    metadata,
    ident(),
    of_inquiry(),
    partner(),
    text("contract_id"),
    sa.Column("verdict_id", sa.Text, sa.ForeignKey("verdict.id"), nullable=False),
    text("carrier"),
    text("ticket_number"),
    text("status"),
    at("follow_up_at"),
    at("referred_at"),
    text("referred_by"),
    text("outcome", null=True),
    text("answer", null=True),
    at("answered_at", null=True),
    text("answered_by", null=True),
)
sa.Index("ix_referral_inquiry_id", referral.c.inquiry_id)
sa.Index("ix_referral_due", referral.c.follow_up_at, postgresql_where=referral.c.status == sa.text("'open'"))
sa.Index(
    "uq_referral_open", referral.c.inquiry_id, unique=True, postgresql_where=referral.c.status == sa.text("'open'")
)

referral_follow_up = sa.Table(
    "referral_follow_up",
    metadata,
    ident(),
    sa.Column("referral_id", sa.Text, sa.ForeignKey("referral.id"), nullable=False),
    of_inquiry(),
    text("contract_id"),
    text("words"),
    at("next_at"),
    text("actor"),
    at("at"),
)
sa.Index("ix_referral_follow_up_referral_id", referral_follow_up.c.referral_id)
