"""The bus for one machine: a durable log in PostgreSQL with consumer-group positions (`embedded.sql`)."""

from __future__ import annotations

import asyncio
import importlib.resources
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

import asyncpg
import orjson

from common.bus.protocol import BusUnavailable, Delivered, Fenced, Message, Unpublishable
from common.events import COMPACTED_TOPICS, TOPICS
from common.ids import new_id

_FENCED = "AN001"
_UNKNOWN_TOPIC = "AN002"
_LEASE = timedelta(seconds=10)
_BROKEN = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError)


def role_of(service: str) -> str:
    """The database role of a service: its name with underscores."""
    return service.replace("-", "_")


async def install_bus(admin_url: str) -> None:
    """Create or renew the schema `bus`, its functions, grants and topics. Idempotent."""
    connection = await asyncpg.connect(admin_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('anshin.bus.install'))")
            await connection.execute("SET LOCAL ROLE bus_owner")
            await connection.execute((importlib.resources.files("common.bus") / "embedded.sql").read_text())
            await connection.executemany(
                "INSERT INTO bus.topic (name, owner, compacted) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE "
                "SET owner = excluded.owner, compacted = excluded.compacted",
                [(topic, role_of(service), topic in COMPACTED_TOPICS) for topic, service in TOPICS.items()],
            )
            await connection.execute("REVOKE ALL ON ALL TABLES IN SCHEMA bus FROM PUBLIC")
            await connection.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bus FROM PUBLIC")
            for role in sorted({role_of(service) for service in TOPICS.values()}):
                await connection.execute(f'GRANT USAGE ON SCHEMA bus TO "{role}"')
                await connection.execute(f'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bus TO "{role}"')
    finally:
        await connection.close()


def install(admin_url: str) -> None:
    """`install_bus` for callers outside an event loop."""
    asyncio.run(install_bus(admin_url))


