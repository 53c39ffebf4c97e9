"""`docs/authorisation.md`: who may call which route, from the access tables that the edge itself asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from common.http import Role, Rule
from evaluation.catalogues.described import Described

_HEAD = """\
# Who may do what

Generated from the access tables of the services by `make catalogues`; a test holds it against the code. A service
with a route that no table names does not start.

A caller needs one of the marked roles **and** the scope. Roles and scopes come from the token. A token that names a
tenant has the tenant's roles (`partner`, `partner-admin`) and no others, whatever it claims, and those roles are worth
nothing without a tenant; a tenant's requests run under the partner's database role, whose row-level security shows
that tenant's rows only. Beyond the role some routes ask more of the caller (a technician acts on own visits, a wipe is
approved by a second person); such refusals are part of each route's rules.
"""
_ROLES = tuple(Role)


def authorisation_page(services: Mapping[str, Described]) -> str:
    """The whole page."""
    return "".join([_HEAD, *(line for service in services.values() for line in _service(service))])


def _service(service: Described) -> Iterator[str]:
    yield f"\n## {service.name}\n\n| route | {' | '.join(_ROLES)} | scope |\n|---|{':-:|' * len(_ROLES)}---|\n"
    open_routes = []
    for (method, path), rule in sorted(service.rules.items(), key=lambda item: (item[0][1], item[0][0])):
        if rule.open:
            open_routes.append(f"- `{method} {path}`: {rule.reason}\n")
        else:
            yield f"| `{method} {path}` | {_marks(rule)} | `{rule.scope}` |\n"
    if open_routes:
        yield f"\nWithout a token, and what stands in its place:\n\n{''.join(open_routes)}"


def _marks(rule: Rule) -> str:
    return " | ".join("●" if role in rule.roles else "" for role in _ROLES)
