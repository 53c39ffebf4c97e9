"""Articles, their versions, and votes on them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from helpdesk.storage.columns import at, ident, metadata, number, text


def _words() -> list[sa.Column[Any]]:
    names = ("kind", "status", "title_ja", "title_en", "body_ja", "body_en", "actor")
    return [*map(text, names), at("at")]


article = sa.Table("article", metadata, ident(), number("version"), *_words())

article_version = sa.Table(
    "article_version",
    metadata,
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    *_words(),
)

article_vote = sa.Table(
    "article_vote",
    metadata,
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("useful", sa.Boolean, nullable=False),
    at("at"),
)
