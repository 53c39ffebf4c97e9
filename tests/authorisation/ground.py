"""The whole suite inside the test's process: five applications, bus, sandbox and real PostgreSQL, called over ASGI."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from starlette.types import ASGIApp, Message, Scope

from common.http.events import Places
from common.http.issuer_keys import StaticKeys
from common.testing import TestIssuer
from evaluation.issuer import EvaluationIssuer
from evaluation.postgres import EmbeddedPostgres
from evaluation.settings import EvaluationSettings
from evaluation.suite import Suite
from evaluation.walk.desk import Desk

_LISTENS_SECONDS = 0.3  # to answers that go on
_ADDRESSES = cycle(f"127.0.0.{number}" for number in range(1, 251))


@dataclass(frozen=True)
class Answered:
    """All that came back."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def code(self) -> str | None:
        """The code of a problem; None for anything else."""
        if b"problem+json" not in dict(self.headers).get(b"content-type", b""):
            return None
        return str(json.loads(self.body)["code"])

    def shows(self, what: str) -> bool:
        """Whether it stands anywhere in the answer, as text or as JSON writes it."""
        forms = (what.encode(), json.dumps(what)[1:-1].encode())
        return any(form in part for form in forms for part in (self.body, *(value for _, value in self.headers)))


@dataclass(frozen=True)
class Ground:
    """A running suite; `issuer` signs whatever tokens a test thinks of, besides those of the sandbox."""

    suite: Suite
    issuer: TestIssuer
    client: httpx.AsyncClient
    desk: Desk

    @property
    def documents(self) -> dict[str, Any]:
        """The OpenAPI document of each service."""
        return {name: app.openapi() for name, app in self.suite.apps.items()}

    def beginnings(self, api: str, readers: Sequence[str | None]) -> list[str]:
        """The cursor before the first event of a service, as each of these readers would be told it."""
        edge = self.suite.apps[{"mdm": "mdm-gateway"}.get(api, api)].state.edge
        return [Places(edge.opaque, reader).cursor(0) for reader in readers]

    def token(self, subject: str, *roles: str, partner: str | None = None, **claims: Any) -> str:
        """A token that every service trusts; `claims` override."""
        return self.issuer.token(subject, roles, partner=partner, **claims)

    async def call(
        self, method: str, path: str, *, token: str | None = None, body: Any = None, **headers: str
    ) -> Answered:
        """One request, straight into the applications: a third of the time that a client library takes."""
        sent = {"host": "suite", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        content = b"" if body is None else json.dumps(body).encode()
        if body is not None:
            sent |= {"content-type": "application/json", "content-length": str(len(content))}
        where = urlsplit(path)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(where.path),
            "raw_path": where.path.encode(),
            "query_string": where.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "client": (next(_ADDRESSES), 1),  # so many by one caller would be too many
            "server": ("suite", 80),
        }
        return await _exchange(self.suite.asgi, scope, content)


async def _exchange(app: ASGIApp, scope: Scope, content: bytes) -> Answered:
    taken = False
    status, headers, body = 0, [], bytearray()

    async def receive() -> Message:
        nonlocal taken
        if taken:
            await asyncio.sleep(_LISTENS_SECONDS)
            return {"type": "http.disconnect"}
        taken = True
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, send)
    return Answered(status, headers, bytes(body))


@asynccontextmanager
async def running(cluster: EmbeddedPostgres, database: str, data_dir: Path) -> AsyncIterator[Ground]:
    """Start the suite on a migrated database."""
    settings = EvaluationSettings(data_dir=data_dir, demo=False)
    sandbox = EvaluationIssuer(data_dir / "issuer-key.pem", url=settings.address)
    issuer = TestIssuer(url=settings.address)
    keys = StaticKeys({"keys": [*sandbox.jwks["keys"], *issuer.jwks["keys"]]})
    suite = Suite(settings, lambda role: cluster.role_url(role, database), keys=keys)
    transport = httpx.ASGITransport(app=suite.asgi)
    async with suite.running(), httpx.AsyncClient(transport=transport, base_url="http://suite", timeout=60) as client:
        yield Ground(suite, issuer, client, Desk(client))
