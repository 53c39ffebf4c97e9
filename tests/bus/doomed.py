"""Workers that are going to be killed: the real outbox, relay and consumer in a process of its own.

Where exactly one dies is decided here, around the parts, never in them.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from common.bus.embedded import EmbeddedBus
from common.bus.kafka import KafkaBus
from common.bus.protocol import Bus, Delivered, Message, Publisher, Subscription
from common.clock import FrozenClock
from common.consuming import Consumer, Handlers
from common.db import Database, Tx
from common.events.base import Received
from common.relay import Relay
from tests.bus.probe import GROUP, SERVICE, THINGS, RolledBack, ThingChanged, change, note_effect, open_database

PRODUCER_POINTS = ("committed", "publishing", "published")
CONSUMER_POINTS = ("fetched", "effect", "applied", "offset")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the worker finds database and bus (`kafka` is a bootstrap address, None: embedded), its topic and group.

    `session` and `lease` (seconds) are how long the dead keep their partitions and the outbox. Writers change so many
    `things`, each with a `pause` (seconds) between commands. What is `poison` (subject and sequence) has no effect.
    """

    database_url: str
    topic: str = THINGS
    group: str = GROUP
    kafka: str | None = None
    session: float = 6
    lease: float = 0.25
    things: int = 30
    pause: float = 0
    poison: frozenset[tuple[str, int]] = frozenset()

    def bus(self) -> Bus:
        """The bus; with leases so short that the dead are soon replaced."""
        if self.kafka is None:
            return EmbeddedBus(lambda _: self.database_url, poll=0.02, lease=timedelta(seconds=self.lease))
        return KafkaBus(self.kafka, topics={self.topic: SERVICE}, session_seconds=self.session)


class Spoilt(Exception):
    """What the handler says of poison, whenever it comes."""


@dataclass(frozen=True, kw_only=True)
class Fate:
    """A signal to itself when `point` is reached for the `nth` time; without a point it lives until others end it."""

    point: str | None = None
    nth: int = 1
    signal: int = signal.SIGKILL


class Destiny:
    """Counts how often a worker came by its point."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate
        self._left = fate.nth

    def reach(self, point: str) -> None:
        """Come by a point; it may be the last thing this process does."""
        if point == self._fate.point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), self._fate.signal)


class DoomedPublisher:
    """A publisher with a point before and a point after what is published, all to one topic."""

    def __init__(self, publisher: Publisher, destiny: Destiny, topic: str) -> None:
        self._publisher = publisher
        self._destiny = destiny
        self._topic = topic

    async def open(self, epoch: int) -> None:
        await self._publisher.open(epoch)

    async def publish(self, messages: Sequence[Message]) -> None:
        self._destiny.reach("publishing")
        await self._publisher.publish([message._replace(topic=self._topic) for message in messages])
        self._destiny.reach("published")

    async def close(self) -> None:
        await self._publisher.close()


class DoomedSubscription:
    """A subscription with points around effect and offset."""

    def __init__(self, subscription: Subscription, destiny: Destiny) -> None:
        self._subscription = subscription
        self._destiny = destiny

    async def fetch(self, *, most: int, wait: float) -> Sequence[Delivered]:
        found = await self._subscription.fetch(most=min(most, 40), wait=wait)
        if found:
            self._destiny.reach("fetched")
        return found

    async def commit(self, delivered: Sequence[Delivered]) -> None:
        self._destiny.reach("applied")
        await self._subscription.commit(delivered)
        self._destiny.reach("offset")

    async def rewind(self) -> None:
        await self._subscription.rewind()

    async def lag(self) -> int:
        return await self._subscription.lag()

    async def close(self) -> None:
        await self._subscription.close()


async def _write(database: Database, place: Place, commands: int, chance: random.Random, destiny: Destiny) -> None:
    for _ in range(commands):
        thing, events = f"thing-{chance.randrange(place.things)}", chance.choice([1, 1, 1, 2, 5])
        with suppress(RolledBack):
            await change(database, thing, events=events, fail=chance.random() < 0.25)
            destiny.reach("committed")
        await asyncio.sleep(place.pause)


async def _until_asked_to_leave(work: Awaitable[object]) -> None:
    """Work; who is sent SIGTERM ends in order."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def produce(place: Place, fate: Fate, seed: int, writers: int, commands: int) -> None:
    """Several writers and a relay in one process, as a service has them."""

    async def main() -> None:
        chance, destiny = random.Random(seed), Destiny(fate)  # noqa: S311 - a walk that can be repeated
        database = await open_database(place.database_url, size=writers + 1)
        publisher = DoomedPublisher(place.bus().publisher(SERVICE), destiny, place.topic)
        relay = Relay(database, publisher, poll=0.01, lease=timedelta(seconds=place.lease))
        writing = [_write(database, place, commands, chance, destiny) for _ in range(writers)]
        await _until_asked_to_leave(asyncio.gather(relay.run(), *writing))
        await database.close()

    asyncio.run(main())


def consume(place: Place, fate: Fate) -> None:
    """One consumer of the group."""

    async def main() -> None:
        destiny = Destiny(fate)

        async def handle(event: Received[Any], tx: Tx, now: datetime) -> None:
            await note_effect(event, tx, now)
            destiny.reach("effect")
            if (event.subject, event.sequence) in place.poison:
                raise Spoilt

        database = await open_database(place.database_url, size=2)
        subscription = DoomedSubscription(place.bus().subscription(SERVICE, place.group, [place.topic]), destiny)
        clock = FrozenClock(datetime(2026, 6, 1, tzinfo=UTC))
        handlers: Handlers = {ThingChanged: handle}
        consumer = Consumer(database, subscription, group=place.group, handlers=handlers, clock=clock)
        await _until_asked_to_leave(consumer.run())
        await database.close()

    asyncio.run(main())
