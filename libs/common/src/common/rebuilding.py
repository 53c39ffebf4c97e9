"""A projection thrown away and built again beside the running one, without running a single reaction.

The whole history is replayed, as a new group, through `PROJECTIONS` into temporary tables of one connection. There they
stand before every table of the service, so that a handler reaches nothing else: what it writes to tables that are no
projection goes away with the connection, and what it would publish is seen and refused. Requests read the old rows
meanwhile. At the end writers of the projection's tables wait for a moment (readers do not), the last events are taken
in, and one transaction turns the old rows into the new ones.

Commands may have acted on the old rows; a rebuild does not take that back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from common.assembly import Service
from common.consuming import Consumer, ConsumerStopped
from common.context import Context
from common.db import Tx, speak_json
from common.events import COMPACTED_TOPICS
from common.events.contracts import EntitlementsChanged
from common.ids import new_id

LONGEST_PAUSE = 10.0
"""Seconds for which writers may be kept waiting at the end."""
_TRIES = 5
_OFF_LIMITS = "alembic_version"

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename <> $2 ORDER BY tablename"
_COLUMNS = """
SELECT a.attname AS name, coalesce(a.attnum = ANY (i.indkey), false) AS key
FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum
"""
_NEWLY_DEAD = """
SELECT s.event_id, s.reason FROM pg_temp.dead_letter s WHERE NOT EXISTS (
    SELECT FROM {schema}.dead_letter l
    WHERE l.consumer_group = s.consumer_group AND l.event_id = s.event_id AND l.redriven_at IS NULL)
