"""Write articles and saved replies, publish and retire them, vote on them, fill replies in."""

from __future__ import annotations

from datetime import datetime

from common.civil import jst_day
from common.db import Tx
from common.ids import new_id
from helpdesk.domain.articles import (
    Article,
    ArticleKind,
    ArticleStatus,
    ArticleUnknown,
    Words,
    changed,
    checked,
    filled,
)
from helpdesk.domain.refusals import InquiryUnknown
from helpdesk.storage import articles, inquiries, told
from helpdesk.storage.articles import Votes


async def write_article(kind: ArticleKind, words: Words, tx: Tx, now: datetime) -> Article:
    """A new draft; raises `PlaceUnknown`."""
    new = Article(
        id=new_id("art"),
        kind=kind,
        status=ArticleStatus.DRAFT,
        version=1,
        words=checked(kind, words),
        actor=tx.actor,
        at=now,
    )
    await articles.add(tx, new)
    return new


async def change_article(
    article_id: str,
    tx: Tx,
    now: datetime,
    *,
    expected: int | None,
    words: Words | None = None,
    status: ArticleStatus | None = None,
) -> Article:
    """Other words, or another state; raises `ArticleUnknown`, `StaleVersion`, `WrongState`, `PlaceUnknown`."""
    before = await articles.find(tx, article_id, lock=True)
    if before is None:
        raise ArticleUnknown(article_id=article_id)
    after = changed(before, expected=expected, actor=tx.actor, now=now, words=words, status=status)
    await articles.save(tx, after)
    return after


async def read_article(article_id: str, tx: Tx) -> Article:
    """An article as it stands; raises `ArticleUnknown`."""
    found = await articles.find(tx, article_id)
    if found is None:
        raise ArticleUnknown(article_id=article_id)
    return found


async def vote_on_article(article_id: str, person: str, tx: Tx, now: datetime, *, useful: bool) -> Votes:
    """One vote a person, which may change; raises `ArticleUnknown`."""
    await read_article(article_id, tx)
    await articles.vote(tx, article_id, person, useful=useful, now=now)
    return await articles.votes(tx, article_id)


async def fill_reply(article_id: str, inquiry_id: str, tx: Tx) -> tuple[str, str]:
    """A reply for an inquiry, Japanese and English; raises `ArticleUnknown`, `InquiryUnknown`, `ReplyNotReady`."""
    found = await read_article(article_id, tx)
    record = await inquiries.find(tx, inquiry_id)
    if record is None:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    subscriber = await told.find_subscriber(tx, record.inquiry.subscriber_id)
    values = {
        "subscriber_name": subscriber.name if subscriber is not None else None,
        "inquiry_id": record.id,
        "received_on": jst_day(record.inquiry.received_at).isoformat(),
        "summary": record.inquiry.summary,
    }
    return filled(found, values)
