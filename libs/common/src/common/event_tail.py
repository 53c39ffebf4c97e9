"""What a service publishes, followed as it comes by many who watch.

Whoever watches in the same tenant's name in one process shares one reader, which reads under that tenant's role: what
row-level security hides, no watcher ever has in hand. A watcher keeps nothing but the position it has reached; one that
fell far behind reads pages of its own.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

import asyncpg

from common.context import Context
from common.db import Database, Record, Tx
from common.events import RESTRICTED_TOPICS

log = logging.getLogger("anshin.tail")

PAGE = 200
KEPT = 2000

# Events of restricted topics are erased with the person they tell of; the position of such a one would come again.
_NEWEST = "SELECT coalesce(max(position), 0) FROM published_event WHERE topic <> ALL ($1::text[])"
_AFTER = """
SELECT position, topic, key, headers, payload FROM published_event
WHERE position > $1 AND topic <> ALL ($2::text[]) ORDER BY position LIMIT $3
"""

T = TypeVar("T")
Shaped = Callable[[Record, str | None], T]
"""Makes of a row what the watchers of a tenant hand on."""


async def newest_position(tx: Tx) -> int:
    """The newest position that whoever asks may see; 0 before the first."""
    return int(await tx.connection.fetchval(_NEWEST, sorted(RESTRICTED_TOPICS)))


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """A published event at its `position`, in the `shape` in which watchers hand it on."""

    position: int
    shape: T


class Tail(Generic[T]):
    """What one tenant may see of what the service publishes; `kept` of the latest are held in memory."""

    def __init__(
        self,
        database: Database,
        partner: str | None,
        shaped: Shaped[T],
        *,
        poll: float,
        kept: int = KEPT,
    ) -> None:
        self._database = database
        self._context = Context(actor=f"system:{database.service}", partner=partner)
        self._shaped = shaped
        self._poll = poll
        self._kept = kept
        self._latest: list[Told[T]] = []
        self._floor = 0  # `_latest` holds everything behind this position …
        self._reached = 0  # … up to this one
        self._news = asyncio.Event()

    async def open(self) -> None:
        """Begin with what is published from now on."""
        async with self._database.transaction(self._context, readonly=True) as tx:
            self._floor = self._reached = await newest_position(tx)

    async def follow(self) -> None:
        """Read on every `poll` seconds, at once while there is more than a page; never returns by itself."""
        while True:
            try:
                found = await self._read(self._reached)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("tail pauses: %s", type(error).__name__, extra={"service": self._database.service})
                found = []
            if found:
                self._keep(found)
            if len(found) < PAGE:
                await asyncio.sleep(self._poll)

    def _keep(self, found: Sequence[Told[T]]) -> None:
        self._latest.extend(found)
        self._reached = found[-1].position
        if len(self._latest) > 2 * self._kept:  # seldom, so that it costs little
            dropped = self._latest[: -self._kept]
            self._floor = dropped[-1].position
            self._latest = self._latest[-self._kept :]
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def after(self, position: int) -> Sequence[Told[T]]:
        """What follows `position`, at most `PAGE`; empty when nothing does."""
        if position < self._floor:
            return await self._read(position)
        begin = bisect_right(self._latest, position, key=lambda told: told.position)
        return self._latest[begin : begin + PAGE]

    async def news(self, position: int, seconds: float) -> bool:
        """Wait until something behind `position` was read, at most `seconds`; whether it was."""
        if position >= self._reached:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._news.wait()
        return position < self._reached

    async def _read(self, position: int) -> list[Told[T]]:
        async with self._database.transaction(self._context, readonly=True) as tx:
            rows = await tx.connection.fetch(_AFTER, position, sorted(RESTRICTED_TOPICS), PAGE)
        return [Told(position=row["position"], shape=self._shaped(row, self._context.partner)) for row in rows]


class Tails(Generic[T]):
    """The tails of one process, one per tenant, each as long as somebody watches."""

    def __init__(self, database: Database, shaped: Shaped[T], *, poll: float) -> None:
        self._database = database
        self._shaped = shaped
        self._poll = poll
        self._open: dict[str | None, _Shared[T]] = {}

    @asynccontextmanager
    async def watching(self, partner: str | None) -> AsyncIterator[Tail[T]]:
        """The tail of this tenant (None: of the house), shared with whoever else watches it."""
        shared = self._open.get(partner)
        if shared is None:
            shared = self._open[partner] = _Shared(Tail(self._database, partner, self._shaped, poll=self._poll))
        shared.watchers += 1
        try:
            await shared.ready()
            yield shared.tail
        finally:
            shared.watchers -= 1
            if shared.watchers == 0:
                self._open.pop(partner, None)
                await shared.close()


class _Shared(Generic[T]):
    def __init__(self, tail: Tail[T]) -> None:
        self.tail = tail
        self.watchers = 0
        self._opening: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None

    async def ready(self) -> None:
        """Open the tail once, whoever comes first; raises what the database raises."""
        if self._opening is None or (self._opening.done() and self._opening.exception() is not None):
            self._opening = asyncio.create_task(self.tail.open())
        await asyncio.shield(self._opening)
        if self._following is None:
            self._following = asyncio.create_task(self.tail.follow())

    async def close(self) -> None:
        """Stop reading."""
        for task in (self._opening, self._following):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
