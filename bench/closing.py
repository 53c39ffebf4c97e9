"""A12: closing the fee months of many contracts, against COPY of the very rows that closing inserts."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import asyncpg

from bench.grounds import Grounds
from bench.measuring import Figure, Side, at_least, at_most, median_ratio, own_seconds, stopwatch
from common.context import system_context
from common.db import Database
from contracts.storage import catalogue
from contracts.sweeps import CLOSINGS
from contracts.testing.crowd import CLOSES, settle
from contracts.usecases.load_catalogue import load_catalogue
from contracts.usecases.run_closing import close_batch, start_closing
from evaluation.testing.databases import TemplateDatabases

TITLE = "Closing of fee months / COPY of the same rows"
GOAL_THROUGHPUT = 0.30
GOAL_GROWTH = 32.0
_BEGAN = datetime(2026, 5, 1, tzinfo=UTC)

# What closing inserts; what it changes besides (open months, charges) the limit does not have to do.
_TABLES = {
    "statement": "*",
    "statement_line": "*",
    "fee_month": "*",
    "uninvoiced": "*",
    "outbox": "id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, headers, partner",
}
_OURS = "aggregatetype = 'statement'"
_UNDO = """
UPDATE open_month SET ends_at = kept.ends_at FROM kept WHERE kept.contract_id = open_month.contract_id;
DELETE FROM uninvoiced;
UPDATE charge SET statement_id = NULL WHERE statement_id IS NOT NULL;
DELETE FROM outbox WHERE aggregatetype = 'statement';
DELETE FROM closing_run;
DELETE FROM statement_line;
DELETE FROM fee_month;
DELETE FROM statement;
"""


async def run(grounds: Grounds, *, rounds: int, operations: int) -> list[Figure]:
    """Close the same months by each side in turn, `rounds` times; ours in batches, the limit in one COPY a table."""
    databases = TemplateDatabases(grounds.cluster)
    await asyncio.to_thread(databases.prepare)
    sides: list[tuple[Side, Side]] = []
    growth: list[float] = []
    try:
        with databases.database() as name:
            async with _settled(grounds, name, operations) as (database, admin):
                for number in range(rounds + 1):
                    before = _peak()
                    ours = await _close(grounds, database, operations)
                    growth.append(_peak() - before)
                    await _take_out(admin, grounds.folder)
                    await _undo(admin)
                    limit = await _copy(grounds, admin, operations)
                    await _undo(admin)
                    if number:  # the first round fills caches and compiles plans
                        sides.append((ours, limit))
    finally:
        databases.close()
    ours_alone, limits = [side for side, _ in sides], [side for _, side in sides]
    return [
        at_least(
            "throughput, ratio",
            median_ratio([side.per_second for side in ours_alone], [side.per_second for side in limits]),
            GOAL_THROUGHPUT,
        ),
        at_most("growth of memory, MiB, worst later round", max(growth[1:]), GOAL_GROWTH),
        Figure(name="Python CPU, µs per contract", value=median(side.client_micros for side in ours_alone)),
        Figure(name="ours, contracts per second", value=median(side.per_second for side in ours_alone)),
        Figure(name="ours, CPU with PostgreSQL, µs per contract", value=median(s.cpu_micros for s in ours_alone)),
        Figure(name="limit, contracts per second", value=median(side.per_second for side in limits)),
        Figure(name="limit, CPU with PostgreSQL, µs per contract", value=median(side.cpu_micros for side in limits)),
    ]


@asynccontextmanager
async def _settled(grounds: Grounds, name: str, contracts: int) -> AsyncIterator[tuple[Database, asyncpg.Connection]]:
    database = await Database.open(
        grounds.cluster.role_url("contracts", name), service="contracts", package="contracts", size=1
    )
    admin = await asyncpg.connect(
        grounds.cluster.admin_url(name), server_settings={"search_path": "contracts", "statement_timeout": "0"}
    )
    try:
        async with database.transaction(system_context("contracts")) as tx:
            await load_catalogue(tx, _BEGAN)
            book = await catalogue.current(tx, CLOSES)
        await settle(database, book, contracts)
        await admin.execute("CREATE TABLE kept AS TABLE open_month; ANALYZE")
        yield database, admin
    finally:
        await admin.close()
        await database.close()


async def _close(grounds: Grounds, database: Database, operations: int) -> Side:
    async with database.transaction(system_context("contracts")) as tx:
        await start_closing(tx, CLOSES)
    left = operations
    with stopwatch(grounds.server, own_seconds) as read:
        while left > 0:
            async with database.transaction(system_context("contracts")) as tx:
                left -= await close_batch(tx, CLOSES, most=CLOSINGS)
        return read(operations)


async def _take_out(admin: asyncpg.Connection, folder: Path) -> None:
    """The rows that ours inserted, as files for COPY."""
    for table, columns in _TABLES.items():
        chosen = f"SELECT {columns} FROM {table}" + (f" WHERE {_OURS}" if table == "outbox" else "")
        await admin.copy_from_query(chosen, output=folder / table, format="binary")


async def _copy(grounds: Grounds, admin: asyncpg.Connection, operations: int) -> Side:
    with stopwatch(grounds.server, own_seconds) as read:
        async with admin.transaction():
            for table, columns in _TABLES.items():
                names = None if columns == "*" else columns.split(", ")
                await admin.copy_to_table(table, source=grounds.folder / table, columns=names, format="binary")
        return read(operations)


async def _undo(admin: asyncpg.Connection) -> None:
    """As before the closing; closed statements cannot be removed but by an administrator without triggers."""
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        await admin.execute(_UNDO)
    for table in ("open_month", "contract", "charge", *_TABLES, "closing_run"):
        await admin.execute(f"VACUUM ANALYZE {table}")
    await admin.execute("CHECKPOINT")


def _peak() -> float:
    """The most memory that this process ever held, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
