"""The access table: who reaches how far, and which entries cannot be."""

from __future__ import annotations

import pytest

from common.errors import Forbidden
from common.http import Principal, Role, Rule, TenantRule, allow, open_to_all
from common.http.access import Reach, RuleContradiction

READ, WRITE = "helpdesk:read", "helpdesk:write"
DESK = (Role.OPERATOR, Role.SUPERVISOR)


def a_principal(*roles: Role, partner: str | None = None, scopes: frozenset[str] = frozenset({READ})) -> Principal:
    return Principal(subject="s", roles=frozenset(roles), partner=partner, scopes=scopes, issuer="i")


def test_without_a_word_a_route_is_the_houses_and_with_a_tenants_role_the_tenants_own() -> None:
    assert allow(*DESK, scope=READ).tenants is TenantRule.HOUSE
    assert allow(*DESK, Role.PARTNER, scope=READ).tenants is TenantRule.OWN
    assert allow(Role.PARTNER_ADMIN, scope=READ).tenants is TenantRule.OWN


def test_where_a_partner_may_its_administrators_may() -> None:
    assert Role.PARTNER_ADMIN in allow(Role.PARTNER, scope=READ).roles
    assert Role.PARTNER not in allow(Role.PARTNER_ADMIN, scope=READ).roles


@pytest.mark.parametrize(
    ("role", "reach"),
    [
        (Role.OPERATOR, Reach.ALL),
        (Role.SUPERVISOR, Reach.ALL),
        (Role.TECHNICIAN, Reach.OWN_VISITS),
        (Role.DEPOT, Reach.STOCK),
        (Role.ANALYST, Reach.NO_PERSONS),
        (Role.PARTNER, Reach.TENANT),
        (Role.PARTNER_ADMIN, Reach.TENANT),
    ],
)
def test_each_role_reaches_as_far_as_its_work(role: Role, reach: Reach) -> None:
    assert allow(*Role, scope=READ).reach(role) is reach
    assert allow(*Role, scope=READ, tenants=TenantRule.SHARED).reach(role) is Reach.ALL
    assert open_to_all(reason="a code").reach(role) is None


def test_a_principal_reaches_as_far_as_all_its_roles_together() -> None:
    rule = allow(Role.OPERATOR, Role.TECHNICIAN, Role.PARTNER, scope=READ)
    assert rule.check(a_principal(Role.TECHNICIAN)) == {Reach.OWN_VISITS}
    assert rule.check(a_principal(Role.TECHNICIAN, Role.OPERATOR, Role.DEPOT)) == {Reach.OWN_VISITS, Reach.ALL}
    assert rule.check(a_principal(Role.PARTNER, Role.OPERATOR, partner="acme")) == {Reach.TENANT}


@pytest.mark.parametrize(
    "principal",
    [
        a_principal(Role.DEPOT),
        a_principal(),
        a_principal(Role.PARTNER),
        a_principal(Role.OPERATOR, partner="acme"),
        a_principal(Role.OPERATOR, scopes=frozenset({WRITE, "contracts:read"})),
    ],
    ids=["another role", "no role", "a partner without a tenant", "the house's role with a tenant", "another scope"],
)
def test_whoever_lacks_role_scope_or_tenant_is_forbidden(principal: Principal) -> None:
    with pytest.raises(Forbidden):
        allow(Role.OPERATOR, Role.PARTNER, scope=READ).check(principal)


def test_a_rule_does_not_contradict_itself() -> None:
    with pytest.raises(RuleContradiction, match="no tenant may call"):
        allow(Role.PARTNER, scope=READ, tenants=TenantRule.HOUSE)
    with pytest.raises(RuleContradiction, match="yet none is named"):
        allow(*DESK, scope=READ, tenants=TenantRule.OWN)
    with pytest.raises(RuleContradiction, match="roles, or the reason"):
        allow(scope=READ)
    with pytest.raises(RuleContradiction, match="roles, or the reason"):
        Rule(frozenset(DESK), READ, TenantRule.HOUSE, reason="why not")


@pytest.mark.parametrize(
    ("rule", "method"),
    [
        (allow(*DESK, scope=WRITE), "GET"),
        (allow(*DESK, scope=READ), "POST"),
        (allow(*DESK, scope="contracts:read"), "GET"),
        (allow(*DESK, scope=WRITE, tenants=TenantRule.SHARED), "PUT"),
        (allow(*DESK, Role.ANALYST, scope=WRITE), "DELETE"),
    ],
    ids=[
        "reading by a scope of writing",
        "writing by one of reading",
        "another service's scope",
        "changing what is shared",
        "an analyst who changes things",
    ],
)
def test_a_rule_does_not_contradict_its_route(rule: Rule, method: str) -> None:
    with pytest.raises(RuleContradiction):
        rule.fits(method, "helpdesk")


def test_a_rule_that_fits_its_route_says_nothing() -> None:
    allow(*DESK, Role.PARTNER, scope=WRITE).fits("DELETE", "helpdesk")
    allow(*Role, scope=READ, tenants=TenantRule.SHARED).fits("GET", "helpdesk")
    open_to_all(reason="a code").fits("POST", "helpdesk")
