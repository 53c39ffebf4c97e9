"""The catalogue: what is and was sold, for how much, and the numbers the rules judge by. None of it stands in code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from common.closed_days import ClosedDays
from common.errors import refuse_if_any
from common.events.contracts import LoanKind, MenuItem, RequiredConsent, ServiceGoal, ToolOs
from contracts.domain.invoicing import Invoicing
from contracts.domain.plans import Entry, Hours, Option, Plan, PlanTerms
from contracts.domain.refusals import CatalogueInvalid, OptionNotInCatalogue, PlanNotOnSale, PlanUnknown
from contracts.domain.sheet_layout import SheetLayout, ToolFunction


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
class DocumentVersion(Entry):
    """A version of a document, and the day (JST) of its publication. Versions sort by their text."""

    version: str
    published_on: date


@dataclass(frozen=True, kw_only=True)
class Document(Entry):
    """A document that customers accept (R-CONSENT), with its published versions; none: never recorded here."""

    code: str
    name_ja: str
    name_en: str
    versions: tuple[DocumentVersion, ...] = ()

    def newest(self, day: date) -> str | None:
        """The newest version published by this JST day."""
        return max((v.version for v in self.versions if v.published_on <= day), default=None)


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
    service_goals: tuple[ServiceGoal, ...]
    tool_functions: tuple[ToolFunction, ...]
    sheet: SheetLayout
    settings: Mapping[str, int] = field(hash=False)
    invoicing: Invoicing = field(default_factory=Invoicing)

    def __post_init__(self) -> None:
        refuse_if_any(self._faults())

    def _faults(self) -> Iterator[CatalogueInvalid | None]:
        """Every contradiction in it, so that the file is mended in one go."""
        goals = [code for goal in self.service_goals for code in goal.plans]
        yield _repeated("plans", (p.code for p in self.plans))
        yield _repeated("options", (o.code for o in self.options))
        yield _repeated("line_kinds", (k.code for k in self.line_kinds))
        yield _repeated("visit_menu", (m.code for m in self.visit_menu))
        yield _repeated("loan_kinds", (k.code for k in self.loan_kinds))
        yield _repeated("tool_matrix", (t.os for t in self.tool_matrix))
        yield _repeated("documents", (d.code for d in self.documents))
        yield _repeated("service_goals.plans", goals)
        plans, documents = {p.code for p in self.plans}, {d.code for d in self.documents}
        yield _unknown("options.plans", (c for o in self.options for c in o.plans), plans)
        yield _unknown("line_kinds.plans", (c for k in self.line_kinds for c in k.plans), plans)
        yield _unknown("service_goals.plans", goals, plans)
        yield _unknown("required_consents.document", (r.document for r in self.required_consents), documents)
        systems = [on.os for function in self.tool_functions for on in function.systems]
        yield _unknown("tool_functions.systems", systems, {t.os for t in self.tool_matrix if t.management_tool})
        published = {f"{d.code} {v.version}" for d in self.documents for v in d.versions}
        recorded = {d.code for d in self.documents if d.versions}
        wanted = (f"{r.document} {r.version}" for r in self.required_consents if r.document in recorded)
        yield _unknown("required_consents.version", wanted, published)
        yield _unknown("settings", REQUIRED_SETTINGS, set(self.settings))
        priced: tuple[Plan | Option, ...] = (*self.plans, *self.options)
        for sold in priced:
            yield _unordered_prices(sold)
        for plan in self.plans:
            if plan.sold_from < self.service.began_on or (plan.closed_plan and plan.sold_to is None):
                yield CatalogueInvalid(part="plans", code=plan.code, field="sold_from/sold_to")

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


REQUIRED_SETTINGS = (
    "closing_business_days",
    "line_cancellation_park_days",
    "loan_days_max",
    "loan_kinds_max",
    "tax_record_years",
)


def _repeated(part: str, codes: Iterable[str]) -> CatalogueInvalid | None:
    twice = [code for code, times in Counter(codes).items() if times > 1]
    return CatalogueInvalid(part=part, twice=twice) if twice else None


def _unknown(part: str, codes: Iterable[str], known: set[str]) -> CatalogueInvalid | None:
    unknown = sorted(set(codes) - known)
    return CatalogueInvalid(part=part, unknown=unknown) if unknown else None


def _unordered_prices(priced: Plan | Option) -> CatalogueInvalid | None:
    dates = [price.since for price in priced.prices]
    if not dates or dates != sorted(set(dates)) or any(price.yen < 0 for price in priced.prices):
        return CatalogueInvalid(part="prices", code=priced.code)
    return None
