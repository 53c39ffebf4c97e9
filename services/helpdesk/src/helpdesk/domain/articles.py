"""Articles for those who help, and replies for those who are helped, in Japanese and English.

A reply may hold places such as `{{subscriber_name}}`; what they are filled with is put in once, as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.errors import DomainError, Invalid, NotFound, StaleVersion, WrongState

PLACES = frozenset({"subscriber_name", "inquiry_id", "received_on", "summary"})
"""What a reply may ask to be filled in."""
_PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class ArticleKind(StrEnum):
    """Read by the house, or sent to a customer."""

    ARTICLE = "article"
    REPLY = "reply"


class ArticleStatus(StrEnum):
    """Only what is published is found and sent."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class ArticleUnknown(NotFound):
    """There is no such article."""

    code = "article_unknown"
    en = "There is no such article."
    ja = "該当する記事がありません。"


class PlaceUnknown(Invalid):
    """A text asks for something to be filled in that nobody knows, or an article does at all."""

    code = "place_unknown"
    en = "The text has a place that cannot be filled in."
    ja = "差し込み項目が正しくありません。"


class ReplyNotReady(DomainError):
    """It is no reply, not published, or something that it needs is not known (any more)."""

    code = "reply_not_ready"
    en = "This reply cannot be written for this inquiry."
    ja = "この問い合わせには、この返信文を使用できません。"


@dataclass(frozen=True, kw_only=True)
class Words:
    """Title and body in both languages."""

    title_ja: str
    title_en: str
    body_ja: str
    body_en: str


@dataclass(frozen=True, kw_only=True)
class Article:
    """An article or reply as it stands since its last change."""

    id: str
    kind: ArticleKind
    status: ArticleStatus
    version: int
    words: Words
    actor: str
    at: datetime


def checked(kind: ArticleKind, words: Words) -> Words:
    """The same words; raises `PlaceUnknown` unless all places are known ones, and of a reply's body."""
    asked = places_of(words.body_ja) | places_of(words.body_en)
    asked_elsewhere = places_of(words.title_ja) | places_of(words.title_en)
    known = PLACES if kind is ArticleKind.REPLY else frozenset[str]()
    unknown = sorted((asked - known) | asked_elsewhere)
    if unknown:
        raise PlaceUnknown(unknown=unknown, known=sorted(known))
    return words


def changed(
    before: Article,
    *,
    expected: int | None,
    actor: str,
    now: datetime,
    words: Words | None = None,
    status: ArticleStatus | None = None,
) -> Article:
    """The next version, with other words or in another state; raises `StaleVersion`, `WrongState`, `PlaceUnknown`."""
    if expected is not None and expected != before.version:
        raise StaleVersion(version=before.version, expected=expected)
    if before.status == (status or ArticleStatus.RETIRED):
        allowed = sorted(each.value for each in ArticleStatus if each is not before.status)
        raise WrongState(status=before.status.value, allowed=allowed)
    return replace(
        before,
        version=before.version + 1,
        words=checked(before.kind, words) if words is not None else before.words,
        status=status or before.status,
        actor=actor,
        at=now,
    )


def filled(article: Article, values: Mapping[str, str | None]) -> tuple[str, str]:
    """The body in Japanese and English with its places filled in, each once; raises `ReplyNotReady`."""
    places = places_of(article.words.body_ja + article.words.body_en)
    missing = sorted(place for place in places if values.get(place) is None)
    if missing or article.kind is not ArticleKind.REPLY or article.status is not ArticleStatus.PUBLISHED:
        raise ReplyNotReady(kind=article.kind, status=article.status, missing=missing)
    return put_in(article.words.body_ja, values), put_in(article.words.body_en, values)


def places_of(text: str) -> set[str]:
    """What a text asks to be filled in."""
    return set(_PLACE.findall(text))


def put_in(text: str, values: Mapping[str, str | None]) -> str:
    """The text with its places filled in, each once, as text."""
    return _PLACE.sub(lambda place: values.get(place.group(1)) or "", text)
