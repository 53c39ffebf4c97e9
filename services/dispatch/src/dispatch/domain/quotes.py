"""What a setup visit costs: per-dispatch fees and menu items times units, shown before the work (R-SETUP-PRICE)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from common.errors import DomainError, refuse_if_any
from common.events.contracts import MenuItem
from common.events.dispatch import QuoteLine
from dispatch.domain.completion_refusals import MenuItemUnknown

PER_DISPATCH = "dispatch"


@dataclass(frozen=True)
class Ordered:
    """A menu item and how many of its units are wanted."""

    menu_code: str
    units: int


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """One line of a quote, in whole yen with tax included; `minutes` is the planned work of the whole line."""

    menu_code: str
    name_ja: str
    name_en: str
    units: int
    unit_price: int
    amount: int
    tax_rate: int
    minutes: int


@dataclass(frozen=True, kw_only=True)
class Quote:
    """The lines and their total in yen, tax included."""

    lines: tuple[PricedLine, ...]
    total: int

    @property
    def minutes(self) -> int:
        """Planned work on site, in minutes."""
        return sum(line.minutes for line in self.lines)

    @property
    def menu_codes(self) -> frozenset[str]:
        """Every item on it."""
        return frozenset(line.menu_code for line in self.lines)

    @property
    def told(self) -> tuple[QuoteLine, ...]:
        """Its lines as events carry them."""
        return tuple(
            QuoteLine(
                menu_code=line.menu_code,
                units=line.units,
                unit_price=line.unit_price,
                amount=line.amount,
                tax_rate=line.tax_rate,
            )
            for line in self.lines
        )


def price(menu: Sequence[MenuItem], ordered: Iterable[Ordered]) -> Quote:
    """The quote for an order (R-SETUP-PRICE): every per-dispatch item once, then each ordered item in menu order.

    Items named twice are added up. Raises `MenuItemUnknown` for each code the menu does not offer per unit; what is
    charged per dispatch comes by itself and cannot be ordered.
    """
    wanted: Counter[str] = Counter()
    for line in ordered:
        wanted[line.menu_code] += line.units
    orderable = {item.code for item in menu if item.per != PER_DISPATCH}
    unknown: list[DomainError] = [
        MenuItemUnknown(menu_code=code, on_menu=sorted(orderable)) for code in wanted if code not in orderable
    ]
    refuse_if_any(unknown)
    charged = [(item, 1) for item in menu if item.per == PER_DISPATCH]
    charged += [(item, wanted[item.code]) for item in menu if item.code in wanted]
    lines = tuple(_line(item, units) for item, units in charged)
    return Quote(lines=lines, total=sum(line.amount for line in lines))


def _line(item: MenuItem, units: int) -> PricedLine:
    return PricedLine(
        menu_code=item.code,
        name_ja=item.name_ja,
        name_en=item.name_en,
        units=units,
        unit_price=item.unit_price,
        amount=item.unit_price * units,
        tax_rate=item.tax_rate,
        minutes=item.minutes * units,
    )
