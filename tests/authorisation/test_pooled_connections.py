"""A connection that served one tenant tells the next nothing of it, whatever happened on it in between."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from common.context import Context
from common.db import Database
from common.provision import SERVICES
from tests.authorisation.conftest import World, told
from tests.authorisation.ground import Ground, running
from tests.authorisation.two_partners import Tenant, an_inquiry

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]

REQUESTS = 10_000
CONNECTIONS = 3
TOGETHER = 24
_PURE = "SELECT current_user::text, coalesce(current_setting('app.partner', true), ''), count(*) FROM inquiry"


def of(tenant: Tenant) -> Context:
    return Context(actor=f"api-{tenant.partner}", partner=tenant.partner)


HOUSE = Context(actor="op-1")


@pytest_asyncio.fixture(loop_scope="session")
async def one_connection(world: World) -> AsyncIterator[Database]:
    """Helpdesk's database by a pool of one."""
    url = world.cluster.role_url("helpdesk", world.database)
    database = await Database.open(url, service="helpdesk", package="helpdesk", size=1)
    try:
        yield database
    finally:
        await database.close()


async def _nobodys(database: Database) -> None:
    """What the next one finds: the house's role, no tenant, and all rows again."""
    async with database.transaction(HOUSE) as tx:
        found = await tx.connection.fetchrow(_PURE)
        assert found is not None
        rows = found[2]
        assert (found[0], found[1]) == ("helpdesk", "")
    async with database.connection() as bare:
        assert await bare.fetchval("SELECT count(*) FROM inquiry") == rows
        assert await bare.fetchval("SELECT current_user::text") == "helpdesk"


async def _statement_fails(database: Database, context: Context) -> None:
    with pytest.raises(asyncpg.PostgresError):
        async with database.transaction(context) as tx:
            await tx.connection.execute("SELECT 1 / 0")


async def _statement_times_out(database: Database, context: Context) -> None:
    with pytest.raises(asyncpg.QueryCanceledError):
        async with database.transaction(context) as tx:
            await tx.connection.execute("SET LOCAL statement_timeout = '5ms'; SELECT pg_sleep(5)")


async def _is_refused_by_the_policy(database: Database, context: Context) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction(context) as tx:
            await tx.connection.execute("UPDATE inquiry SET partner = 'somebody'")


async def _is_cancelled(database: Database, context: Context) -> None:
    async def work() -> None:
        async with database.transaction(context) as tx:
            await tx.connection.execute("SELECT pg_sleep(5)")

    task = asyncio.create_task(work())
    await asyncio.sleep(0.02)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _part_is_rolled_back(database: Database, context: Context) -> None:
    async with database.transaction(context) as tx:
        with suppress(asyncpg.PostgresError):
            async with tx.savepoint():
                await tx.connection.execute("SELECT set_config('app.partner', 'somebody', true), 1 / 0")
        assert await tx.connection.fetchval("SELECT current_setting('app.partner', true)") == context.partner


async def _becomes_the_house_for_good(database: Database, context: Context) -> None:
    """What no service does: a setting that would outlive its transaction. The pool takes it back."""
    async with database.transaction(context) as tx:
        await tx.connection.execute("SELECT set_config('app.partner', 'somebody', false)")


@pytest.mark.parametrize(
    "accident",
    [
        _statement_fails,
        _statement_times_out,
        _is_refused_by_the_policy,
        _is_cancelled,
        _part_is_rolled_back,
        _becomes_the_house_for_good,
    ],
    ids=lambda accident: accident.__name__.strip("_"),
)
async def test_one_connection_forgets_its_tenant_whatever_happened(
    world: World, one_connection: Database, accident: Callable[[Database, Context], Any]
) -> None:
    for tenant, other in ((world.a, world.b), (world.b, world.a)):
        await accident(one_connection, of(tenant))
        await _nobodys(one_connection)
        async with one_connection.transaction(of(other)) as tx:
            rows = await tx.connection.fetch("SELECT DISTINCT partner FROM inquiry")
            assert [row["partner"] for row in rows] == [other.partner]
        await _nobodys(one_connection)


