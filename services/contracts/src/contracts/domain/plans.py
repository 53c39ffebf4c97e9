"""Plans and options: what they allow, what they cost, when they are sold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from common.opening_hours import Block


class Family(StrEnum):
    """Light is contracted per Internet line, Standard per ID (R-ELIGIBLE-LINE)."""

    LIGHT = "light"
    STANDARD = "standard"


class OptionKind(StrEnum):
    """What an option does."""

    HOURS_EXTENSION = "hours_extension"
    EXTRA_INQUIRIES = "extra_inquiries"


class Entry:
    """A piece of the catalogue file; fields it does not know are mistakes."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = {"extra": "forbid"}


@dataclass(frozen=True, kw_only=True)
class Hours(Entry):
    """Opening hours on ISO weekdays, JST, half-open."""

    weekdays: tuple[int, ...]
    opens: str
    closes: str

    def __post_init__(self) -> None:
        Block.parse(self.weekdays, self.opens, self.closes)


@dataclass(frozen=True, kw_only=True)
class Price(Entry):
    """Tax-included yen a month, for periods that begin on `since` or later."""

    since: date
    yen: int


@dataclass(frozen=True, kw_only=True)
class PlanTerms(Entry):
    """What a plan allows. Limits that nobody stated are None (`limits_not_recorded`); no hours: not recorded."""

    code: str
    family: Family
    closed_plan: bool = False
    inquiry_limit: int | None = None
    seats: int | None = None
    isolation: int = 0
    loan: bool = False
    loan_kinds_limit: int = 0
    setup_visit: bool = False
    management_tool: bool = False
    telework: bool = False
    support_hours: tuple[Hours, ...] = ()
    visit_hours: tuple[Hours, ...] = ()

    @property
    def limits_recorded(self) -> bool:
        """Whether support can be given at all: the limit and the hours are known."""
        return self.inquiry_limit is not None and bool(self.support_hours)


@dataclass(frozen=True, kw_only=True)
class Plan(Entry):
    """A plan with its sale window: first and last day of sale, both included (R-SALE-WINDOW)."""

    code: str
    family: Family
    name_ja: str
    name_en: str
    prices: tuple[Price, ...]
    sold_from: date
    sold_from_inferred: bool = False
    sold_to: date | None = None
    end_date_inferred: bool = False
    closed_plan: bool = False
    inquiry_limit: int | None = None
    seats: int | None = None
    isolation: int = 0
    loan: bool = False
    setup_visit: bool = False
    management_tool: bool = False
    telework: bool = False

    def on_sale(self, day: date) -> bool:
        """Whether it is sold on this JST day; the last day of sale is included (R-SALE-WINDOW)."""
        return self.sold_from <= day and (self.sold_to is None or day <= self.sold_to)

    def price_on(self, day: date) -> int:
        """Tax-included yen a month for a contract that takes the plan on `day`."""
        return _price_on(self.prices, day)


@dataclass(frozen=True, kw_only=True)
class Option(Entry):
    """An option and the plans it is offered with."""

    code: str
    kind: OptionKind
    name_ja: str
    name_en: str
    plans: tuple[str, ...]
    prices: tuple[Price, ...]
    units: int = 0
    per_fee_month: int = 1

    def price_on(self, day: date) -> int:
        """Tax-included yen, a month or once for extra inquiries."""
        return _price_on(self.prices, day)


def _price_on(prices: tuple[Price, ...], day: date) -> int:
    """The latest price that began on or before `day`; for an earlier day the first there was."""
    begun = [price for price in prices if price.since <= day]
    return (begun[-1] if begun else prices[0]).yen
