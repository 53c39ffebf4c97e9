"""Notices: the same words to each customer of an outage, once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from common.civil import jst_day
from common.events.helpdesk_outages import InquiryToldOfOutage
from helpdesk.domain.articles import (
    PLACES,
    Article,
    ArticleKind,
    ArticleStatus,
    PlaceUnknown,
    ReplyNotReady,
    places_of,
    put_in,
)
from helpdesk.domain.inquiry import OPEN, Inquiry, InquiryStatus, Step, require
from helpdesk.domain.outage_refusals import InquiryNotLinked

OF_CASES = PLACES - {"subscriber_name"}
"""What may be filled in: no names, for notes do not go with their subscriber."""
TELLABLE = OPEN | {InquiryStatus.RESOLVED}
"""Somebody still listens."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Words for all, in both languages; `digest` tells them from other words of the same outage."""

    id: str
    outage_id: str
    body_ja: str
    body_en: str
    digest: str
    article_id: str | None
    actor: str
    at: datetime


def words_of_reply(article: Article) -> tuple[str, str]:
    """The body of a saved reply, Japanese and English; raises `ReplyNotReady` unless it is a published reply."""
    if article.kind is not ArticleKind.REPLY or article.status is not ArticleStatus.PUBLISHED:
        raise ReplyNotReady(kind=article.kind, status=article.status, missing=[])
    return article.words.body_ja, article.words.body_en


def digest_of(body_ja: str, body_en: str) -> str:
    """What the words are known by; raises `PlaceUnknown` for a place that cannot be filled in for all."""
    unknown = sorted((places_of(body_ja) | places_of(body_en)) - OF_CASES)
    if unknown:
        raise PlaceUnknown(unknown=unknown, known=sorted(OF_CASES))
    return hashlib.sha256(f"{body_ja}\x00{body_en}".encode()).hexdigest()


def told(inquiry: Inquiry, notice: Notice, *, linked_to: str | None, note_id: str, actor: str) -> Step:
    """The words are written on the case. Raises `InquiryNotLinked`, and `WrongState` when nobody listens any more."""
    if linked_to != notice.outage_id:
        raise InquiryNotLinked(outage_id=notice.outage_id, linked_to=linked_to)
    require(inquiry, TELLABLE)
    fact = InquiryToldOfOutage(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        outage_id=notice.outage_id,
        notice_id=notice.id,
        note_id=note_id,
    )
    return Step(inquiry=inquiry, events=(fact,))


def words_for(inquiry: Inquiry, notice: Notice) -> str:
    """The notice as it stands on this case: Japanese, then English."""
    values: Mapping[str, str | None] = {
        "inquiry_id": inquiry.id,
        "received_on": jst_day(inquiry.received_at).isoformat(),
        "summary": inquiry.summary,
    }
    return f"{put_in(notice.body_ja, values)}\n\n{put_in(notice.body_en, values)}"
