"""Who may call what: one readable table per service, from route to roles and scope.

A route without an entry cannot start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from common.errors import Forbidden
from common.http.claims import TENANT_ROLES, Principal, Role


@dataclass(frozen=True)
class Rule:
    """Roles of which one is needed, and the scope; `reason` says why a route is open to anyone, when it is.

    With `own_transactions` the edge opens none: the route takes `Transactions` and opens its own (a long poll must
    not hold one while it waits). Such a route knows no idempotency keys.
    """

    roles: frozenset[Role]
    scope: str
    reason: str | None = None
    secret_answer: bool = False
    own_transactions: bool = False

    @property
    def open(self) -> bool:
        """Whether no token is asked for."""
        return self.reason is not None

    def check(self, principal: Principal) -> None:
        """Raise `Forbidden` unless the principal may.

        The bearer of a tenant has that tenant's roles and nothing else, whatever other roles the token claims; a
        tenant's role without a tenant is nobody's.
        """
        roles = principal.roles & TENANT_ROLES if principal.partner is not None else principal.roles - TENANT_ROLES
        if roles.isdisjoint(self.roles):
            raise Forbidden(needs_one_of=sorted(self.roles))
        if self.scope not in principal.scopes:
            raise Forbidden(needs_scope=self.scope)


AccessTable = Mapping[str, Rule]


def allow(*roles: Role, scope: str, secret_answer: bool = False, own_transactions: bool = False) -> Rule:
    """Any of these roles with this scope; where a partner may, its administrators may.

    `secret_answer`: the stored answer of an idempotent call is encrypted.
    """
    allowed = frozenset(roles)
    if Role.PARTNER in allowed:
        allowed |= {Role.PARTNER_ADMIN}
    return Rule(allowed, scope, secret_answer=secret_answer, own_transactions=own_transactions)


def open_to_all(*, reason: str, secret_answer: bool = False, own_transactions: bool = False) -> Rule:
    """No token asked for; `reason` is what stands in its place."""
    return Rule(frozenset(), "", reason, secret_answer=secret_answer, own_transactions=own_transactions)
