"""The tables of the published service table, cell by cell, from the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Protocol

from contracts.domain import wording
from contracts.domain.catalogue import Catalogue
from contracts.domain.plans import Family, Option, OptionKind, Plan
from contracts.domain.sheet_layout import FeatureLayout, FeatureRow, Language, OptionColumn, Words


class Named(Protocol):
    """What has a name in both languages."""

    @property
    def name_ja(self) -> str:
        """In Japanese."""
        ...

    @property
    def name_en(self) -> str:
        """In English."""
        ...


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell; blank when there is no text. `mark` refers to a footnote."""

    text: str = ""
    mark: str = ""


BLANK = Cell()


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of as many cells as there are columns, below `head`; the first `labels` columns name their rows."""

    code: str
    labels: int
    rows: tuple[tuple[Cell, ...], ...]
    head: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class View:
    """The catalogue as it is read: in a language, for a day."""

    book: Catalogue
    language: Language
    as_of: date

    def named(self, thing: Named) -> str:
        """The thing's name."""
        return thing.name_ja if self.language is Language.JA else thing.name_en

    def name(self, code: str) -> str:
        """The name of a family, system or terminal."""
        return self.book.sheet.names[code].of(self.language)

    def say(self, words: Words | None) -> str:
        """The words in the language of this view."""
        return words.of(self.language) if words else ""

    def either(self, ja: str, en: str) -> str:
        """Words of these tables' own."""
        return ja if self.language is Language.JA else en

    def plans(self, family: Family | None = None) -> list[Plan]:
        """The plans that are not closed, in the catalogue's order."""
        return [p for p in self.book.plans if not p.closed_plan and family in (None, p.family)]

    def options(self, family: Family) -> list[Option]:
        """The options that are offered with plans of the family."""
        codes = {plan.code for plan in self.plans(family)}
        return [option for option in self.book.options if codes.intersection(option.plans)]

    def yen(self, amount: int) -> Cell:
        """An amount of money."""
        return Cell(text=wording.yen(amount, self.language))


def _texts(*texts: str) -> tuple[Cell, ...]:
    return tuple(Cell(text=text) for text in texts)


def _outline(view: View) -> Table:
    began = (view.either("サービス開始年月日", "Service since"), wording.day(view.book.service.began_on, view.language))
    centre = view.either(view.book.service.centre_ja, view.book.service.centre_en)
    rows = [
        (view.say(row.label), "\n".join(view.say(line).format(centre=centre) for line in row.lines))
        for row in view.book.sheet.outline
    ]
    return Table(code="outline", labels=1, rows=tuple(_texts(*row) for row in (began, *rows)))


def _initial_fee(view: View) -> Table:
    fee = view.book.service.initial_fee
    shown = view.yen(fee) if fee else Cell(text=wording.NOT_NEEDED.of(view.language))
    label = Cell(text=view.either("1. 初期費用", "1. Initial fee"))
    return Table(code="initial_fee", labels=1, rows=((label, shown),))


def _family(view: View, family: Family) -> str:
    """The family's name, with its first day of sale when that is known."""
    plans = view.plans(family)
    first = min(plan.sold_from for plan in plans)
    if any(plan.sold_from_inferred for plan in plans):
        return view.name(family)
    told = wording.day(first, view.language)
    return f"{view.name(family)} " + view.either(f"({told}提供開始)", f"(offered since {told})")


def _monthly_prices(view: View) -> Table:
    marks = {column.code: column.price_mark for layout in view.book.sheet.features for column in layout.options}
    basic, optional = _menus(view)
    rows: list[tuple[Cell, ...]] = []
    for family in _families(view):
        name = Cell(text=_family(view, family))
        rows += [
            (name, basic, Cell(text=view.named(plan)), view.yen(plan.price_on(view.as_of)))
            for plan in view.plans(family)
        ]
        for option in view.options(family):
            shown = Cell(text=view.named(option), mark=marks.get(option.code, ""))
            rows.append((name, optional, shown, view.yen(option.price_on(view.as_of))))
    service, plan_, price = _price_columns(view)
    head = _texts(service, plan_, plan_, price)
    return Table(code="monthly_prices", labels=3, rows=tuple(rows), head=(head,))


def _price_columns(view: View) -> tuple[str, str, str]:
    return (
        view.either("サービス区分", "Service"),
        view.either("プラン", "Plan"),
        view.either("金額", "Price"),
    )


def _menus(view: View) -> tuple[Cell, Cell]:
    return (
        Cell(text=view.either("基本メニュー", "Basic menu")),
        Cell(text=view.either("オプションメニュー", "Options")),
    )


def _families(view: View) -> list[Family]:
    return list(dict.fromkeys(plan.family for plan in view.plans()))


def _closed_plans(view: View) -> Table:
    """A last day of sale that was inferred is left blank, as it was published."""
    rows = [
        (
            BLANK if plan.end_date_inferred or plan.sold_to is None else Cell(text=_sold_until(view, plan.sold_to)),
            Cell(text=view.name(plan.family)),
            Cell(text=view.named(plan)),
            view.yen(plan.price_on(view.as_of)),
        )
        for plan in view.book.plans
        if plan.closed_plan
    ]
    head = _texts(view.either("新規販売終了日", "Closed to new sale"), *_price_columns(view))
    return Table(code="closed_plans", labels=3, rows=tuple(rows), head=(head,))


def _sold_until(view: View, last: date) -> str:
    told = wording.day(last, view.language)
    return view.either(f"{told}販売終了", f"after {told}")


