"""The catalogue: what is and was sold, for how much, and the numbers the rules judge by. None of it stands in code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from common.closed_days import ClosedDays
from common.events.contracts import LoanKind, MenuItem, RequiredConsent, ToolOs
from common.opening_hours import Block
from contracts.domain.refusals import CatalogueInvalid, OptionNotInCatalogue, PlanNotOnSale, PlanUnknown


class Family(StrEnum):
    """Light is contracted per Internet line, Standard per ID (R-ELIGIBLE-LINE)."""

    LIGHT = "light"
    STANDARD = "standard"


class OptionKind(StrEnum):
    """What an option does."""

    HOURS_EXTENSION = "hours_extension"
    EXTRA_INQUIRIES = "extra_inquiries"


class Judgement(StrEnum):
    """What becomes of an application on a kind of line."""

    ACCEPTED = "accepted"
    REVIEW = "review"
    REFUSED = "refused"


class Numbering(StrEnum):
    """Whether a line's number is unique by itself or only together with its carrier."""

    OWN = "own"
    CARRIER = "carrier"


class Rounding(StrEnum):
    """How the tax contained in a statement is rounded."""

    DOWN = "down"


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


@dataclass(frozen=True, kw_only=True)
class LineKind(Entry):
    """A kind of Internet line; `plans` are decided exceptions to `judgement` (plan code → judgement)."""

    code: str
    name_ja: str
    name_en: str
    judgement: Judgement
    numbering: Numbering
    plans: Mapping[str, Judgement] = field(default_factory=dict, hash=False)

    def judge(self, plan_code: str) -> Judgement:
        """What becomes of an application for this plan on such a line (R-ELIGIBLE-LINE)."""
        return self.plans.get(plan_code, self.judgement)


@dataclass(frozen=True, kw_only=True)
class Tax(Entry):
    """Consumption tax contained in every price of plans and options, per cent."""

    rate: int
    rounding: Rounding


@dataclass(frozen=True, kw_only=True)
class BasicHours(Entry):
    """Basic hours of support and of visits (R-HOURS-SUPPORT, R-HOURS-VISIT)."""

    support_basic: tuple[Hours, ...]
    visit_basic: tuple[Hours, ...]


@dataclass(frozen=True, kw_only=True)
class YearEnd(Entry):
    """The calendar's country and its year-end days, MM-DD, both included (R-CLOSED-DAYS)."""

    country: str
    year_end_from: str
    year_end_to: str

    def __post_init__(self) -> None:
        self.closed_days({}, {})

    def closed_days(self, closed: Mapping[date, str], extra_open: Mapping[date, str]) -> ClosedDays:
        """The calendar with the operator's exceptions."""
        return ClosedDays.parse(
            self.country,
            year_end_from=self.year_end_from,
            year_end_to=self.year_end_to,
            closed=closed,
            extra_open=extra_open,
        )


@dataclass(frozen=True, kw_only=True)
class Document(Entry):
    """A document that customers accept (R-CONSENT)."""

    code: str
    name_ja: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class Service(Entry):
    """What the service is called and since when it exists."""

    name_ja: str
    name_en: str
    centre_ja: str
    centre_en: str
    began_on: date
    initial_fee: int
    area_ja: str
    area_en: str


@dataclass(frozen=True, kw_only=True)
class Catalogue(Entry):
    """Everything, checked as a whole; raises `CatalogueInvalid`."""

    service: Service
    tax: Tax
    hours: BasicHours
    calendar: YearEnd
    plans: tuple[Plan, ...]
    options: tuple[Option, ...]
    line_kinds: tuple[LineKind, ...]
    visit_menu: tuple[MenuItem, ...]
    loan_kinds: tuple[LoanKind, ...]
    tool_matrix: tuple[ToolOs, ...]
    documents: tuple[Document, ...]
    required_consents: tuple[RequiredConsent, ...]
    settings: Mapping[str, int] = field(hash=False)

    def __post_init__(self) -> None:
        _require_unique("plans", (p.code for p in self.plans))
        _require_unique("options", (o.code for o in self.options))
        _require_unique("line_kinds", (k.code for k in self.line_kinds))
        _require_unique("visit_menu", (m.code for m in self.visit_menu))
        _require_unique("loan_kinds", (k.code for k in self.loan_kinds))
        _require_unique("tool_matrix", (t.os for t in self.tool_matrix))
        _require_known("options.plans", (c for o in self.options for c in o.plans), {p.code for p in self.plans})
        documents = {d.code for d in self.documents}
        _require_known("required_consents.document", (r.document for r in self.required_consents), documents)
        _require_known("settings", REQUIRED_SETTINGS, set(self.settings))
        priced: tuple[Plan | Option, ...] = (*self.plans, *self.options)
        for sold in priced:
            _require_prices(sold)
        for plan in self.plans:
            if plan.sold_from < self.service.began_on or (plan.closed_plan and plan.sold_to is None):
                raise CatalogueInvalid(part="plans", code=plan.code, field="sold_from/sold_to")

    def plan(self, code: str) -> Plan:
        """The plan of this code; raises `PlanUnknown`."""
        for plan in self.plans:
            if plan.code == code:
                return plan
        raise PlanUnknown(plan_code=code)

    def plan_on_sale(self, code: str, day: date) -> Plan:
        """The plan, when it is sold on this JST day; raises `PlanUnknown`, `PlanNotOnSale` (R-SALE-WINDOW)."""
        plan = self.plan(code)
        if not plan.on_sale(day):
            raise PlanNotOnSale(plan_code=code, day=day, sold_from=plan.sold_from, sold_to=plan.sold_to)
        return plan

    def option(self, code: str) -> Option:
        """The option of this code; raises `OptionNotInCatalogue`."""
        for option in self.options:
            if option.code == code:
                return option
        raise OptionNotInCatalogue(option_code=code)

    def terms_of(self, plan: Plan) -> PlanTerms:
        """What a contract that takes this plan now may use; a closed plan states no limits."""
        stated = not plan.closed_plan
        return PlanTerms(
            code=plan.code,
            family=plan.family,
            closed_plan=plan.closed_plan,
            inquiry_limit=plan.inquiry_limit,
            seats=plan.seats,
            isolation=plan.isolation,
            loan=plan.loan,
            loan_kinds_limit=self.settings["loan_kinds_max"] if plan.loan else 0,
            setup_visit=plan.setup_visit,
            management_tool=plan.management_tool,
            telework=plan.telework,
            support_hours=self.hours.support_basic if stated else (),
            visit_hours=self.hours.visit_basic if stated else (),
        )


REQUIRED_SETTINGS = ("closing_business_days", "loan_days_max", "loan_kinds_max")


def _price_on(prices: tuple[Price, ...], day: date) -> int:
    """The latest price that began on or before `day`; for an earlier day the first there was."""
    begun = [price for price in prices if price.since <= day]
    return (begun[-1] if begun else prices[0]).yen


def _require_unique(part: str, codes: Iterable[str]) -> None:
    twice = [code for code, times in Counter(codes).items() if times > 1]
    if twice:
        raise CatalogueInvalid(part=part, twice=twice)


def _require_known(part: str, codes: Iterable[str], known: set[str]) -> None:
    unknown = sorted(set(codes) - known)
    if unknown:
        raise CatalogueInvalid(part=part, unknown=unknown)


def _require_prices(priced: Plan | Option) -> None:
    dates = [price.since for price in priced.prices]
    if not dates or dates != sorted(set(dates)) or any(price.yen < 0 for price in priced.prices):
        raise CatalogueInvalid(part="prices", code=priced.code)
