"""The catalogue and the calendar on the wire."""

from __future__ import annotations

from datetime import date

from common.http import Answer, Command, Prose
from contracts.domain.catalogue import (
    Catalogue,
)
from contracts.domain.closed_day import ClosedDay
from contracts.domain.plans import (
    Option,
    Plan,
)


class PlanOut(Answer):
    """A plan with its price and sale window (last day included); limits that nobody stated are null."""

    code: str
    family: str
    name_ja: str
    name_en: str
    monthly_price: int
    tax_rate: int
    on_sale: bool
    sold_from: date
    sold_to: date | None
    end_date_inferred: bool
    closed_plan: bool
    inquiry_limit: int | None
    seats: int | None
    isolation_visits: int
    loan: bool
    setup_visit: bool
    management_tool: bool
    telework: bool
    options: list[str]

    @classmethod
    def of(cls, plan: Plan, book: Catalogue, today: date) -> PlanOut:
        """As shown today."""
        return cls(
            code=plan.code,
            family=plan.family.value,
            name_ja=plan.name_ja,
            name_en=plan.name_en,
            monthly_price=plan.price_on(today),
            tax_rate=book.tax.rate,
            on_sale=plan.on_sale(today),
            sold_from=plan.sold_from,
            sold_to=plan.sold_to,
            end_date_inferred=plan.end_date_inferred,
            closed_plan=plan.closed_plan,
            inquiry_limit=plan.inquiry_limit,
            seats=plan.seats,
            isolation_visits=plan.isolation,
            loan=plan.loan,
            setup_visit=plan.setup_visit,
            management_tool=plan.management_tool,
            telework=plan.telework,
            options=[option.code for option in book.options if plan.code in option.plans],
        )


class OptionOfferOut(Answer):
    """An option on offer; extra inquiries are charged once, the hours extension a month."""

    code: str
    kind: str
    name_ja: str
    name_en: str
    price: int
    plans: list[str]
    units: int

    @classmethod
    def of(cls, option: Option, today: date) -> OptionOfferOut:
        """As shown today."""
        return cls(
            code=option.code,
            kind=option.kind.value,
            name_ja=option.name_ja,
            name_en=option.name_en,
            price=option.price_on(today),
            plans=list(option.plans),
            units=option.units,
        )


class PlansOut(Answer):
    """All plans there are or were, and the options."""

    items: list[PlanOut]
    options: list[OptionOfferOut]
    next: None = None

    @classmethod
    def of(cls, book: Catalogue, today: date) -> PlansOut:
        """As shown today."""
        return cls(
            items=[PlanOut.of(plan, book, today) for plan in book.plans],
            options=[OptionOfferOut.of(option, today) for option in book.options],
        )


class SheetCellOut(Answer):
    """A cell of the published table; blank when `text` is empty. `mark` refers to a footnote of its section."""

    text: str
    mark: str


class SheetTableOut(Answer):
    """Rows of as many cells as columns: what spans several cells is repeated. The first `labels` columns name rows."""

    code: str
    labels: int
    head: list[list[SheetCellOut]]
    rows: list[list[SheetCellOut]]


class SheetBlockOut(Answer):
    """`kind` is heading, text, note (`mark` is what refers to it) or table (with its title as `text`)."""

    kind: str
    text: str
    mark: str
    url: str | None
    table: SheetTableOut | None


class SheetSectionOut(Answer):
    """A section of the published table."""

    code: str
    title: str
    blocks: list[SheetBlockOut]


class PlanSheetOut(Answer):
    """The published service table, regenerated from the catalogue; prices are those of contracts begun on `as_of`."""

    language: str
    as_of: date
    title: str
    sections: list[SheetSectionOut]


class ClosedDayIn(Command):
    """An exception: closed, or with `closed` false open whatever else holds."""

    closed: bool = True
    reason: Prose


class ClosedDayOut(Answer):
    """An exception of the calendar (R-CLOSED-DAYS)."""

    day: date
    closed: bool
    reason: str

    @classmethod
    def of(cls, exception: ClosedDay) -> ClosedDayOut:
        """As shown."""
        return cls.model_validate(exception)


class ClosedDaysOut(Answer):
    """All exceptions, with the year-end days that are always closed; national holidays come on top."""

    country: str
    year_end_from: str
    year_end_to: str
    items: list[ClosedDayOut]
    next: None = None

    @classmethod
    def of(cls, book: Catalogue, exceptions: list[ClosedDay]) -> ClosedDaysOut:
        """As shown."""
        return cls(
            country=book.calendar.country,
            year_end_from=book.calendar.year_end_from,
            year_end_to=book.calendar.year_end_to,
            items=[ClosedDayOut.of(each) for each in exceptions],
        )
