"""A service with nothing but the platform: things whose every change is an event, and a table of what consumers did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import ClassVar

import asyncpg
import sqlalchemy as sa
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations

from common import provision
from common.bus.embedded import install_bus
from common.bus.protocol import Delivered
from common.consuming import Consumer, Handlers
from common.context import Context
from common.db import Database, Tx
from common.events.base import EventData, NewEvent, Received
from common.ids import new_id
from common.migrations import _engine, create_platform, house_table
from common.outbox import headers_of
from common.relay import Relay
from evaluation.postgres import EmbeddedPostgres
from evaluation.testing.databases import Administrator

SERVICE = "probe"
THINGS, STATES, FOREIGN = "probe.things.v1", "probe.states.v1", "loaner.loans.v1"
TOPICS = {THINGS: SERVICE, STATES: SERVICE, FOREIGN: "loaner"}
GROUP = "probe.reactions"

_NOW = datetime(2026, 6, 1, tzinfo=UTC)
_TEMPLATE = "template_probe"
_numbers = count(1)


class ThingChanged(EventData):
    """A thing has a new value."""

    topic: ClassVar[str] = THINGS
    aggregate: ClassVar[str] = "thing"

    value: int


class ThingRenamed(EventData):
    """A thing has a new name; nobody here listens."""

    topic: ClassVar[str] = THINGS
    aggregate: ClassVar[str] = "thing"

    name: str


class RolledBack(Exception):
    """What a command raises when it thinks better of it."""


def an_event(thing: str = "thing-1", sequence: int = 1, data: EventData | None = None) -> NewEvent:
    """The `sequence`-th fact about a thing."""
    return NewEvent(
        data=data or ThingChanged(actor="prober", value=sequence),
        subject=thing,
        sequence=sequence,
        key=thing,
        time=_NOW,
        partner=None,
        correlation_id=thing,
    )


def a_delivery(thing: str = "thing-1", sequence: int = 1, data: EventData | None = None, **headers: str) -> Delivered:
    """That fact as a consumer gets it, with other headers where they are named."""
    event = an_event(thing, sequence, data)
    told = headers_of(event, event_id=new_id("evt"), service=SERVICE, context=Context(actor="prober"))
    return Delivered(
        topic=event.data.topic,
        partition=0,
        offset=sequence,
        key=thing,
        headers={**told, **headers},
        value=event.data.model_dump_json(by_alias=True).encode(),
    )


async def change(database: Database, thing: str, *, events: int = 1, fail: bool = False) -> int:
    """One command: lock the thing, raise its version, tell it in so many events. The new version."""
    async with database.transaction(Context(actor="prober")) as tx:
        version: int = await tx.connection.fetchval(
            "INSERT INTO thing AS t (id, version) VALUES ($1, $2) "
            "ON CONFLICT (id) DO UPDATE SET version = t.version + $2 RETURNING version",
            thing,
            events,
        )
        await tx.publish(*[an_event(thing, version - events + 1 + k) for k in range(events)])
        if fail:
            raise RolledBack
    return version


async def note_effect(event: Received[ThingChanged], tx: Tx, now: datetime) -> None:
    """The effect: one more row; nothing in the table would hinder a second."""
    await tx.connection.execute(
        "INSERT INTO effect (subject, sequence, event_id) VALUES ($1, $2, $3)", event.subject, event.sequence, event.id
    )


HANDLERS: Handlers = {ThingChanged: note_effect}


def _tables(connection: sa.Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        create_platform(op)
        op.execute("CREATE TABLE thing (id text PRIMARY KEY, version int NOT NULL)")
        op.execute(
            "CREATE TABLE effect (number bigint GENERATED ALWAYS AS IDENTITY, subject text, sequence int, "
            "event_id text)"
        )
        house_table(op, "thing")
        house_table(op, "effect")


async def _prepare(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await provision.provision(connection)
        async with connection.transaction():
            for line in provision._service(SERVICE):
                await connection.execute(line)
    finally:
        await connection.close()
    await install_bus(url, topics=TOPICS, compacted={STATES})
    engine = _engine(url, SERVICE)
    async with engine.begin() as migrating:
        await migrating.run_sync(_tables)
    await engine.dispose()


class ProbeDatabases:
    """Databases in which the probe is at home, copied from one template."""

    def __init__(self, cluster: EmbeddedPostgres) -> None:
        self.cluster = cluster
        self._administrator = Administrator(cluster.admin_url())
        self._administrator.execute(f"CREATE DATABASE {_TEMPLATE}")
        self._administrator.call(_prepare(cluster.admin_url(_TEMPLATE)))

    @contextmanager
    def database(self) -> Iterator[str]:
        """The name of a fresh one, dropped at the end."""
        name = f"bus_{next(_numbers)}"
        self._administrator.execute(
            f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY file_copy",
            f"GRANT CONNECT ON DATABASE {name} TO {SERVICE}",
        )
        try:
            yield name
        finally:
            self._administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """End the administrator's connection; the databases end with the cluster."""
        self._administrator.close()


@asynccontextmanager
async def at_work(part: Relay | Consumer) -> AsyncIterator[None]:
    """A relay or consumer that runs as long as the block."""
    running = asyncio.create_task(part.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def until(look: Callable[[], Awaitable[object]], *, within: float = 30.0) -> None:
    """Look again and again until it is so; raises `TimeoutError` when it does not become so in time."""
    async with asyncio.timeout(within):
        while not await look():  # noqa: ASYNC110 - what is awaited happens in the database
            await asyncio.sleep(0.005)


async def open_database(url: str, *, size: int = 10) -> Database:
    """The pool of the probe."""
    return await Database.open(url, service=SERVICE, package=SERVICE, size=size)


async def effects(database: Database) -> list[tuple[str, int]]:
    """What took effect, in order: subject and sequence."""
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT subject, sequence FROM effect ORDER BY number")
    return [(row["subject"], row["sequence"]) for row in rows]


def per_subject(pairs: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    """The sequences of each subject, in the order in which they came."""
    found: dict[str, list[int]] = {}
    for subject, sequence in pairs:
        found.setdefault(subject, []).append(sequence)
    return found
