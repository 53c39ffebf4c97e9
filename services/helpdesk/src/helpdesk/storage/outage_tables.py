"""Outages, what became known about them, and the inquiries that are theirs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from helpdesk.storage.columns import at, ident, metadata, number, of_inquiry, partner, text


def of_outage() -> sa.Column[str]:
    """The outage that the row belongs to."""
    return sa.Column("outage_id", sa.Text, sa.ForeignKey("outage.id"), nullable=False)


outage = sa.Table(
    "outage",
    metadata,
    ident(),
    text("status"),
    text("title_ja"),
    text("title_en"),
    text("origin"),
    text("party", null=True),
    sa.Column("areas", pg.ARRAY(sa.Text), nullable=False),
    at("started_at"),
    at("expected_end_at", null=True),
    text("ticket_number", null=True),
    at("opened_at"),
    text("opened_by"),
    at("resolved_at", null=True),
    number("version"),
)
sa.Index("ix_outage_open", outage.c.id, postgresql_where=outage.c.status == sa.text("'open'"))

outage_update = sa.Table(
    "outage_update",
    metadata,
    ident(),
    of_outage(),
    text("words_ja"),
    text("words_en"),
    text("actor"),
    at("at"),
)
sa.Index("ix_outage_update_outage_id", outage_update.c.outage_id, outage_update.c.id)

outage_notice = sa.Table(
    "outage_notice",
    metadata,
    ident(),
    of_outage(),
    text("body_ja"),
    text("body_en"),
    text("digest"),
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id")),
    text("actor"),
    at("at"),
    sa.UniqueConstraint("outage_id", "digest", name="uq_outage_notice_digest"),
)

outage_link = sa.Table(
    "outage_link",
    metadata,
    ident(),
    of_outage(),
    of_inquiry(),
    partner(),
    text("contract_id"),
    at("linked_at"),
    text("linked_by"),
    at("unlinked_at", null=True),
    text("unlinked_by", null=True),
)
_LIVE = outage_link.c.unlinked_at.is_(None)
sa.Index("uq_outage_link_live", outage_link.c.inquiry_id, unique=True, postgresql_where=_LIVE)
sa.Index("ix_outage_link_outage_id", outage_link.c.outage_id, outage_link.c.inquiry_id, postgresql_where=_LIVE)
sa.Index("ix_outage_link_contract_id", outage_link.c.contract_id)