def _loan_devices(view: View) -> Table:
    conditions = view.book.sheet.loan_conditions
    shown = wording.joined(
        (
            f"{_without_condition(view.named(kind))} ({conditions[kind.code].of(view.language)})"
            for kind in view.book.loan_kinds
        ),
        view.language,
    )
    return Table(code="loan_devices", labels=1, rows=(_texts(view.either("貸出し機器", "Devices"), shown),))


def _without_condition(name: str) -> str:
    return name.split(" (", maxsplit=1)[0]


def _tool_functions(view: View) -> Table:
    """A column for each system that some function is offered on, in the order of their first mention."""
    functions = view.book.tool_functions
    systems = list(dict.fromkeys(on.os for function in functions for on in function.systems))
    rows = []
    for function in functions:
        offered = {on.os: f"{wording.YES} {view.say(on.note)}".rstrip() for on in function.systems}
        cells = _texts(*(offered.get(os, "") for os in systems))
        rows.append((*_texts(view.say(function.name), view.say(function.content)), *cells))
    titles = (view.either("機能", "Function"), view.either("内容", "What it does"))
    head = (
        _texts(*titles, *[view.either("対応OS", "Systems")] * len(systems)),
        _texts(*titles, *map(view.name, systems)),
    )
    return Table(code="tool_functions", labels=1, rows=tuple(rows), head=head)


def _visit_items(view: View, *, fees: bool) -> Table:
    unit, price = view.either("単位", "Unit"), view.either("金額", "Price")
    rows = [
        (*_texts(view.named(item), view.say(view.book.sheet.units[item.per])), view.yen(item.unit_price))
        for item in view.book.visit_menu
        if (item.per == "dispatch") is fees
    ]
    title = "" if fees else view.either("主なサポート内容", "Work")
    return Table(
        code="visit_fees" if fees else "visit_menu", labels=1, rows=tuple(rows), head=(_texts(title, unit, price),)
    )


def _terminals(view: View) -> Table:
    tools = view.book.tool_matrix
    terminals = [view.name(code) for code in view.book.sheet.names if any(code in tool.terminals for tool in tools)]
    systems = [view.name(tool.os) + ("" if tool.management_tool else "*") for tool in tools]
    dot = view.either("・", ", ")
    return Table(
        code="terminals",
        labels=1,
        rows=(
            _texts(view.either("端末", "Terminals"), dot.join(terminals)),
            _texts(view.either("OS", "Systems"), wording.joined(systems, view.language)),
        ),
    )


def _features(view: View, *, family: Family) -> Table:
    layout = {each.family: each for each in view.book.sheet.features}[family]
    plans, options = view.plans(family), {option.code: option for option in view.options(family)}
    rows = tuple(
        (
            *_labels(view, row),
            *(Cell(text=_of_plan(view, plan, row.code)) for plan in plans),
            *(_of_option(view, options[column.code], column, row.code) for column in layout.options),
        )
        for row in layout.rows
    )
    head = _feature_head(view, layout, plans)
    return Table(code=f"features_{family.value}", labels=2, rows=rows, head=head)


def _labels(view: View, row: FeatureRow) -> tuple[Cell, Cell]:
    label = Cell(text=view.say(row.label), mark=row.mark)
    return label, Cell(text=view.say(row.part)) if row.part else label


def _feature_head(view: View, layout: FeatureLayout, plans: list[Plan]) -> tuple[tuple[Cell, ...], ...]:
    basic, optional = _menus(view)
    corner = _texts(*[view.either("プラン", "Plan")] * 2)
    names: Iterable[Cell] = (Cell(text=view.named(plan)) for plan in plans)
    columns = (Cell(text=view.say(column.column), mark=column.mark) for column in layout.options)
    width = len(plans) + len(layout.options)
    return (
        (*corner, *_texts(*[view.name(layout.family)] * width)),
        (*corner, *[basic] * len(plans), *[optional] * len(layout.options)),
        (*corner, *names, *columns),
    )


def _of_plan(view: View, plan: Plan, row: str) -> str:
    language, basic = view.language, view.book.hours
    yes = {"loan": plan.loan, "setup_visit": plan.setup_visit}
    if row in yes:
        return wording.YES if yes[row] else ""
    shown: Mapping[str, Callable[[], str]] = {
        "support_hours": lambda: wording.hours(basic.support_basic, language),
        "visit_hours": lambda: wording.hours(basic.visit_basic, language),
        "inquiry_limit": lambda: wording.monthly(plan.inquiry_limit or 0, language),
        "isolation_limit": lambda: wording.monthly(plan.isolation, language),
        "seats": lambda: wording.devices(plan.seats, language) if plan.seats else "",
    }
    return shown[row]()


def _of_option(view: View, option: Option, column: OptionColumn, row: str) -> Cell:
    if row in column.cells:
        given = column.cells[row]
        return Cell(text=given.text, mark=given.mark)
    if option.kind is OptionKind.HOURS_EXTENSION and row in {"support_hours", "visit_hours"}:
        return Cell(text=wording.ALWAYS.of(view.language))
    if option.kind is OptionKind.EXTRA_INQUIRIES and row == "inquiry_limit":
        return Cell(text=wording.added(option.units, view.language))
    return BLANK


TABLES: Mapping[str, Callable[[View], Table]] = {
    "outline": _outline,
    "initial_fee": _initial_fee,
    "monthly_prices": _monthly_prices,
    "closed_plans": _closed_plans,
    "loan_devices": _loan_devices,
    "tool_functions": _tool_functions,
    "visit_fees": partial(_visit_items, fees=True),
    "visit_menu": partial(_visit_items, fees=False),
    "features_light": partial(_features, family=Family.LIGHT),
    "features_standard": partial(_features, family=Family.STANDARD),
    "terminals": _terminals,
}
