"""What counts: the month's counter, its ledger, and the refusals."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from helpdesk.storage.columns import at, ident, json, metadata, number, of_inquiry, partner, text

quota_counter = sa.Table(
    "quota_counter",
    metadata,
    sa.Column("contract_id", sa.Text, primary_key=True),
    sa.Column("fee_month", sa.Text, primary_key=True),
    partner(),
    number("plan_limit"),
    number("extra_limit"),
    number("ceiling"),
    number("plan_used", default="0"),
    number("extra_used", default="0"),
    number("peak_percent", default="0"),
    sa.Column("used", sa.Integer, sa.Computed("plan_used + extra_used", persisted=True), nullable=False),
    sa.CheckConstraint("used <= ceiling", name="quota_within_ceiling"),
    sa.CheckConstraint("plan_used >= 0 AND extra_used >= 0", name="quota_never_negative"),
)

quota_ledger = sa.Table(
    "quota_ledger",
    metadata,
    ident(),
    text("contract_id"),
    text("fee_month"),
    of_inquiry(),
    number("units"),
    text("unit_source"),
    text("reason"),
    text("rule_id"),
    json("evidence"),
    text("actor"),
    at("at"),
    sa.ForeignKeyConstraint(
        ["contract_id", "fee_month"],
        ["quota_counter.contract_id", "quota_counter.fee_month"],
        name="fk_quota_ledger_month",
    ),
    sa.CheckConstraint("units IN (1, -1)", name="ledger_one_unit"),
    sa.CheckConstraint("unit_source IN ('plan', 'extra')", name="ledger_unit_source"),
)
sa.Index("ix_quota_ledger_contract_id", quota_ledger.c.contract_id, quota_ledger.c.fee_month, quota_ledger.c.id)
sa.Index("ix_quota_ledger_inquiry_id", quota_ledger.c.inquiry_id)

refusal = sa.Table(
    "refusal",
    metadata,
    ident(),
    text("contract_id"),
    sa.Column("codes", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("rule_ids", pg.ARRAY(sa.Text), nullable=False),
    json("reasons"),
    text("kind"),
    text("channel"),
    text("site"),
    at("received_at"),
    text("fee_month", null=True),
    text("actor"),
)
sa.Index("ix_refusal_contract_id", refusal.c.contract_id, refusal.c.id)
