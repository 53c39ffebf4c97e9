"""The list of supported products, and every version of its lines."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from helpdesk.storage.columns import at, ident, metadata, number, text


def _terms() -> list[sa.Column[Any]]:
    days = [sa.Column(name, sa.Date) for name in ("maker_ends_on", "since", "until")]
    return [
        sa.Column("listed", sa.Boolean, nullable=False),
        *map(text, ("category", "maker", "name", "versions", "support")),
        *days,
        text("note_ja", null=True),
        text("note_en", null=True),
        text("actor"),
        at("at"),
    ]


supported_product = sa.Table(
    "supported_product",
    metadata,
    ident(),
    number("version"),
    *_terms(),
    sa.UniqueConstraint("category", "maker", "name", "versions", name="uq_supported_product_key"),
)

supported_product_version = sa.Table(
    "supported_product_version",
    metadata,
    sa.Column("product_id", sa.Text, sa.ForeignKey("supported_product.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    *_terms(),
)
