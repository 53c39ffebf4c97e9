"""Articles and saved replies."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import Caller, IdText, IfMatch, Now, PageOf, Paging, Router, TxDep, page
from helpdesk.api.article_schemas import (
    ArticleIn,
    ArticleOut,
    ArticleVersionsOut,
    ReplyOut,
    VoteIn,
    VotesOut,
    WordsIn,
)
from helpdesk.domain.articles import ArticleKind, ArticleStatus
from helpdesk.storage import articles
from helpdesk.usecases.keep_articles import change_article, fill_reply, read_article, vote_on_article, write_article

router = Router(prefix="/api/helpdesk/v1", tags=["articles"])


@router.post("/articles", status_code=201, response_model=ArticleOut)
async def write(body: ArticleIn, tx: TxDep, now: Now) -> object:
    """Write an article or a reply; a draft until it is published."""
    return ArticleOut.of(await write_article(body.kind, body.words(), tx, now))


@router.get("/articles", response_model=PageOf[ArticleOut])
async def list_articles(
    tx: TxDep,
    paging: Paging,
    kind: Annotated[ArticleKind | None, Query()] = None,
    status: Annotated[ArticleStatus | None, Query()] = None,
) -> object:
    """Articles and replies, oldest first."""
    rows = await articles.listed(tx, kind=kind, status=status, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=ArticleOut.of)


@router.get("/articles/{article_id}", response_model=ArticleOut)
async def read(article_id: IdText, tx: TxDep) -> object:
    """An article or reply as it stands."""
    return ArticleOut.of(await read_article(article_id, tx))


@router.get("/articles/{article_id}/versions", response_model=ArticleVersionsOut)
async def list_versions(article_id: IdText, tx: TxDep) -> object:
    """Every version: by whom, when, and what it said."""
    await read_article(article_id, tx)
    return ArticleVersionsOut(items=[ArticleOut.of(each) for each in await articles.versions(tx, article_id)])


@router.put("/articles/{article_id}", response_model=ArticleOut)
async def rewrite(article_id: IdText, body: WordsIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Write it anew: the next version, at once where it is published."""
    return ArticleOut.of(await change_article(article_id, tx, now, expected=version, words=body.words()))


@router.post("/articles/{article_id}/publication", response_model=ArticleOut)
async def publish(article_id: IdText, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Publish it: the search finds it, a reply may be sent."""
    status = ArticleStatus.PUBLISHED
    return ArticleOut.of(await change_article(article_id, tx, now, expected=version, status=status))


@router.post("/articles/{article_id}/retirement", response_model=ArticleOut)
async def retire(article_id: IdText, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Retire it: it is found no more, and its versions stay."""
    status = ArticleStatus.RETIRED
    return ArticleOut.of(await change_article(article_id, tx, now, expected=version, status=status))


@router.put("/articles/{article_id}/vote", response_model=VotesOut)
async def vote(article_id: IdText, body: VoteIn, tx: TxDep, now: Now, caller: Caller) -> object:
    """Say whether it was useful: one vote a person, which may change."""
    person = caller.person or caller.subject
    return VotesOut.model_validate(await vote_on_article(article_id, person, tx, now, useful=body.useful))


@router.get("/articles/{article_id}/votes", response_model=VotesOut)
async def read_votes(article_id: IdText, tx: TxDep) -> object:
    """How useful it was found."""
    await read_article(article_id, tx)
    return VotesOut.model_validate(await articles.votes(tx, article_id))


@router.get("/articles/{article_id}/reply", response_model=ReplyOut)
async def fill_in(article_id: IdText, tx: TxDep, inquiry_id: Annotated[IdText, Query()]) -> object:
    """A published reply, filled in for this inquiry."""
    ja, en = await fill_reply(article_id, inquiry_id, tx)
    return ReplyOut(ja=ja, en=en)
