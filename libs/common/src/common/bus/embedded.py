"""The bus for one machine: a durable log in PostgreSQL with consumer-group positions (`embedded.sql`)."""

from __future__ import annotations

import asyncio
import importlib.resources
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import asyncpg
import orjson

from common.bus.protocol import BusUnavailable, Delivered, Fenced, Message, Unpublishable, refuse_too_large
from common.events import COMPACTED_TOPICS, TOPICS
from common.ids import new_id

LEASE = timedelta(seconds=10)

_FENCED = "AN001"
_NEVER = {"AN002", "42501"}  # unknown topic; somebody else's topic
_BROKEN = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError)


def role_of(service: str) -> str:
    """The database role of a service: its name with underscores."""
    return service.replace("-", "_")


async def install_bus(
    admin_url: str, *, topics: Mapping[str, str] = TOPICS, compacted: Collection[str] = COMPACTED_TOPICS
) -> None:
    """Create or renew the schema `bus`, its functions, grants and topics (each with the service that owns it).

    Idempotent.
    """
    connection = await asyncpg.connect(admin_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('anshin.bus.install'))")
            await connection.execute("SET LOCAL ROLE bus_owner")
            await connection.execute((importlib.resources.files("common.bus") / "embedded.sql").read_text())
            await connection.executemany(
                "INSERT INTO bus.topic (name, owner, compacted) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE "
                "SET owner = excluded.owner, compacted = excluded.compacted",
                [(topic, role_of(service), topic in compacted) for topic, service in topics.items()],
            )
            await connection.execute("REVOKE ALL ON ALL TABLES IN SCHEMA bus FROM PUBLIC")
            await connection.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bus FROM PUBLIC")
            for role in sorted({role_of(service) for service in topics.values()}):
                await connection.execute(f'GRANT USAGE ON SCHEMA bus TO "{role}"')
                await connection.execute(f'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bus TO "{role}"')
    finally:
        await connection.close()


def install(admin_url: str) -> None:
    """`install_bus` for callers outside an event loop."""
    asyncio.run(install_bus(admin_url))