class _Connection:
    """One connection, opened when first needed and again after it broke."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._connection: asyncpg.Connection | None = None
        self.lock = asyncio.Lock()

    async def get(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            try:
                self._connection = await asyncpg.connect(
                    self._url,
                    server_settings={
                        "application_name": self._name,
                        "transaction_timeout": "10s",
                        "lock_timeout": "10s",
                    },
                )
            except (*_BROKEN, TimeoutError) as error:
                raise BusUnavailable(reason=type(error).__name__) from error
        return self._connection

    async def close(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            with suppress(*_BROKEN, TimeoutError):
                await self._connection.close(timeout=2)
        self._connection = None


class EmbeddedPublisher:
    """Appends as one service's role; fenced by epoch under the lock of the topics' rows."""

    def __init__(self, url: str, service: str, appended: Callable[[], None]) -> None:
        self._connection = _Connection(url, f"{service}.relay")
        self._appended = appended
        self._epoch = 0

    async def open(self, epoch: int) -> None:
        self._epoch = epoch
        try:
            await (await self._connection.get()).execute("SELECT bus.take_over($1)", epoch)
        except asyncpg.PostgresError as error:
            raise self._translated(error) from error
        except _BROKEN as error:
            raise BusUnavailable(reason=type(error).__name__) from error

    async def publish(self, messages: Sequence[Message]) -> None:
        try:
            await (await self._connection.get()).execute(
                "SELECT bus.append($1, $2::text[], $3::text[], $4::text[], $5::bytea[])",
                self._epoch,
                [message.topic for message in messages],
                [message.key for message in messages],
                [orjson.dumps(dict(message.headers)).decode() for message in messages],
                [message.value for message in messages],
            )
        except asyncpg.PostgresError as error:
            if error.sqlstate == _UNKNOWN_TOPIC:
                index = next(i for i, message in enumerate(messages) if message.topic not in TOPICS)
                raise Unpublishable(index, str(error)) from error
            raise self._translated(error) from error
        except _BROKEN as error:
            raise BusUnavailable(reason=type(error).__name__) from error
        self._appended()

    @staticmethod
    def _translated(error: asyncpg.PostgresError) -> Exception:
        if error.sqlstate == _FENCED:
            return Fenced(str(error))
        return BusUnavailable(reason=type(error).__name__)

    async def close(self) -> None:
        await self._connection.close()


class EmbeddedSubscription:
    """One member of a group; holds topics by a lease that each fetch renews."""

    def __init__(self, bus: EmbeddedBus, url: str, group: str, topics: Sequence[str]) -> None:
        self._bus = bus
        self._group = group
        self._topics = list(topics)
        self._member = new_id("mbr")
        self._connection = _Connection(url, group)

    async def open(self) -> None:
        await self._connection.get()

    async def fetch(self, *, most: int, wait: float) -> Sequence[Delivered]:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while True:
            appended = self._bus.next_append()
            found = await self._fetch_once(most)
            left = until - loop.time()
            if found or left <= 0:
                return found
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, self._bus.poll)):
                    await appended.wait()

    async def _fetch_once(self, most: int) -> Sequence[Delivered]:
        try:
            async with self._connection.lock:
                rows = await (await self._connection.get()).fetch(
                    'SELECT topic, "offset", key, headers::text AS headers, value FROM bus.fetch($1, $2, $3, $4, $5)',
                    self._group,
                    self._member,
                    self._topics,
                    most,
                    _LEASE,
                )
        except (*_BROKEN, asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError) as error:
            raise BusUnavailable(reason=type(error).__name__) from error
        return [
            Delivered(
                topic=row["topic"],
                partition=0,
                offset=row["offset"],
                key=row["key"],
                headers=orjson.loads(row["headers"]),
                value=row["value"],
            )
            for row in rows
        ]

    async def commit(self, delivered: Sequence[Delivered]) -> None:
        ends: dict[str, int] = {}
        for message in delivered:
            ends[message.topic] = max(ends.get(message.topic, 0), message.offset + 1)
        try:
            async with self._connection.lock:
                await (await self._connection.get()).execute(
                    "SELECT bus.commit($1, $2, $3, $4)", self._group, self._member, list(ends), list(ends.values())
                )
        except (*_BROKEN, asyncpg.PostgresError) as error:
            raise BusUnavailable(reason=type(error).__name__) from error

    async def rewind(self) -> None:
        """Nothing to do: each fetch reads from the committed position."""

    async def lag(self) -> int:
        try:
            async with self._connection.lock:
                connection = await self._connection.get()
                return int(await connection.fetchval("SELECT bus.lag($1, $2)", self._group, self._topics))
        except (*_BROKEN, asyncpg.PostgresError) as error:
            raise BusUnavailable(reason=type(error).__name__) from error

    async def close(self) -> None:
        with suppress(BusUnavailable, *_BROKEN, asyncpg.PostgresError):
            async with self._connection.lock:
                await (await self._connection.get()).execute("SELECT bus.leave($1, $2)", self._group, self._member)
        await self._connection.close()


class EmbeddedBus:
    """The log in PostgreSQL. `url_of` gives each service's database URL; `poll` is the safety net in seconds."""

    def __init__(self, url_of: Callable[[str], str], *, poll: float = 0.1) -> None:
        self._url_of = url_of
        self._next = asyncio.Event()
        self.poll = poll

    def next_append(self) -> asyncio.Event:
        """An event that is set at the next append of this process."""
        return self._next

    def _appended(self) -> None:
        done, self._next = self._next, asyncio.Event()
        done.set()

    def publisher(self, service: str) -> EmbeddedPublisher:
        """The writer of a service's topics."""
        return EmbeddedPublisher(self._url_of(service), service, self._appended)

    def subscription(self, service: str, group: str, topics: Sequence[str]) -> EmbeddedSubscription:
        """A consumer of `service` in `group`."""
        return EmbeddedSubscription(self, self._url_of(service), group, topics)
