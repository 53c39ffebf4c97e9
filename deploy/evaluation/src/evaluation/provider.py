"""`python -m evaluation.provider`: a Keycloak with the shipped realm and a login of each role, until told to stop.

For trying the suite with an identity provider. All of it, secrets included, is made up anew at each start and gone
afterwards.
"""

from __future__ import annotations

import secrets
import signal
import sys
import tempfile
from pathlib import Path

from common.http.claims import TENANT_ROLES, Role
from evaluation.keycloak import KeycloakServer
from evaluation.keycloak_realm import KeycloakRealm, RealmSettings

PORT = 8180
TENANT = "partner-one"


def main() -> int:
    """Start, say what there is, wait for Ctrl-C or SIGTERM."""
    with (
        tempfile.TemporaryDirectory(prefix="anshin-keycloak-") as folder,
        KeycloakServer(Path(folder) / "keycloak", port=PORT) as server,
    ):
        settings = RealmSettings(partner_one_secret=secrets.token_urlsafe(32))
        realm = KeycloakRealm.make(server.url, server.administrator, settings)
        say(f"Keycloak at {server.url}, realm {settings.name}\n")
        for number, role in enumerate(Role, start=1):
            tenant = {"partner": TENANT} if role in TENANT_ROLES else {}
            password = realm.add_user(f"demo-{role}", [role], employee_number=f"E-{number}", **tenant)
            say(f"login   demo-{role:<14} password {password}")
        say(f"program partner-one-api    secret   {settings.partner_one_secret}\n")
        say("ANSHIN_SANDBOX=0 ANSHIN_DEMO=0 ANSHIN_PERSON_CLAIM=employee_number \\")
        say(f"    ANSHIN_ISSUER={realm.issuer} make run")
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, lambda *_: None)
        signal.pause()
    return 0


def say(text: str) -> None:
    """Tell whoever started it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