class _Connection:
    """One connection, opened when first needed and again after it broke; used by one task at a time."""

    def __init__(self, url: str, name: str, **settings: str) -> None:
        self._url = url
        self._settings = {"application_name": name, "transaction_timeout": "10s", "lock_timeout": "10s", **settings}
        self._connection: asyncpg.Connection | None = None
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def use(self) -> AsyncIterator[asyncpg.Connection]:
        """The connection; whatever goes wrong with it or in the database is raised as `BusUnavailable`."""
        try:
            async with self._lock:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await asyncpg.connect(self._url, server_settings=self._settings)
                yield self._connection
        except _BROKEN as error:
            raise BusUnavailable(reason=f"{type(error).__name__}: {error}") from error

    async def close(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            with suppress(*_BROKEN):
                await self._connection.close(timeout=2)
        self._connection = None


class EmbeddedPublisher:
    """Appends as one service's role; fenced by epoch under the lock of the topics' rows."""

    def __init__(self, bus: EmbeddedBus, url: str, service: str) -> None:
        self._bus = bus
        self._connection = _Connection(url, f"{service}.relay")
        self._epoch = 0

    async def open(self, epoch: int) -> None:
        self._epoch = epoch
        async with self._connection.use() as connection:
            try:
                await connection.execute("SELECT bus.take_over($1)", epoch)
            except asyncpg.PostgresError as error:
                if error.sqlstate == _FENCED:
                    raise Fenced(str(error)) from error
                raise

    async def publish(self, messages: Sequence[Message]) -> None:
        refuse_too_large(messages)
        topics = [message.topic for message in messages]
        async with self._connection.use() as connection:
            try:
                await connection.execute(
                    "SELECT bus.append($1, $2::text[], $3::text[], $4::text[], $5::bytea[])",
                    self._epoch,
                    topics,
                    [message.key for message in messages],
                    [orjson.dumps(dict(message.headers)).decode() for message in messages],
                    [message.value for message in messages],
                )
            except asyncpg.PostgresError as error:
                if error.sqlstate == _FENCED:
                    raise Fenced(str(error)) from error
                if error.sqlstate in _NEVER and error.detail in topics:
                    raise Unpublishable(topics.index(error.detail), str(error)) from error
                raise
        self._bus.appended(topics)

    async def close(self) -> None:
        await self._connection.close()


class EmbeddedSubscription:
    """One member of a group; holds topics by leases that its fetches renew."""

    def __init__(self, bus: EmbeddedBus, url: str, group: str, topics: Sequence[str]) -> None:
        self._bus = bus
        self._group = group
        self._topics = list(topics)
        self._member = new_id("mbr")
        self._next: dict[str, int] = {}  # by topic, behind what was fetched
        # What a crash takes away of positions and leases is only done again.
        self._connection = _Connection(url, group, synchronous_commit="off")
        self._wake = asyncio.Event()
        bus.wake_at_append(self._topics, self._wake)

    async def fetch(self, *, most: int, wait: float) -> Sequence[Delivered]:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while True:
            self._wake.clear()
            found = await self._fetch_once(most)
            left = until - loop.time()
            if found or left <= 0:
                return found
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, self._bus.poll)):
                    await self._wake.wait()

    async def _fetch_once(self, most: int) -> Sequence[Delivered]:
        async with self._connection.use() as connection:
            rows = await connection.fetch(
                'SELECT topic, "offset", key, headers::text AS headers, value FROM bus.fetch($1, $2, $3, $4, $5, $6)',
                self._group,
                self._member,
                self._topics,
                [self._next.get(topic, 0) for topic in self._topics],
                most,
                self._bus.lease,
            )
        self._next.update((topic, offset + 1) for topic, offset, *_ in rows)
        return [
            Delivered(topic, 0, offset, key, orjson.loads(headers), value)
            for topic, offset, key, headers, value in rows
        ]

    async def commit(self, delivered: Sequence[Delivered]) -> None:
        ends: dict[str, int] = {}
        for message in delivered:
            ends[message.topic] = max(ends.get(message.topic, 0), message.offset + 1)
        async with self._connection.use() as connection:
            await connection.execute(
                "SELECT bus.commit($1, $2, $3, $4)", self._group, self._member, list(ends), list(ends.values())
            )

    async def rewind(self) -> None:
        """The next fetch reads from the committed position."""
        self._next.clear()

    async def lag(self) -> int:
        async with self._connection.use() as connection:
            return int(await connection.fetchval("SELECT bus.lag($1, $2)", self._group, self._topics))

    async def close(self) -> None:
        self._bus.forget(self._wake)
        with suppress(BusUnavailable):
            async with self._connection.use() as connection:
                await connection.execute("SELECT bus.leave($1, $2)", self._group, self._member)
        await self._connection.close()


class EmbeddedBus:
    """The log in PostgreSQL. `url_of` gives each service's database URL.

    `poll` (seconds) is how soon appends of other processes are seen; those of this process wake their readers.
    `lease` is how long a member that died without leaving keeps its topics, at most.
    """

    def __init__(self, url_of: Callable[[str], str], *, poll: float = 0.1, lease: timedelta = LEASE) -> None:
        self._url_of = url_of
        self._readers: dict[asyncio.Event, frozenset[str]] = {}
        self.poll = poll
        self.lease = lease

    def wake_at_append(self, topics: Collection[str], wake: asyncio.Event) -> None:
        """Set `wake` whenever a publisher of this process has appended to one of `topics`."""
        self._readers[wake] = frozenset(topics)

    def forget(self, wake: asyncio.Event) -> None:
        """No longer set `wake`."""
        self._readers.pop(wake, None)

    def appended(self, topics: Collection[str]) -> None:
        """Wake this process's readers of `topics`."""
        for wake, wanted in self._readers.items():
            if not wanted.isdisjoint(topics):
                wake.set()

    def publisher(self, service: str) -> EmbeddedPublisher:
        """The writer of a service's topics."""
        return EmbeddedPublisher(self, self._url_of(service), service)

    def subscription(self, service: str, group: str, topics: Sequence[str]) -> EmbeddedSubscription:
        """A consumer of `service` in `group`."""
        return EmbeddedSubscription(self, self._url_of(service), group, topics)
