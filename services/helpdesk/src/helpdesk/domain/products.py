"""The products that the house supports, and whether one is in scope on a day (R-PRODUCT-SCOPE)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from common.errors import DomainError, Invalid, NotFound, StaleVersion
from common.ids import new_id

Key = tuple[str, str, str, str]
"""Category, maker, name, versions: what makes a product this one in a whole list."""


class Support(StrEnum):
    """How far the house helps with a product."""

    FULL = "full"
    BEST_EFFORT = "best_effort"
    NONE = "none"


class Because(StrEnum):
    """Why a product is out of scope on a day."""

    NOT_LISTED = "not_listed"
    NOT_SUPPORTED = "not_supported"
    NOT_YET = "not_yet"
    ENDED = "ended"


class Verdict(StrEnum):
    """What the list says of a product by its name; `unsure`: its version decides."""

    IN_SCOPE = "in_scope"
    OUT_OF_SCOPE = "out_of_scope"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


class ProductUnknown(NotFound):
    """There is no such product in the list."""

    code = "product_unknown"
    en = "There is no such product in the list."
    ja = "該当する製品がサポート対象製品一覧にありません。"


class ProductTwice(Invalid):
    """Category, maker, name and versions are those of another product of the list."""

    code = "product_twice"
    en = "A product is in the list twice."
    ja = "同じ製品が一覧に重複しています。"


class ProductDatesCrossed(Invalid):
    """The support of a product would end before it begins."""

    code = "product_dates_crossed"
    en = "The support of a product ends before it begins."
    ja = "サポートの終了日が開始日より前です。"


class ProductOutOfScope(DomainError):
    """The product is not supported on the day of the call; nothing is counted."""

    code = "product_out_of_scope"
    rule_ids = ("R-PRODUCT-SCOPE",)
    en = "This product is not supported on that day."
    ja = "この製品はサポート対象外です。"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a line of the list says.

    `versions` is a pattern with `*` and `?`. The house supports the product from `since` to `until`, both included, or
    without `until` to the last day of its maker's support.
    """

    category: str
    maker: str
    name: str
    versions: str
    support: Support
    maker_ends_on: date | None
    since: date | None
    until: date | None
    note_ja: str | None
    note_en: str | None

    @property
    def key(self) -> Key:
        """What makes it this product."""
        return (self.category, self.maker, self.name, self.versions)

    @property
    def last_day(self) -> date | None:
        """The last day on which the house supports it; None: no end is known."""
        return self.until or self.maker_ends_on

    def covers(self, version: str) -> bool:
        """Whether a version is one of these; width and case do not matter."""
        return fnmatchcase(_same(version), _same(self.versions).replace("[", "[[]"))


@dataclass(frozen=True, kw_only=True)
class Product:
    """A line of the list as it stands since its last change; what left the list is not `listed`, and stays."""

    id: str
    version: int
    listed: bool
    terms: Terms
    actor: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What holds for a product on a day."""

    product: Product
    on: date
    because: Because | None

    @property
    def in_scope(self) -> bool:
        """Whether the house supports it then."""
        return self.because is None

    @property
    def days_left(self) -> int | None:
        """The days of support that are left behind this one; None: it is out of scope, or no end is known."""
        last = self.product.terms.last_day
        return (last - self.on).days if last is not None and self.in_scope else None


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What a whole list changes: the lines to be written, and how many of which sort they are."""

    written: Sequence[Product]
    added: int
    changed: int
    delisted: int
    unchanged: int


def scope_of(product: Product, on: date) -> Scope:
    """Whether the product is in scope on a day (R-PRODUCT-SCOPE)."""
    terms, because = product.terms, None
    if not product.listed:
        because = Because.NOT_LISTED
    elif terms.support is Support.NONE:
        because = Because.NOT_SUPPORTED
    elif terms.since is not None and on < terms.since:
        because = Because.NOT_YET
    elif terms.last_day is not None and on > terms.last_day:
        because = Because.ENDED
    return Scope(product=product, on=on, because=because)


def in_scope(scope: Scope | None) -> DomainError | None:
    """`ProductOutOfScope` for a product that is named and not supported on that day."""
    return None if scope is None or scope.in_scope else ProductOutOfScope(**scope_inputs(scope))


def scope_inputs(scope: Scope) -> dict[str, Any]:
    """What the decision rested on, as a refusal or a `why` shows it."""
    terms = scope.product.terms
    return {
        "product_id": scope.product.id,
        "product": f"{terms.maker} {terms.name}",
        "versions": terms.versions,
        "because": scope.because,
        "support": terms.support,
        "since": terms.since,
        "last_day": terms.last_day,
        "maker_ends_on": terms.maker_ends_on,
        "on": scope.on,
    }


def matching(products: Iterable[Product], version: str | None) -> list[Product]:
    """Those that cover the version, the most particular first."""
    found = [each for each in products if version is None or each.terms.covers(version)]
    return sorted(found, key=lambda each: (-len(each.terms.versions.replace("*", "")), each.id))


def verdict_of(scopes: Sequence[Scope], version: str | None) -> Verdict:
    """What the list says: of a version its most particular line, without one what all lines agree on."""
    said = {each.in_scope for each in (scopes[:1] if version is not None else scopes)}
    if len(said) != 1:
        return Verdict.UNSURE if said else Verdict.UNKNOWN
    return Verdict.IN_SCOPE if said.pop() else Verdict.OUT_OF_SCOPE


def first(terms: Terms, *, actor: str, now: datetime) -> Product:
    """A new line of the list; raises `ProductDatesCrossed`."""
    _require_order([terms])
    return Product(id=new_id("prd"), version=1, listed=True, terms=terms, actor=actor, at=now)


def changed(before: Product, terms: Terms, *, expected: int | None, actor: str, now: datetime) -> Product:
    """The next version of a line, in the list again; raises `StaleVersion`, `ProductDatesCrossed`."""
    if expected is not None and expected != before.version:
        raise StaleVersion(version=before.version, expected=expected)
    _require_order([terms])
    return replace(before, version=before.version + 1, listed=True, terms=terms, actor=actor, at=now)


def imported(known: Mapping[Key, Product], wanted: Sequence[Terms], *, actor: str, now: datetime) -> Imported:
    """What makes the list this one; raises `ProductTwice`, `ProductDatesCrossed` with the lines that are wrong."""
    lines: dict[Key, list[int]] = {}
    for number, terms in enumerate(wanted, 1):
        lines.setdefault(terms.key, []).append(number)
    twice = sorted(number for numbers in lines.values() if len(numbers) > 1 for number in numbers)
    if twice:
        raise ProductTwice(lines=twice)
    _require_order(wanted)
    new = [first(terms, actor=actor, now=now) for terms in wanted if terms.key not in known]
    other = [
        changed(known[terms.key], terms, expected=None, actor=actor, now=now)
        for terms in wanted
        if terms.key in known and (not known[terms.key].listed or known[terms.key].terms != terms)
    ]
    gone = [
        replace(each, version=each.version + 1, listed=False, actor=actor, at=now)
        for key, each in known.items()
        if each.listed and key not in lines
    ]
    return Imported(
        written=[*new, *other, *gone],
        added=len(new),
        changed=len(other),
        delisted=len(gone),
        unchanged=len(wanted) - len(new) - len(other),
    )


def _require_order(wanted: Sequence[Terms]) -> None:
    crossed = [
        number
        for number, terms in enumerate(wanted, 1)
        if terms.since is not None and terms.until is not None and terms.until < terms.since
    ]
    if crossed:
        raise ProductDatesCrossed(lines=crossed)


def _same(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
