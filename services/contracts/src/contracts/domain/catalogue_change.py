"""How one catalogue differs from another, in words; and what may not change once it has counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.domain.catalogue import Catalogue
from contracts.domain.plans import Option, Plan, Price
from contracts.domain.refusals import CatalogueChangeRefused

_KEYS = ("code", "os", "since", "family", "table", "column")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A place of the catalogue and what stood and will stand there; None: nothing."""

    place: str
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.place}: {_shown(self.after)}"
        if self.after is None:
            return f"- {self.place}: {_shown(self.before)}"
        return f"  {self.place}: {_shown(self.before)} → {_shown(self.after)}"


def differences(before: Any, after: Any, place: str = "") -> Iterator[Difference]:
    """Everything that differs between two documents; entries of lists are the same when their codes are."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            yield from differences(before.get(name), after.get(name), f"{place} {name}".strip())
    elif _entries(before) and _entries(after):
        old, new = _by_key(before), _by_key(after)
        for key in dict.fromkeys((*old, *new)):
            yield from differences(old.get(key), new.get(key), f"{place} [{key}]")
        if before != after and [*old] != [*new] and {*old} == {*new}:
            yield Difference(place=f"{place} (order)", before=" ".join(old), after=" ".join(new))
    else:
        yield Difference(place=place, before=before, after=after)


def forbidden(before: Catalogue, after: Catalogue, today: date) -> Iterator[CatalogueChangeRefused]:
    """What would rewrite the past: contracts, statements and consents refer to codes and to prices that have counted.

    A plan is closed by its last day of sale, never removed; a price changes by a further one with its own start.
    """
    for part in ("plans", "options", "documents", "line_kinds"):
        kept = {entry.code for entry in getattr(after, part)}
        for entry in getattr(before, part):
            if entry.code not in kept:
                yield CatalogueChangeRefused(part=part, code=entry.code, reason="removed")
    for old in before.plans:
        new = next((plan for plan in after.plans if plan.code == old.code), old)
        if new.family is not old.family:
            yield CatalogueChangeRefused(part="plans", code=old.code, reason="other_family")
    sold: tuple[Plan | Option, ...] = (*before.plans, *before.options)
    offered: tuple[Plan | Option, ...] = (*after.plans, *after.options)
    for priced in sold:
        for other in offered:
            if other.code == priced.code and _counted(other.prices, today) != _counted(priced.prices, today):
                yield CatalogueChangeRefused(code=priced.code, reason="price_has_counted", until=today)


def _counted(prices: tuple[Price, ...], today: date) -> list[Price]:
    return [price for price in prices if price.since <= today]


def _entries(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(entry, Mapping) for entry in value)


def _by_key(entries: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, entry in enumerate(entries):
        key = next((str(entry[name]) for name in _KEYS if isinstance(entry.get(name), str)), str(number + 1))
        found[key if key not in found else str(number + 1)] = entry
    return found


def _shown(value: Any) -> str:
    match value:
        case {"since": since, "yen": yen}:
            return f"{yen:,} yen from {since}"
        case Mapping():
            return ", ".join(f"{name} {_shown(each)}" for name, each in value.items() if each not in (None, (), [], {}))
        case list() | tuple():
            return "; ".join(map(_shown, value))
        case _:
            return str(value)
