"""The realm file as it is installed: Keycloak imports it by itself and fills its places from the environment."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import jwt
import pytest

from common.http.claims import Role
from common.testing.tokens import AUDIENCE
from evaluation.keycloak import KeycloakServer
from evaluation.keycloak_realm import KeycloakRealm, RealmSettings
from evaluation.testing.keycloak_logins import log_in, with_secret


@pytest.mark.timeout(600)
def test_a_realm_that_keycloak_imported_by_itself_logs_programs_and_people_in(short_lived_folder: Path) -> None:
    settings = RealmSettings(name="imported", partner_one_secret=secrets.token_urlsafe(32))
    with KeycloakServer(short_lived_folder / "keycloak", realm=settings) as server:
        realm = KeycloakRealm(server.url, server.administrator, settings)
        program = _claims(with_secret(realm, "partner-one-api", settings.partner_one_secret))
        password = realm.add_user("sv-mori", ("supervisor",), employee_number="E-17")
        person = _claims(str(log_in(realm, "sv-mori", password)["access_token"]))
        realm.close()
    assert {program["iss"], person["iss"]} == {f"{server.url}/realms/imported"}
    assert AUDIENCE in program["aud"]
    assert AUDIENCE in person["aud"]
    assert ({"partner"}, "partner-one") == (_roles(program), program["partner"])
    assert ({"supervisor"}, "E-17") == (_roles(person), person["employee_number"])


def _claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def _roles(claims: dict[str, Any]) -> set[str]:
    """Those that mean something to the suite; Keycloak gives everybody some of its own."""
    return {role for role in claims["roles"] if role in set(Role)}