ORDER BY s.number LIMIT 5
"""
_REMOVE = "DELETE FROM {live} WHERE ({key}) NOT IN (SELECT {key} FROM {new})"
_WRITE = """
INSERT INTO {live} AS l ({every}) SELECT {every} FROM {new} ON CONFLICT ({key}) DO UPDATE SET ({others}) = ROW ({told})
WHERE ROW ({old}) IS DISTINCT FROM ROW ({told}) RETURNING xmax = 0 AS added
"""
_WRITE_KEYS = """
INSERT INTO {live} ({every}) SELECT {every} FROM {new} ON CONFLICT DO NOTHING RETURNING true AS added
"""


class RebuildRefused(Exception):
    """Nothing was changed; the words say why."""


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """What became of one table: rows it has now, and how many of them are new, are different, or went."""

    table: str
    rows: int
    added: int
    changed: int
    removed: int


class _Beside:
    """Transactions on the one connection that holds the temporary tables; savepoints while it is in one."""

    def __init__(self, connection: asyncpg.Connection, service: str) -> None:
        self._connection = connection
        self._service = service

    @property
    def service(self) -> str:
        return self._service

    @asynccontextmanager
    async def transaction(self, context: Context, *, readonly: bool = False) -> AsyncIterator[Tx]:
        async with self._connection.transaction(readonly=readonly):
            yield Tx(self._connection, context, self._service)


async def rebuild(
    service: Service, admin_url: str, *, tables: Sequence[str] = (), may_remove: bool = False
) -> list[Rebuilt]:
    """Build the projection tables of `service` again and put them in place; all of them, or `tables`.

    `admin_url` is the login that migrations use. Rows that the events still on the bus do not account for go only
    with `may_remove`: they may come from events that the bus no longer keeps. Raises `RebuildRefused` and what bus
    and database raise; then the projection is as it was.
    """
    parts = service.parts
    chosen = sorted(tables or parts.projection_tables)
    if not chosen or not set(chosen) <= set(parts.projection_tables):
        raise RebuildRefused(f"{parts.name} rebuilds {', '.join(sorted(parts.projection_tables)) or 'no table'}")
    connection = await _connect(admin_url, parts.package)
    try:
        await _lay_beside(connection, parts.package)
        async with _readers(service, connection) as readers:
            await _read_to_the_end(readers)
            async with _writers_waiting(connection, parts.package, chosen):
                try:
                    async with asyncio.timeout(LONGEST_PAUSE):
                        await _read_to_the_end(readers)
                except TimeoutError as error:
                    raise RebuildRefused("the last events did not end in time; try again at a quieter hour") from error
                await _refuse_if_not_sound(connection, parts.package)
                return [await _swap(connection, parts.package, name, may_remove=may_remove) for name in chosen]
    finally:
        await connection.close()


async def _connect(admin_url: str, package: str) -> asyncpg.Connection:
    settings = {"role": f"{package}_owner", "search_path": f"{package}, extensions", "application_name": "rebuild"}
    connection = await asyncpg.connect(admin_url, server_settings=settings)
    await speak_json(connection)
    return connection


async def _lay_beside(connection: asyncpg.Connection, package: str) -> None:
    for row in await connection.fetch(_TABLES, package, _OFF_LIMITS):
        name = row["tablename"]
        await connection.execute(f'CREATE TEMPORARY TABLE "{name}" (LIKE "{package}"."{name}" INCLUDING ALL)')


@asynccontextmanager
async def _readers(service: Service, connection: asyncpg.Connection) -> AsyncIterator[list[Consumer]]:
    """Consumers of the whole history: what happened, then the states of things, then whose contract is whose.

    Topics come in no order among each other, and what came late in life must not be undone by what is read late now.
    """
    parts = service.parts
    topics = {kind.topic for kind in parts.projections}
    reading, number = new_id("rbd"), 0
    store = _Beside(connection, parts.name)
    subscriptions, readers = [], []
    states, tenants = set(COMPACTED_TOPICS), {EntitlementsChanged.topic}
    for wanted in (topics - states, topics & states - tenants, topics & tenants):
        if wanted:
            number += 1
            subscription = service.bus.subscription(parts.name, f"{parts.name}.{reading}-{number}", sorted(wanted))
            subscriptions.append(subscription)
            handlers = {kind: handle for kind, handle in parts.projections.items() if kind.topic in wanted}
            group = f"{parts.name}.projections"
            readers.append(Consumer(store, subscription, group=group, handlers=handlers, clock=service.clock))
    try:
        yield readers
    finally:
        for subscription in subscriptions:
            await subscription.close()


async def _read_to_the_end(readers: Sequence[Consumer]) -> None:
    for reader in readers:
        try:
            while await reader.step(wait=0.2) or await reader.lag():
                pass
        except ConsumerStopped as error:
            raise RebuildRefused("too many events in a row cannot be applied: the code is wrong") from error


@asynccontextmanager
async def _writers_waiting(connection: asyncpg.Connection, package: str, tables: Sequence[str]) -> AsyncIterator[None]:
    """A transaction in which nobody else writes to `tables`; everybody reads them as they were."""
    transaction = await _locking(connection, ", ".join(f'"{package}"."{table}"' for table in tables))
    try:
        yield
    except BaseException:
        await transaction.rollback()
        raise
    await transaction.commit()


async def _locking(connection: asyncpg.Connection, tables: str) -> Any:
    for _ in range(_TRIES):
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute("SET LOCAL lock_timeout = '3s'")
            await connection.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await transaction.rollback()
        else:
            return transaction
    raise RebuildRefused("the tables were never free; try again at a quieter hour")


async def _refuse_if_not_sound(connection: asyncpg.Connection, package: str) -> None:
    if await connection.fetchval("SELECT count(*) FROM pg_temp.outbox"):
        raise RebuildRefused("a projection published events; that is a reaction's work")
    dead = await connection.fetch(_NEWLY_DEAD.format(schema=f'"{package}"'))
    if dead:
        named = ", ".join(f"{row['event_id']} ({row['reason']})" for row in dead)
        raise RebuildRefused(f"events that were applied before cannot be applied now: {named}")


async def _swap(connection: asyncpg.Connection, package: str, table: str, *, may_remove: bool) -> Rebuilt:
    columns = await connection.fetch(_COLUMNS, f'"{package}"."{table}"')
    names = {
        "live": f'"{package}"."{table}"',
        "new": f'pg_temp."{table}"',
        "every": _listed(columns),
        "key": _listed([column for column in columns if column["key"]]),
    }
    others = [column for column in columns if not column["key"]]
    removed = await connection.execute(_REMOVE.format(**names))
    gone = int(removed.rsplit(" ", 1)[-1])
    if gone and not may_remove:
        raise RebuildRefused(f"{gone} rows of {table} come from no event on the bus; with --allow-removal they go")
    write = _WRITE_KEYS if not others else _WRITE
    told, old = _listed(others, of="excluded."), _listed(others, of="l.")
    written = await connection.fetch(write.format(**names, others=_listed(others), told=told, old=old))
    added = sum(row["added"] for row in written)
    rows = await connection.fetchval(f"SELECT count(*) FROM {names['live']}")  # noqa: S608 - a table's name
    return Rebuilt(table=table, rows=rows, added=added, changed=len(written) - added, removed=gone)


def _listed(columns: Sequence[asyncpg.Record], *, of: str = "") -> str:
    return ", ".join(f'{of}"{column["name"]}"' for column in columns)
