"""What `expected.toml` says of each route."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.http import Role, Rule
from common.http.access import Reach

APIS = ("contracts", "helpdesk", "dispatch", "loaner", "mdm")
ROLES = ("operator", "supervisor", "technician", "depot", "analyst", "partner", "partner-admin")
REACHES = ("all", "own", "visits", "stock", "facts")
_TABLE = Path(__file__).with_name("expected.toml")
Route = tuple[str, str]


@dataclass(frozen=True)
class Expectation:
    """How far each role reaches on a route, whose rows it holds; `open` when no token is asked for."""

    may: Mapping[str, str]
    tenants: str
    open: bool = False


def expectations(table: Path = _TABLE) -> dict[Route, Expectation]:
    """What is expected of each method and path. Raises `ValueError` for a table that says a thing twice or wrongly."""
    document = tomllib.loads(table.read_text("utf-8"))
    found: dict[Route, Expectation] = {}
    for duty in document["duty"]:
        if set(duty["may"]) - set(ROLES) or set(duty["may"].values()) - set(REACHES):
            raise ValueError(f"no such role or reach: {duty['may']}")
        _add(found, duty, Expectation(duty["may"], duty["tenants"]))
    for channel in document["open"]:
        _add(found, channel, Expectation({}, "house", open=True))
    return found


def _add(found: dict[Route, Expectation], entry: Mapping[str, Any], expected: Expectation) -> None:
    for line in entry["routes"]:
        api, method, path = line.split(" ")
        for name in APIS if api == "*" else (api,):
            route = (method, path if path.startswith("/mdm/") else f"/api/{name}/v1{path}")
            if route in found:
                raise ValueError(f"{line} stands there twice")
            found[route] = expected


def disagreements(rules: Mapping[Route, Rule]) -> list[str]:
    """Where the access tables of the services say something else than was decided, in words."""
    decided = expectations()
    lines = [
        f"{' '.join(route)}: nobody decided about it; give it a line" for route in sorted(set(rules) - set(decided))
    ]
    lines += [f"{' '.join(route)}: decided about, but not there" for route in sorted(set(decided) - set(rules))]
    for route in sorted(set(rules) & set(decided)):
        rule, wanted = rules[route], decided[route]
        reaches = {role.value: _WORDS[reach] for role in Role if (reach := rule.reach(role)) is not None}
        if (reaches, rule.tenants, rule.open) != (dict(wanted.may), wanted.tenants, wanted.open):
            lines.append(f"{' '.join(route)}: {reaches}, {rule.tenants}, not {dict(wanted.may)}, {wanted.tenants}")
    return lines


_WORDS = {
    Reach.ALL: "all",
    Reach.TENANT: "own",
    Reach.OWN_VISITS: "visits",
    Reach.STOCK: "stock",
    Reach.NO_PERSONS: "facts",
}
