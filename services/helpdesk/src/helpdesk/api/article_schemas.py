"""What goes in and out about articles and saved replies."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.http import Answer, Command, Line, Moment, Prose
from helpdesk.domain.articles import Article, ArticleKind, ArticleStatus, Words


class WordsIn(Command):
    """Title and body in both languages; a reply's body may hold `{{subscriber_name}}`, `{{inquiry_id}}`,
    `{{received_on}}`, `{{summary}}`.
    """  # noqa: D205 - one sentence in two lines

    title_ja: Annotated[Line, Field(examples=["プリンターがオフラインのとき"])]
    title_en: Annotated[Line, Field(examples=["When the printer is offline"])]
    body_ja: Prose
    body_en: Prose

    def words(self) -> Words:
        """The same for the use case."""
        return Words(title_ja=self.title_ja, title_en=self.title_en, body_ja=self.body_ja, body_en=self.body_en)


class ArticleIn(WordsIn):
    """A new article or reply."""

    kind: ArticleKind


class VoteIn(Command):
    """Whether it was useful."""

    useful: bool


class VotesOut(Answer):
    """How many persons found it useful, and how many did not."""

    useful: int
    useless: int


class ArticleOut(Answer):
    """An article or reply as it stands, or stood in this version."""

    id: str
    kind: ArticleKind
    status: ArticleStatus
    title_ja: str
    title_en: str
    body_ja: str
    body_en: str
    actor: str
    at: Moment
    version: int

    @classmethod
    def of(cls, found: Article) -> ArticleOut:
        """From the domain."""
        words = found.words
        return cls(
            id=found.id,
            kind=found.kind,
            status=found.status,
            title_ja=words.title_ja,
            title_en=words.title_en,
            body_ja=words.body_ja,
            body_en=words.body_en,
            actor=found.actor,
            at=found.at,
            version=found.version,
        )


class ArticleVersionsOut(Answer):
    """Every version, the newest first."""

    items: list[ArticleOut]


class ReplyOut(Answer):
    """A reply filled in for an inquiry; plain text."""

    ja: str
    en: str
