"""Who may call what: one readable table per service, from route to roles, scope and tenant rule.

A route without an entry cannot start, nor can one whose entry contradicts itself or its route.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from common.errors import Forbidden
from common.http.claims import TENANT_ROLES, Principal, Role

_READING = frozenset({"GET", "HEAD"})
_VERB_OF_READING, _VERB_OF_WRITING = "read", "write"


class TenantRule(StrEnum):
    """Whose rows a route shows or changes.

    `OWN`: a tenant's request runs under the partner's database role, whose row-level security knows the rows of that
    tenant only; the house reaches all. `HOUSE`: no tenant may call it. `SHARED`: the same answer for all who may call
    it; nothing in it belongs to a tenant or a person.
    """

    OWN = "own"
    HOUSE = "house"
    SHARED = "shared"


class Reach(StrEnum):
    """How far one role reaches on one route."""

    ALL = "all"
    TENANT = "tenant"
    OWN_VISITS = "own visits"
    STOCK = "stock"
    NO_PERSONS = "no persons"


_NARROW: Mapping[Role, Reach] = {
    **dict.fromkeys(TENANT_ROLES, Reach.TENANT),
    Role.TECHNICIAN: Reach.OWN_VISITS,
    Role.DEPOT: Reach.STOCK,
    Role.ANALYST: Reach.NO_PERSONS,
}


def narrowed_to(reach: Reach, reaches: frozenset[Reach]) -> bool:
    """Whether whoever has these reaches has this one and is not let further by another role."""
    return reach in reaches and Reach.ALL not in reaches


class RuleContradiction(Exception):
    """A rule that contradicts itself or the route it governs."""


@dataclass(frozen=True)
class Rule:
    """Roles of which one is needed, the scope, and the tenant rule; `reason` says why a route is open to anyone.

    With `own_transactions` the edge opens none: the route takes `Transactions` and opens its own (a long poll must
    not hold one while it waits). Such a route knows no idempotency keys. Of reads only `sensitive` ones are written to
    the audit trail; of changes all are. `body_limit` (bytes) lets a route without parts in its path take more than the
    service's own limit. What is kept of an idempotent call: with `secret_answer` the answer encrypted, with `told_once`
    no answer at all, with `secret_body` the body's hash sealed.
    """

    roles: frozenset[Role]
    scope: str
    tenants: TenantRule
    reason: str | None = None
    secret_answer: bool = False
    secret_body: bool = False
    told_once: bool = False
    own_transactions: bool = False
    sensitive: bool = False
    body_limit: int | None = None

    def __post_init__(self) -> None:
        if self.open != (not self.roles):
            raise RuleContradiction("a rule names roles, or the reason why a route asks for none")
        tenants_may = not self.roles.isdisjoint(TENANT_ROLES)
        if self.tenants is TenantRule.HOUSE and tenants_may:
            raise RuleContradiction("no tenant may call what is the house's, yet a tenant's role is named")
        if self.tenants is TenantRule.OWN and not tenants_may:
            raise RuleContradiction("a tenant's own rows are asked for by a tenant's role, yet none is named")

    @property
    def open(self) -> bool:
        """Whether no token is asked for."""
        return self.reason is not None

    def reach(self, role: Role) -> Reach | None:
        """How far the role reaches here; None when it may not call it."""
        if role not in self.roles:
            return None
        return Reach.ALL if self.tenants is TenantRule.SHARED else _NARROW.get(role, Reach.ALL)

    def check(self, principal: Principal) -> frozenset[Reach]:
        """How far the principal reaches here; raises `Forbidden` unless it may call it.

        The bearer of a tenant has that tenant's roles and nothing else, whatever other roles the token claims; a
        tenant's role without a tenant is nobody's.
        """
        roles = principal.roles & TENANT_ROLES if principal.partner is not None else principal.roles - TENANT_ROLES
        if roles.isdisjoint(self.roles):
            raise Forbidden(needs_one_of=sorted(self.roles))
        if self.scope not in principal.scopes:
            raise Forbidden(needs_scope=self.scope)
        return frozenset(reach for role in roles if (reach := self.reach(role)) is not None)

    def fits(self, method: str, api: str) -> None:
        """Raise `RuleContradiction` unless the rule can govern such a route of `/api/<api>`."""
        if self.open:
            return
        reading = method in _READING
        verb = _VERB_OF_READING if reading else _VERB_OF_WRITING
        if self.scope != f"{api}:{verb}":
            raise RuleContradiction(f"{method} of {api} needs the scope {api}:{verb}, not {self.scope}")
        if self.tenants is TenantRule.SHARED and not reading:
            raise RuleContradiction("what all share is read; a change belongs to a tenant or to the house")
        if Role.ANALYST in self.roles and not reading:
            raise RuleContradiction("analysts change nothing")


AccessTable = Mapping[str, Rule]


def allow(
    *roles: Role,
    scope: str,
    tenants: TenantRule | None = None,
    secret_answer: bool = False,
    secret_body: bool = False,
    told_once: bool = False,
    own_transactions: bool = False,
    body_limit: int | None = None,
) -> Rule:
    """Any of these roles with this scope; where a partner may, its administrators may.

    Without `tenants` a route is `OWN` when a tenant's role is named, and the house's otherwise. `secret_answer`,
    `secret_body`, `told_once`: what is kept of an idempotent call (see `Rule`).
    """
    allowed = frozenset(roles)
    if Role.PARTNER in allowed:
        allowed |= TENANT_ROLES
    if tenants is None:
        tenants = TenantRule.HOUSE if allowed.isdisjoint(TENANT_ROLES) else TenantRule.OWN
    return Rule(
        allowed,
        scope,
        tenants,
        secret_answer=secret_answer,
        secret_body=secret_body,
        told_once=told_once,
        own_transactions=own_transactions,
        body_limit=body_limit,
    )


def watched(rule: Rule) -> Rule:
    """The same rule for a read that is sensitive: whoever makes it is written to the audit trail."""
    return replace(rule, sensitive=True)


def open_to_all(*, reason: str, secret_answer: bool = False, own_transactions: bool = False) -> Rule:
    """No token asked for; `reason` is what stands in its place."""
    return Rule(
        frozenset(), "", TenantRule.HOUSE, reason, secret_answer=secret_answer, own_transactions=own_transactions
    )
