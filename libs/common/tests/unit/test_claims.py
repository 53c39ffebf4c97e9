"""Who asks, read from the claims of different providers."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import Forbidden, Unauthenticated
from common.http import Role, allow
from common.http.claims import ClaimNames, Principal

OURS = {"iss": "https://issuer.test", "sub": "sv-mori", "roles": ["supervisor"], "scope": "mdm:read mdm:write"}


def read(claims: dict[str, Any], **names: str) -> Principal:
    return ClaimNames(**names).principal(claims)


def test_reads_subject_roles_scopes_and_tenant() -> None:
    found = read({**OURS, "partner": "partner-one", "jti": "tok_1", "iat": 1_700_000_000})
    assert (found.subject, sorted(found.roles), found.partner) == ("sv-mori", [Role.SUPERVISOR], "partner-one")
    assert (sorted(found.scopes), found.token_id) == (["mdm:read", "mdm:write"], "tok_1")
    assert found.issued_at is not None
    assert found.issued_at.timestamp() == 1_700_000_000


def test_the_person_is_the_subject_unless_a_setting_names_another_claim() -> None:
    assert read(OURS).person == "sv-mori"
    assert read({**OURS, "employee_number": "E-1"}, person="employee_number").person == "E-1"
    assert read(OURS, person="employee_number").person is None


def test_the_program_is_named_by_either_claim() -> None:
    assert read({**OURS, "azp": "console", "client_id": "other"}).client_id == "console"
    assert read({**OURS, "client_id": "partner-one-api"}).client_id == "partner-one-api"
    assert read(OURS).client_id is None


def test_reads_a_path_and_a_name_with_dots() -> None:
    nested = {"iss": "i", "sub": "s", "realm_access": {"roles": ["depot"]}, "https://x.example/scope": ["loaner:read"]}
    found = read(nested, roles="realm_access.roles", scope="https://x.example/scope")
    assert (sorted(found.roles), sorted(found.scopes)) == ([Role.DEPOT], ["loaner:read"])


def test_what_is_absent_gives_no_right_and_unknown_roles_are_no_roles() -> None:
    found = read({"iss": "i", "sub": "s", "roles": ["offline_access", "operator"]})
    assert (sorted(found.roles), sorted(found.scopes), found.partner) == ([Role.OPERATOR], [], None)
    assert read({"iss": "i", "sub": "s"}).roles == frozenset()
    assert read({"iss": "i", "sub": "s", "realm_access": "admin"}, roles="realm_access.roles").roles == frozenset()


@pytest.mark.parametrize(
    "broken",
    [
        {"roles": {"operator": True}},
        {"roles": ["operator", 7]},
        {"scope": 7},
        {"partner": ""},
        {"partner": ["partner-one"]},
        {"partner": {"name": "partner-one"}},
        {"jti": 5},
        {"azp": True},
        {"iat": "yesterday"},
        {"iat": -1e30},
    ],
)
def test_refuses_what_is_there_and_unreadable(broken: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        read({**OURS, **broken})


def someone(*roles: Role, partner: str | None = None) -> Principal:
    return Principal(
        subject="s", roles=frozenset(roles), partner=partner, scopes=frozenset({"contracts:read"}), issuer="i"
    )


def test_an_administrator_of_a_partner_may_what_the_partner_may() -> None:
    rule = allow(Role.OPERATOR, Role.PARTNER, scope="contracts:read")
    rule.check(someone(Role.PARTNER_ADMIN, partner="partner-one"))
    with pytest.raises(Forbidden):
        allow(Role.OPERATOR, scope="contracts:read").check(someone(Role.PARTNER_ADMIN, partner="partner-one"))
    only_admins = allow(Role.PARTNER_ADMIN, scope="contracts:read")
    with pytest.raises(Forbidden):
        only_admins.check(someone(Role.PARTNER, partner="partner-one"))


def test_a_tenant_has_no_roles_of_the_house_and_the_house_no_roles_of_a_tenant() -> None:
    everybody = allow(*Role, scope="contracts:read")
    house = allow(Role.SUPERVISOR, scope="contracts:read")
    with pytest.raises(Forbidden):
        house.check(someone(Role.SUPERVISOR, Role.PARTNER_ADMIN, partner="partner-one"))
    for role in (Role.PARTNER, Role.PARTNER_ADMIN):
        with pytest.raises(Forbidden):
            everybody.check(someone(role))
