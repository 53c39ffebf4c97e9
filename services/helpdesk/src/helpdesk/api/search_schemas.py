"""What the search answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.http import Answer, Moment
from helpdesk.usecases.search import Hit, Hits


class SegmentOut(Answer):
    """A piece of a text as it was written, to be shown as text: whatever it looks like, it is no markup."""

    text: Annotated[str, Field(examples=["プリンター"])]
    hit: Annotated[bool, Field(description="Whether this is what was looked for.", examples=[True])]


class FoundInquiryOut(Answer):
    """The inquiry that a hit belongs to."""

    id: str
    status: Annotated[str, Field(examples=["resolved"])]
    summary: str


class HitOut(Answer):
    """One hit. `id` is that of the note, verdict, subscriber or, of inquiries and callers, of the inquiry."""

    what: Annotated[str, Field(examples=["inquiry"])]
    id: str
    match: Annotated[str, Field(description="`exact`, `words` or `similar`: how well it fits.", examples=["exact"])]
    inquiry: FoundInquiryOut | None
    contract_id: str | None
    subscriber_id: str | None
    at: Moment
    title: list[SegmentOut]
    excerpt: list[SegmentOut]

    @classmethod
    def of(cls, hit: Hit) -> HitOut:
        """From the use case."""
        found = hit.found
        belongs = found.inquiry_id is not None and found.status is not None and found.summary is not None
        inquiry = {"id": found.inquiry_id, "status": found.status, "summary": found.summary} if belongs else None
        return HitOut(
            what=found.what,
            id=found.id,
            match=hit.match,
            inquiry=FoundInquiryOut.model_validate(inquiry) if inquiry else None,
            contract_id=found.contract_id,
            subscriber_id=found.subscriber_id,
            at=found.at,
            title=[SegmentOut.model_validate(segment) for segment in hit.title],
            excerpt=[SegmentOut.model_validate(segment) for segment in hit.excerpt],
        )


class SimilarOut(Answer):
    """Solved inquiries, the most similar first; `excerpt` is from the solution."""

    items: list[HitOut]

    @classmethod
    def of(cls, hits: list[Hit]) -> SimilarOut:
        """From the use case."""
        return SimilarOut(items=[HitOut.of(hit) for hit in hits])


class SearchOut(Answer):
    """The hits, best first; `more` says that there are others."""

    items: list[HitOut]
    more: bool

    @classmethod
    def of(cls, hits: Hits) -> SearchOut:
        """From the use case."""
        return SearchOut(items=[HitOut.of(hit) for hit in hits.items], more=hits.more)
