"""Articles and saved replies: the row as it stands, every version of it, and votes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Record, Tx
from helpdesk.domain.articles import Article, ArticleKind, ArticleStatus, Words
from helpdesk.storage.tables import article, article_version, article_vote


@dataclass(frozen=True)
class Votes:
    """How many persons found it useful, and how many did not."""

    useful: int
    useless: int


async def add(tx: Tx, new: Article) -> None:
    """A new article, with its first version."""
    await tx.run(article.insert().values(**_row(new), id=new.id))
    await tx.run(article_version.insert().values(**_row(new), article_id=new.id))


async def save(tx: Tx, after: Article) -> None:
    """A later version of an article that was locked before."""
    await tx.run(article.update().where(article.c.id == after.id).values(**_row(after)))
    await tx.run(article_version.insert().values(**_row(after), article_id=after.id))


async def find(tx: Tx, article_id: str, *, lock: bool = False) -> Article | None:
    """An article as it stands."""
    statement = sa.select(article).where(article.c.id == article_id)
    row = await tx.first(statement.with_for_update() if lock else statement)
    return None if row is None else _article(row, row["id"])


async def listed(
    tx: Tx, *, kind: ArticleKind | None, status: ArticleStatus | None, after: str | None, limit: int
) -> list[Article]:
    """Articles in the order in which they were first written."""
    statement = sa.select(article).order_by(article.c.id).limit(limit)
    for column, value in (("kind", kind), ("status", status)):
        if value is not None:
            statement = statement.where(article.c[column] == value.value)
    if after is not None:
        statement = statement.where(article.c.id > after)
    return [_article(row, row["id"]) for row in await tx.all(statement)]


async def versions(tx: Tx, article_id: str) -> list[Article]:
    """Every version, the newest first."""
    statement = sa.select(article_version).where(article_version.c.article_id == article_id)
    rows = await tx.all(statement.order_by(article_version.c.version.desc()))
    return [_article(row, row["article_id"]) for row in rows]


async def vote(tx: Tx, article_id: str, person: str, *, useful: bool, now: datetime) -> None:
    """What a person thinks of it; a later vote takes the place of the earlier one."""
    statement = insert(article_vote).values(article_id=article_id, person=person, useful=useful, at=now)
    again = {"useful": statement.excluded.useful, "at": statement.excluded.at}
    await tx.run(statement.on_conflict_do_update(index_elements=["article_id", "person"], set_=again))


async def votes(tx: Tx, article_id: str) -> Votes:
    """The votes on an article."""
    counted = sa.select(
        sa.func.count().filter(article_vote.c.useful).label("useful"),
        sa.func.count().filter(sa.not_(article_vote.c.useful)).label("useless"),
    )
    row = await tx.first(counted.where(article_vote.c.article_id == article_id))
    return Votes(row["useful"], row["useless"]) if row is not None else Votes(0, 0)


def _row(new: Article) -> dict[str, Any]:
    return {
        "version": new.version,
        "kind": new.kind.value,
        "status": new.status.value,
        "title_ja": new.words.title_ja,
        "title_en": new.words.title_en,
        "body_ja": new.words.body_ja,
        "body_en": new.words.body_en,
        "actor": new.actor,
        "at": new.at,
    }


def _article(row: Record, article_id: str) -> Article:
    return Article(
        id=article_id,
        kind=ArticleKind(row["kind"]),
        status=ArticleStatus(row["status"]),
        version=row["version"],
        words=Words(title_ja=row["title_ja"], title_en=row["title_en"], body_ja=row["body_ja"], body_en=row["body_en"]),
        actor=row["actor"],
        at=row["at"],
    )
