"""E1: what the audit trail and the limits add to a request, against the same request without them.

The service is called in this process as a server would call it, without a socket: a depot is made by
`POST /api/loaner/v1/depots`, from the check of its token to the commit. The sides differ in nothing but the auditor and
the limits that the edge was given.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from statistics import median
from typing import Any

from starlette.responses import Response

from bench.grounds import Grounds
from bench.measuring import Figure, Side, at_most, median_ratio, own_seconds, stopwatch
from common.db import Tx
from common.http.auditing import Auditor, Visit
from common.http.peer import Peers
from common.limits import Limit
from common.testing import RunningService, running
from evaluation.testing.databases import TemplateDatabases
from loaner.app import create_app
from loaner.settings import LoanerSettings

TITLE = "Audit trail and limits / the same request without"
_NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
_PATH = "/api/loaner/v1/depots"
_LEASED = Limit(10_000, 500)  # a visit for fifty requests, as for the house
_COUNTED = Limit(10_000, 9)  # a visit for each request, as for clients that come seconds apart

PLAIN = "neither"
_SIDES: Mapping[str, tuple[bool, Limit | None]] = {
    PLAIN: (False, None),
    "audit trail": (True, None),
    "limits, leased": (False, _LEASED),
    "limits, a visit each": (False, _COUNTED),
    "both, leased": (True, _LEASED),
}
_GOALS = {"audit trail": 1.25, "limits, leased": 1.05, "limits, a visit each": 1.25, "both, leased": 1.3}
_CREATED = 201
_SIZES = """
SELECT pg_total_relation_size('audit_entry')::float8 / count(*),
       (pg_total_relation_size('seal_link') + pg_total_relation_size('seal'))::float8 / count(*)
FROM audit_entry
"""
_numbers = count(1)


class _Silent(Auditor):
    """Writes nothing."""

    async def answered(self, tx: Tx, visit: Visit, response: Response) -> None:
        """Nothing."""


async def run(grounds: Grounds, *, rounds: int, operations: int) -> list[Figure]:
    """Make so many depots on each side in turn, `rounds` times."""
    databases = TemplateDatabases(grounds.cluster)
    await asyncio.to_thread(databases.prepare)
    taken: dict[str, list[Side]] = {name: [] for name in _SIDES}
    try:
        async with AsyncExitStack() as stack:
            name = stack.enter_context(databases.database())
            services = {
                side: await stack.enter_async_context(_service(grounds, name, audited=audited, limit=limit))
                for side, (audited, limit) in _SIDES.items()
            }
            for number in range(rounds + 1):
                for side in list(_SIDES) if number % 2 else list(_SIDES)[::-1]:
                    with stopwatch(grounds.server, own_seconds) as read:
                        await _ask(services[side], operations)
                        done = read(operations)
                    if number:  # the first round fills caches
                        taken[side].append(done)
            sizes = await _sizes(services[PLAIN])
    finally:
        databases.close()
    return [*(figure for name in _SIDES for figure in _figures(name, taken[name], taken[PLAIN])), *sizes]


async def _sizes(running_one: RunningService) -> list[Figure]:
    """What the trail takes on disk, indexes included, once it is sealed."""
    await running_one.service.sealer().seal()
    async with running_one.transaction() as tx:
        entry, links = await tx.connection.fetchrow(_SIZES)
    return [
        Figure(name="an audit entry with its indexes, bytes", value=entry),
        Figure(name="its part in the seals, bytes", value=links),
    ]


def _figures(name: str, sides: list[Side], plain: list[Side]) -> list[Figure]:
    absolute = [
        Figure(name=f"{name}: Python CPU, µs per request", value=median(side.client_micros for side in sides)),
        Figure(name=f"{name}: CPU with PostgreSQL, µs", value=median(side.cpu_micros for side in sides)),
    ]
    if name == PLAIN:
        return absolute
    ratio = median_ratio([side.cpu_micros for side in sides], [side.cpu_micros for side in plain])
    return [*absolute, at_most(f"{name}: CPU with PostgreSQL, ratio", ratio, _GOALS[name])]


@asynccontextmanager
async def _service(grounds: Grounds, name: str, *, audited: bool, limit: Limit | None) -> AsyncIterator[RunningService]:
    url = grounds.cluster.role_url("loaner", name)
    async with running(create_app, LoanerSettings, url=url, at=_NOW, rate_limit_house=limit) as service:
        if not audited:
            service.app.state.edge.auditor = _Silent(service.database, service.clock, Peers(()))
        yield service


async def _ask(service: RunningService, requests: int) -> None:
    token = service.issuer.token("dp-abe", ["depot"])
    for _ in range(requests):
        status = await _call(service, token, f'{{"name": "depot {next(_numbers)}"}}'.encode())
        if status != _CREATED:
            raise RuntimeError(f"{status} instead of a depot")


async def _call(service: RunningService, token: str, body: bytes) -> int:
    status = 0
    scope: MutableMapping[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": _PATH, "raw_path": _PATH.encode(), "query_string": b"", "root_path": "",
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "state": {},
        "headers": [
            (b"host", b"test"), (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()),
            (b"user-agent", b"bench"), (b"authorization", b"Bearer " + token.encode()),
        ],
    }  # fmt: skip

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    await service.app(scope, receive, send)
    return status
