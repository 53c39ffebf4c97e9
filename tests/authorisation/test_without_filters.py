"""A query that has lost its filter shows a tenant nothing of another: the database itself knows whose rows they are.

Every SELECT of a tenant's request, in all five services at once, loses its conditions on its way to PostgreSQL. Ids and
names that a query asks for then no longer matter: it gets whatever the tenant may see.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from common.context import Context
from common.db import Tx
from common.provision import SERVICES
from evaluation.postgres import EmbeddedPostgres
from evaluation.testing.databases import TemplateDatabases
from tests.authorisation.conftest import World, a_world, tokens_of, told
from tests.authorisation.sweep import Sweep, changing, reading

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

_READS = re.compile(r"^\s*(SELECT|WITH)\b", re.IGNORECASE)
_CHANGES = re.compile(r"\b(INSERT|DELETE|UPDATE(?!\s+OF\b|\s*$|\s+SKIP|\s+NOWAIT))\b", re.IGNORECASE)
_CONDITION = re.compile(r"\bWHERE\b", re.IGNORECASE)
_SECURED = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1) AND c.relrowsecurity
"""


def without_filter(sql: str) -> str:
    """A query whose conditions are all true; statements that change something are left alone."""
    if not _READS.match(sql) or _CHANGES.search(sql):
        return sql
    return _CONDITION.sub("WHERE true OR", sql)


class _Unfiltered:
    """A tenant's connection on which queries lose their filters."""

    def __init__(self, connection: Any, met: Counter[str]) -> None:
        self._connection = connection
        self._met = met

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def _stripped(self, sql: str) -> str:
        bare = without_filter(sql)
        self._met[sql] += bare != sql
        return bare

    async def fetch(self, sql: str, *arguments: Any, **how: Any) -> Any:
        return await self._connection.fetch(self._stripped(sql), *arguments, **how)

    async def fetchrow(self, sql: str, *arguments: Any, **how: Any) -> Any:
        return await self._connection.fetchrow(self._stripped(sql), *arguments, **how)

    async def fetchval(self, sql: str, *arguments: Any, **how: Any) -> Any:
        return await self._connection.fetchval(self._stripped(sql), *arguments, **how)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    postgres_cluster: EmbeddedPostgres, template_databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world of its own: in the shared one an earlier sweep has put the other's mark into things of the asker's."""
    async with a_world(postgres_cluster, template_databases, tmp_path_factory.mktemp("unfiltered")) as own:
        yield own


@pytest.fixture
def stripped(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Which queries of tenants lost their filters, and how often."""
    met: Counter[str] = Counter()
    begin = Tx.__init__

    def begin_unfiltered(self: Tx, connection: Any, context: Context, service: str) -> None:
        seen: Any = connection if context.partner is None else _Unfiltered(connection, met)
        begin(self, seen, context, service)

    monkeypatch.setattr(Tx, "__init__", begin_unfiltered)
    return met


@asynccontextmanager
async def _without_row_security(admin_url: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(admin_url)
    try:
        tables = [row[0] for row in await connection.fetch(_SECURED, list(SERVICES))]
        for table in tables:
            await connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        try:
            yield
        finally:
            for table in tables:
                await connection.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("sql", "bare"),
    [
        ("SELECT a FROM t WHERE id = $1", "SELECT a FROM t WHERE true OR id = $1"),
        ("SELECT a FROM t WHERE id = $1 FOR UPDATE", "SELECT a FROM t WHERE true OR id = $1 FOR UPDATE"),
        ("SELECT a FROM t WHERE id = $1 FOR UPDATE OF t", "SELECT a FROM t WHERE true OR id = $1 FOR UPDATE OF t"),
        ("UPDATE t SET a = 1 WHERE id = $1", "UPDATE t SET a = 1 WHERE id = $1"),
        ("WITH x AS (DELETE FROM t WHERE b RETURNING a) SELECT a FROM x WHERE c", None),
    ],
)
async def test_only_what_reads_loses_its_conditions(sql: str, bare: str | None) -> None:
    assert without_filter(sql) == (sql if bare is None else bare)


async def test_without_any_filter_one_tenant_still_sees_nothing_of_the_other(
    world: World, stripped: Counter[str], request: pytest.FixtureRequest
) -> None:
    sweep = Sweep(world.ground, tokens_of(world, world.a.partner), world.secrets, brought=world.b.ids.values())
    leaks = await sweep.ask(reading(world.ground, world.a, world.b))
    leaks += await sweep.ask(changing(world.ground, world.a, world.b))
    lost = {sql for sql, times in stripped.items() if times}
    told(
        request,
        f"without filters: {len(lost)} queries lost their conditions {stripped.total():,} times in {sweep.asked:,} "
        f"requests ({sweep.succeeded:,} succeeded): {len(leaks)} leaks",
    )
    assert [str(leak) for leak in leaks] == []
    assert len(lost) > 40


async def test_it_is_row_level_security_that_holds(world: World, stripped: Counter[str]) -> None:
    """The same requests with the filters gone and row-level security off, too: the other's things are all over."""
    sweep = Sweep(world.ground, tokens_of(world, world.a.partner), world.secrets, brought=world.b.ids.values())
    async with _without_row_security(world.admin_url):
        leaks = await sweep.ask(reading(world.ground, world.a, world.b))
    kinds = {leak.secret.split("_")[0] for leak in leaks}
    assert stripped.total() > 100
    assert {world.b.mark, "sub", "ctr", "inq", "vis", "loan", "dev", "stm", "evt", "ref", "vrq"} <= kinds
