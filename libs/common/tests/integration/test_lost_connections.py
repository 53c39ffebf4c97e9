"""Connections that the server ends: nobody is handed one, and what was done stays done."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from common.context import system_context
from common.db import ConnectionLost, Database
from common.testing import RunningService
from evaluation.postgres import EmbeddedPostgres

THINGS = "/api/loaner/v1/things"
HOUSE = system_context("loaner")
_END = """
SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
WHERE usename = 'loaner' AND datname = current_database()
"""


@pytest.fixture
def end_all(postgres_cluster: EmbeddedPostgres, probe_database: str) -> Callable[[], None]:
    """Ends every connection of the service, and comes back when the server has; this process has read nothing yet."""

    async def end() -> None:
        admin = await asyncpg.connect(postgres_cluster.admin_url(probe_database))
        await admin.execute(_END)
        await admin.close()

    def apart() -> None:
        thread = threading.Thread(target=lambda: asyncio.run(end()))
        thread.start()
        thread.join()

    return apart


@pytest.fixture
async def database(postgres_cluster: EmbeddedPostgres, probe_database: str) -> AsyncIterator[Database]:
    """The service's database by a pool of four."""
    url = postgres_cluster.role_url("loaner", probe_database)
    pool = await Database.open(url, service="loaner", package="loaner", size=4)
    yield pool
    await pool.close()


async def _all_in_use(database: Database) -> None:
    together = asyncio.Barrier(4)

    async def use() -> None:
        async with database.transaction(HOUSE) as tx:
            await together.wait()
            assert await tx.connection.fetchval("SELECT 1") == 1

    await asyncio.gather(*(use() for _ in range(4)))


@pytest.mark.parametrize("turns", range(6))
async def test_what_was_ended_while_it_lay_idle_is_noticed_by_nobody(
    database: Database, end_all: Callable[[], None], turns: int
) -> None:
    """Whenever the driver has read of the end: not yet, half, or wholly, after so many turns of the loop."""
    await _all_in_use(database)
    end_all()
    for _ in range(turns):
        await asyncio.sleep(0)
    async with database.connection() as bare:
        assert await bare.fetchval("SELECT 1") == 1
    await _all_in_use(database)


@pytest.mark.parametrize("turns", range(6))
async def test_what_is_ended_at_work_is_one_kind_of_error_and_leaves_nothing(
    database: Database, end_all: Callable[[], None], turns: int
) -> None:
    async def in_a_transaction() -> None:
        async with database.transaction(HOUSE) as tx:
            await tx.connection.execute("INSERT INTO ailment VALUES ('cut', 1, true)")
            await ended(tx.connection)

    async def bare() -> None:
        async with database.connection() as connection:
            await ended(connection)

    async def ended(connection: asyncpg.Connection) -> None:
        end_all()
        for _ in range(turns):
            await asyncio.sleep(0)
        await connection.execute("SELECT 1")

    for work in (in_a_transaction, bare):
        with pytest.raises(ConnectionLost):
            await work()
    await _all_in_use(database)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM ailment") == 0


async def test_a_misuse_is_no_lost_connection(database: Database) -> None:
    with pytest.raises(asyncpg.DataError):
        async with database.transaction(HOUSE) as tx:
            await tx.connection.fetchval("SELECT $1::int", "one")
    with pytest.raises(asyncpg.InterfaceError):
        async with database.transaction(HOUSE) as tx:
            await asyncio.gather(tx.connection.execute("SELECT 1"), tx.connection.execute("SELECT 2"))
    await _all_in_use(database)


async def test_a_pool_that_is_closed_says_so(database: Database) -> None:
    await database.close()
    with pytest.raises(ConnectionLost):
        async with database.transaction(HOUSE):
            pass


async def test_what_was_committed_is_answered_as_done_although_the_connection_ends_right_after(
    suite: RunningService, end_all: Callable[[], None]
) -> None:
    suite.database.on_published(end_all)
    async with suite.client() as operator:
        made = await operator.post(THINGS, json={"name": "kept"})
        assert made.status_code == 201
        assert (await operator.get(f"{THINGS}/{made.json()['id']}")).json()["name"] == "kept"
