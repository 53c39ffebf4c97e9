"""What goes in and out about outages and the inquiries that are theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from common.http import Answer, Code, Command, IdText, Line, Moment, MomentIn, Prose
from helpdesk.api.in_bulk import MOST, Row
from helpdesk.domain.notices import Notice
from helpdesk.domain.outages import Described, Matched, Origin, Outage, OutageStatus
from helpdesk.storage.outages import LinkedInquiry, OutageUpdate
from helpdesk.usecases.find_candidates import Candidate
from helpdesk.usecases.tell_of_outage import WriteNotice

Area = Annotated[
    str, StringConstraints(pattern=r"^(0[1-9]|[1-3][0-9]|4[0-7])([0-9]{3})?$"), Field(examples=["13", "14109"])
]
"""A prefecture (JIS X 0401) or a municipality (JIS X 0402, five digits; the wards of a city one by one)."""


class OutageIn(Command):
    """What is known of an outage."""

    title_ja: Annotated[Line, Field(examples=["渋谷区で光回線が不通"])]
    title_en: Annotated[Line, Field(examples=["Fibre lines in Shibuya are down"])]
    origin: Origin
    party: Annotated[Line | None, Field(description="Whose fault it is, by name.")] = None
    areas: Annotated[list[Area], Field(max_length=500, description="Where; none: everywhere.")]
    started_at: MomentIn
    expected_end_at: MomentIn | None = None
    ticket_number: Annotated[Line | None, Field(description="Under which they know it; for the house.")] = None

    def described(self) -> Described:
        """The same for the use case."""
        return Described(**{name: getattr(self, name) for name in Described.__dataclass_fields__})


class OutageOut(Answer):
    """An outage as it stands."""

    id: str
    status: OutageStatus
    title_ja: str
    title_en: str
    origin: Origin
    party: str | None
    areas: list[str]
    started_at: Moment
    expected_end_at: Moment | None
    ticket_number: str | None
    opened_at: Moment
    opened_by: str
    resolved_at: Moment | None
    version: int

    @classmethod
    def of(cls, found: Outage) -> OutageOut:
        """From the domain."""
        return OutageOut.model_validate(found)


class OutageNewsIn(Command):
    """What became known, in both languages; for the house."""

    words_ja: Prose
    words_en: Prose


class OutageUpdateOut(Answer):
    """What became known about an outage."""

    id: str
    words_ja: str
    words_en: str
    actor: str
    at: Moment

    @classmethod
    def of(cls, found: OutageUpdate) -> OutageUpdateOut:
        """From storage."""
        return OutageUpdateOut.model_validate(found)


class OutageEndIn(Command):
    """When it ended; not said: now."""

    resolved_at: MomentIn | None = None


class LinkedInquiryOut(Answer):
    """An inquiry of an outage, as it stands."""

    id: str
    contract_id: str
    status: str
    counted: bool
    version: int
    linked_at: Moment
    linked_by: str

    @classmethod
    def of(cls, found: LinkedInquiry) -> LinkedInquiryOut:
        """From storage."""
        return LinkedInquiryOut.model_validate(found)


class CandidateOut(Answer):
    """An open trouble that may be the outage's."""

    id: str
    contract_id: str
    status: str
    received_at: Moment
    summary: str
    matched: Annotated[Matched, Field(description="Why it may be its.", examples=["municipality"])]

    @classmethod
    def of(cls, found: Candidate) -> CandidateOut:
        """From the use case."""
        own = {name: getattr(found.trouble, name) for name in cls.model_fields if name != "matched"}
        return cls(**own, matched=found.matched)


class InquiriesIn(Command):
    """Which inquiries, by id."""

    inquiry_ids: Annotated[list[IdText], Field(min_length=1, max_length=MOST)]


class LinkedIn(Command):
    """Which of the linked inquiries: these, or all of them, so many in one request behind `after`."""

    inquiry_ids: Annotated[list[IdText], Field(min_length=1, max_length=MOST)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = 100
    after: Annotated[IdText | None, Field(description="`next` of the answer before.")] = None


class UnitReturnsIn(LinkedIn):
    """Why their units go back."""

    reason: Line


class NoticeIn(LinkedIn):
    """The words in both languages, or a published reply; both may hold `{{inquiry_id}}`, `{{received_on}}`,
    `{{summary}}`.
    """  # noqa: D205 - one sentence in two lines

    body_ja: Prose | None = None
    body_en: Prose | None = None
    article_id: IdText | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        given = self.body_ja is not None, self.body_en is not None, self.article_id is not None
        if given not in {(True, True, False), (False, False, True)}:
            message = "say body_ja and body_en, or article_id"
            raise ValueError(message)
        return self

    def command(self, outage_id: str) -> WriteNotice:
        """The same for the use case."""
        return WriteNotice(outage_id=outage_id, body_ja=self.body_ja, body_en=self.body_en, article_id=self.article_id)


class NoticeOut(Answer):
    """A notice of an outage, as it was written, before it is filled in."""

    id: str
    body_ja: str
    body_en: str
    article_id: str | None
    actor: str
    at: Moment

    @classmethod
    def of(cls, found: Notice) -> NoticeOut:
        """From the domain."""
        return NoticeOut.model_validate(found)


class InquiryResolutionsIn(LinkedIn):
    """How they ended, and what helped."""

    outcome: Annotated[Code, Field(examples=["outage_over"])]
    solution: Prose | None = None


class RecountingIn(Command):
    """Why it was no outage's after all."""

    reason: Line


class ReasonOut(Answer):
    """One rule that said no to a row."""

    code: str
    rule_ids: list[str]
    title: str
    why: dict[str, Any]


class RowOut(Answer):
    """What became of one inquiry; `reasons` say why when it was refused."""

    inquiry_id: str
    result: Annotated[str, Field(examples=["linked"])]
    reasons: list[ReasonOut]

    @classmethod
    def of(cls, row: Row, language: str) -> RowOut:
        """From the edge."""
        reasons = [cause.reason(language) for cause in row.refused.reasons] if row.refused is not None else []
        return RowOut(
            inquiry_id=row.inquiry_id,
            result=row.result,
            reasons=[
                ReasonOut(code=each.code, rule_ids=list(each.rule_ids), title=each.title, why=dict(each.why))
                for each in reasons
            ],
        )


class RowsOut(Answer):
    """What became of each, in the order in which they were named; each was done on its own."""

    items: list[RowOut]
    next: Annotated[str | None, Field(description="Where to go on (`after`); null: these were all.")]

    @classmethod
    def of(cls, rows: Sequence[Row], language: str, *, following: str | None = None) -> RowsOut:
        """From the edge."""
        return RowsOut(items=[RowOut.of(row, language) for row in rows], next=following)
