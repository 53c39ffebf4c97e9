"""What goes in and out about supported products."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from common.http import Answer, Command, Line, Moment, Prose
from helpdesk.domain.products import Because, Imported, Product, Scope, Support, Terms, Verdict

MOST_OF_A_LIST = 1000


def _sane(day: date) -> date:
    if not date(1990, 1, 1) <= day <= date(2200, 12, 31):
        message = "the year must lie between 1990 and 2200"
        raise ValueError(message)
    return day


DayIn = Annotated[date, AfterValidator(_sane)]


class TermsIn(Command):
    """A line of the list. `until` is the last day on which the house supports it; without it the maker's is."""

    category: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$", examples=["os"])]
    maker: Annotated[Line, Field(examples=["Microsoft"])]
    name: Annotated[Line, Field(examples=["Windows 10"])]
    versions: Annotated[Line, Field(description="Which versions; `*` and `?` stand for others.", examples=["*"])] = "*"
    support: Support
    maker_ends_on: Annotated[DayIn | None, Field(examples=["2025-10-14"])] = None
    since: DayIn | None = None
    until: DayIn | None = None
    note_ja: Prose | None = None
    note_en: Prose | None = None

    def terms(self) -> Terms:
        """The same for the domain."""
        return Terms(**{name: getattr(self, name) for name in TermsIn.model_fields})


class WholeListIn(Command):
    """The whole list as it is to be."""

    items: Annotated[list[TermsIn], Field(min_length=1, max_length=MOST_OF_A_LIST)]


class ImportedOut(Answer):
    """How many lines came in, changed, left the list, and stayed as they were."""

    added: int
    changed: int
    delisted: int
    unchanged: int

    @classmethod
    def of(cls, done: Imported) -> ImportedOut:
        """From the domain."""
        return cls.model_validate(done)


class ProductOut(Answer):
    """A line of the list as it stands; `last_day` is the last on which the house supports it, null: no end is known."""

    id: str
    category: str
    maker: str
    name: str
    versions: str
    support: Support
    maker_ends_on: date | None
    since: date | None
    until: date | None
    last_day: date | None
    note_ja: str | None
    note_en: str | None
    listed: bool
    version: int

    @classmethod
    def fields_of(cls, found: Product) -> dict[str, Any]:
        """The fields that every answer about a product has."""
        own = {"id": found.id, "version": found.version, "listed": found.listed, "last_day": found.terms.last_day}
        return {**asdict(found.terms), **own}

    @classmethod
    def of(cls, found: Product) -> ProductOut:
        """From the domain."""
        return ProductOut(**cls.fields_of(found))


class ProductVersionOut(ProductOut):
    """A line as it stood in this version, with who wrote it."""

    actor: str
    at: Moment

    @classmethod
    def of_version(cls, found: Product) -> ProductVersionOut:
        """From the domain."""
        return cls(**cls.fields_of(found), actor=found.actor, at=found.at)


class ProductVersionsOut(Answer):
    """Versions, the newest first; `next` is the version to ask for those `before`, or null."""

    items: list[ProductVersionOut]
    next: int | None


class ScopeOut(Answer):
    """What holds for a product on a day; `ends_soon` is a warning, not a refusal."""

    product: ProductOut
    on: date
    in_scope: bool
    because: Because | None
    days_left: Annotated[int | None, Field(description="Days of support behind this one; null: no end is known.")]
    ends_soon: bool

    @classmethod
    def of(cls, scope: Scope, warning_days: int) -> ScopeOut:
        """From the domain."""
        left = scope.days_left
        return cls(
            product=ProductOut.of(scope.product),
            on=scope.on,
            in_scope=scope.in_scope,
            because=scope.because,
            days_left=left,
            ends_soon=left is not None and left <= warning_days,
        )


class CheckOut(Answer):
    """What the list says of a product by its name; `unsure`: its version decides."""

    verdict: Verdict
    items: list[ScopeOut]