async def test_a_tenant_cannot_leave_its_role_for_another_tenants_rows(world: World, one_connection: Database) -> None:
    """Nothing a tenant's transaction may call makes it owner, service or another service's partner."""
    async with one_connection.transaction(of(world.a)) as tx:
        for role in ("helpdesk_owner", "contracts", "contracts_partner", "bus_owner", "postgres"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with tx.savepoint():
                    await tx.connection.execute(f"SET LOCAL ROLE {role}")
        assert await tx.connection.fetchval("SELECT count(*) FROM inquiry WHERE partner = $1", world.b.partner) == 0


@dataclass
class Crowd:
    """Who asks, and what became of it."""

    ground: Ground
    seed: int
    answers: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Member:
    """One tenant in the crowd: its token, words that must never stand in its answers, and one that stands there."""

    tenant: Tenant
    other: Tenant
    token: str
    forbidden: re.Pattern[bytes]

    def question(self, dice: random.Random) -> tuple[str, str, Any, bytes | None]:
        """Method, path, body, and what a successful answer shows of the asker."""
        ids, others = self.tenant.ids, self.other.ids
        mark = self.tenant.mark.encode()
        reading = [
            ("/api/contracts/v1/subscribers", mark),
            (f"/api/contracts/v1/contracts/{ids['contract_id']}/consents", mark),
            ("/api/contracts/v1/statements", ids["contract_id"].encode()),
            ("/api/helpdesk/v1/inquiries", mark),
            (f"/api/helpdesk/v1/inquiries/{ids['inquiry_id']}/notes", mark),
            ("/api/helpdesk/v1/events?limit=20", ids["contract_id"].encode()),
            ("/api/dispatch/v1/visits", ids["visit_id"].encode()),
            ("/api/loaner/v1/loans", ids["loan_id"].encode()),
            ("/api/mdm/v1/devices", mark),
            (f"/api/helpdesk/v1/inquiries/{others['inquiry_id']}", None),
            (f"/api/dispatch/v1/visits/{others['visit_id']}", None),
            (f"/api/mdm/v1/devices/{others['device_id']}/security-status", None),
        ]
        match dice.randrange(20):
            case 0:  # refused in its transaction, after the tenant was set, and rolled back
                body = {"option_code": "no-such-option", "start_on": "2026-07-01"}
                return "POST", f"/api/contracts/v1/contracts/{ids['contract_id']}/options", body, None
            case 1:  # refused and recorded
                return "POST", "/api/helpdesk/v1/inquiries", an_inquiry(self.tenant, site="telework"), None
            case 2:  # refused before anything was set
                return "POST", "/api/contracts/v1/contracts", {}, None
            case _:
                path, shown = dice.choice(reading)
                return "GET", path, None, shown


def _members(world: World, ground: Ground) -> list[Member]:
    def words(secrets: frozenset[str], asked: Tenant) -> re.Pattern[bytes]:
        unnamed = secrets - set(asked.ids.values())
        return re.compile(b"|".join(re.escape(word.encode()) for word in sorted(unnamed)))

    return [
        Member(mine, other, ground.token(f"api-{mine.partner}", "partner", partner=mine.partner), words(hidden, other))
        for mine, other, hidden in (
            (world.a, world.b, world.secrets),
            (world.b, world.a, world.secrets_of_a),
        )
    ]


async def _one(crowd: Crowd, member: Member, dice: random.Random) -> None:
    method, path, body, shown = member.question(dice)
    call = crowd.ground.call(method, path, token=member.token, body=body)
    if dice.randrange(12) == 0:  # the client goes away in the middle
        task = asyncio.create_task(call)
        await asyncio.sleep(dice.random() * 0.02)
        if task.cancel():
            with suppress(asyncio.CancelledError):
                await task
        crowd.answers["cancelled"] += 1
        return
    answer = await call
    crowd.answers[str(answer.status)] += 1
    if found := member.forbidden.search(answer.body):
        crowd.leaks.append(f"{member.tenant.partner}: {method} {path} → {answer.status} shows {found[0]!r}")
    elif answer.status == 200 and shown is not None and shown not in answer.body:
        crowd.leaks.append(f"{member.tenant.partner}: {method} {path} → 200 without its own {shown!r}")


async def _cut_now_and_then(admin_url: str, done: asyncio.Event, dice: random.Random) -> int:
    """Servers end connections, too: one of a service's, several times a second."""
    admin = await asyncpg.connect(admin_url)
    cut = 0
    try:
        while not done.is_set():
            await asyncio.sleep(0.3)
            cut += await admin.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity "
                "WHERE usename = $1 AND datname = current_database() ORDER BY random() LIMIT 1) one",
                dice.choice(SERVICES),
            )
    finally:
        await admin.close()
    return cut


async def test_ten_thousand_requests_of_two_tenants_over_a_handful_of_connections(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    for service in SERVICES:
        monkeypatch.setenv(f"{service.upper()}_POOL_SIZE", str(CONNECTIONS))
        monkeypatch.setenv(f"{service.upper()}_BACKGROUND", "false")
    seed = random.SystemRandom().randrange(2**32)
    async with running(world.cluster, world.database, tmp_path) as ground:
        crowd, dice, done = Crowd(ground, seed), random.Random(seed), asyncio.Event()  # noqa: S311 - dice, not keys
        members = _members(world, ground)
        cutting = asyncio.create_task(_cut_now_and_then(world.admin_url, done, dice))
        numbers = iter(range(REQUESTS))

        async def ask_on() -> None:
            for number in numbers:  # shared: each takes the next, so that tenants alternate
                await _one(crowd, members[number % len(members)], dice)

        await asyncio.gather(*(ask_on() for _ in range(TOGETHER)))
        done.set()
        cut = await cutting
    answers = dict(sorted(crowd.answers.items()))
    told(
        request,
        f"pooled connections: {crowd.answers.total():,} requests of two tenants over {CONNECTIONS} connections a "
        f"service, {cut} connections cut, seed {seed}: {answers}; {len(crowd.leaks)} leaks",
    )
    assert crowd.leaks == []
    assert crowd.answers.total() == REQUESTS
    assert (
        {"200", "404", "409", "422", "cancelled"}
        <= set(answers)
        <= {"200", "404", "409", "422", "503", "504", "cancelled"}
    )
    assert answers["200"] > REQUESTS / 2
