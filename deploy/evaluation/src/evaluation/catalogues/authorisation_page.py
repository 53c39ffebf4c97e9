"""`docs/authorisation.md`: who may call which route, from the access tables that the edge itself asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from common.http import Role, Rule
from common.http.access import Reach
from evaluation.catalogues.described import Described

_HEAD = """\
# Who may do what

Generated from the access tables of the services by `make catalogues`; a test holds it against the code. A service
with a route that no table names, or with an entry that contradicts its route, does not start.

A caller needs one of the marked roles **and** the scope. Roles and scopes come from the token. A token that names a
tenant (`partner`) has that tenant's roles (partner, partner-admin) and nothing else, whatever other roles it claims; a
tenant's role in a token without a tenant is nobody's. Such requests run under the partner's database role, which owns
nothing and passes through row-level security with the one tenant of its token. Beyond the role some routes ask more of
the caller (a wipe is approved by a second person); such refusals are part of each route's rules. Whoever changes
something is written to the audit trail ([audit.md](audit.md)); of those who read, whoever reads what is marked
`recorded`.

| tenant rule | meaning |
|---|---|
| `own` | a tenant reaches rows of its own only, held by row-level security; the house reaches all |
| `house` | no tenant may call it |
| `shared` | the same answer for all who may call it; nothing in it is a tenant's or a person's |

| mark | the role reaches |
|:-:|---|
| ● | everything the route has |
| own | rows of the token's tenant |
| visits | the visits that the technician of this subject carries out |
| stock | units and loans |
| facts | what names no person |
"""
_MARKS: Mapping[Reach | None, str] = {
    None: "",
    Reach.ALL: "●",
    Reach.TENANT: "own",
    Reach.OWN_VISITS: "visits",
    Reach.STOCK: "stock",
    Reach.NO_PERSONS: "facts",
}
_ROLES = tuple(Role)


def authorisation_page(services: Mapping[str, Described]) -> str:
    """The whole page."""
    return "".join([_HEAD, *(line for service in services.values() for line in _service(service))])


def _service(service: Described) -> Iterator[str]:
    roles = " | ".join(_ROLES)
    yield f"\n## {service.name}\n\n| route | {roles} | scope | tenant rule |\n|---|{':-:|' * len(_ROLES)}---|---|\n"
    open_routes = []
    for (method, path), rule in sorted(service.rules.items(), key=lambda item: (item[0][1], item[0][0])):
        if rule.open:
            open_routes.append(f"- `{method} {path}`: {rule.reason}\n")
        else:
            recorded = ", recorded" if rule.sensitive else ""
            yield f"| `{method} {path}` | {_marks(rule)} | `{rule.scope}` | `{rule.tenants}`{recorded} |\n"
    if open_routes:
        yield f"\nWithout a token, and what stands in its place:\n\n{''.join(open_routes)}"


def _marks(rule: Rule) -> str:
    return " | ".join(_MARKS[rule.reach(role)] for role in _ROLES)
