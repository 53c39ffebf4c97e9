"""The suite with a real Keycloak: who has which login, tokens as they are got in earnest, partners' published keys."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import uvicorn

from common.testing.tokens import TestIssuer
from evaluation.keycloak_realm import KeycloakRealm, KeycloakRefused, RealmSettings
from evaluation.master_data import lay_master_data
from evaluation.ports import free_port
from evaluation.settings import EvaluationSettings
from evaluation.suite import Suite
from evaluation.testing.keycloak_logins import log_in, with_secret, with_signature
from evaluation.testing.keycloak_sources import FoundKeycloak
from evaluation.walk.desk import Person

REFRESH_SECONDS = 2.0


class PublishedKeys:
    """A partner's own key set, served where Keycloak reads it."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.url = ""

    @contextmanager
    def served(self) -> Iterator[PublishedKeys]:
        """Listen."""
        published = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"keys": published.keys}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.url = f"http://127.0.0.1:{server.server_address[1]}/jwks"
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield self
            finally:
                server.shutdown()


class Logins:
    """Everybody's way to a token: people log in to the console, programs show their secret or sign."""

    def __init__(self, realm: KeycloakRealm, published: PublishedKeys, key_of_two: TestIssuer) -> None:
        self.realm = realm
        self.published = published
        self.key_of_two = key_of_two
        self.given: dict[Person, str] = {}
        self.passwords: dict[Person, str] = {}

    async def token(self, who: Person) -> str:
        """A token of this person; the one before, unless it was forgotten or ends within the next minute."""
        if who not in self.given or _ends(self.given[who]) < time.time() + 60:
            self.given[who] = await asyncio.to_thread(self.fresh, who)
        return self.given[who]

    def fresh(self, who: Person) -> str:
        """A new token of this person."""
        match who.partner, who.role:
            case "partner-one", "partner":
                return with_secret(self.realm, "partner-one-api", self.realm.settings.partner_one_secret)
            case "partner-two", "partner":
                return with_signature(self.realm, "partner-two-api", self.key_of_two)
            case _:
                return str(self.tokens(who)["access_token"])

    def tokens(self, who: Person, *, roles: tuple[str, ...] = ()) -> dict[str, Any]:
        """All tokens of a person's login."""
        if who not in self.passwords:
            more = {"employee_number": f"E-{who.subject}"} | ({"partner": who.partner} if who.partner else {})
            self.passwords[who] = self.realm.add_user(who.subject, roles or (who.role,), **more)
        return log_in(self.realm, who.subject, self.passwords[who])


def _ends(token: str) -> float:
    return float(jwt.decode(token, options={"verify_signature": False})["exp"])


@contextmanager
def a_realm(keycloak: FoundKeycloak) -> Iterator[Logins]:
    """A realm of its own in this Keycloak, from the file that is shipped."""
    with PublishedKeys().served() as published:
        key = TestIssuer(kid="two-1")
        published.keys.append(key.public_jwk)
        settings = RealmSettings(
            name=f"anshin-{secrets.token_hex(4)}",
            partner_one_secret=secrets.token_urlsafe(32),
            partner_two_jwks_url=published.url,
        )
        realm = KeycloakRealm.make(keycloak.url, keycloak.administrator, settings)
        try:
            yield Logins(realm, published, key)
        finally:
            with suppress(KeycloakRefused, httpx.HTTPError):  # a test may have stopped it
                realm.remove()
            realm.close()


@asynccontextmanager
async def a_suite(
    realm: KeycloakRealm, data_dir: Path, service_url: Callable[[str], str]
) -> AsyncIterator[httpx.AsyncClient]:
    """The suite that trusts this realm, with a clock that moves: which only a test may have beside such an issuer."""
    port = free_port()
    settings = EvaluationSettings.model_construct(
        port=port,
        data_dir=data_dir,
        issuer=realm.issuer,
        person_claim="employee_number",
        keys_refresh_seconds=REFRESH_SECONDS,
        sandbox=True,
    )
    suite = Suite(settings, service_url)
    server = uvicorn.Server(uvicorn.Config(suite.asgi, port=port, log_config=None, lifespan="off"))
    async with suite.running(), httpx.AsyncClient(base_url=settings.address, timeout=60) as client:
        serving = asyncio.create_task(server.serve())
        try:
            yield client
        finally:
            server.should_exit = True
            await serving


async def with_master_data(client: httpx.AsyncClient, logins: Logins) -> None:
    """Branch, technicians, depot and units, laid by somebody who may."""
    keeper = Person("house-keeper", "supervisor")
    tokens = await asyncio.to_thread(logins.tokens, keeper, roles=("supervisor", "depot"))
    await lay_master_data(str(client.base_url), tokens["access_token"])
