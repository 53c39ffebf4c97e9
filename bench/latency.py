"""A5: from a command's insert to the consumer that sees it, against a bare producer and consumer on the same bus.

300 events a second in an open loop: each is due at its own time whether or not earlier ones have come, and counts from
when it was due. Ours: transaction with outbox row, relay, bus, consumer with inbox; seen when its handler is called.
Bare: the bus alone. On Kafka that is a producer and a consumer of the client library, acks=all, no transactions; on
the embedded bus one append of all that waits, and a reader that fetches and commits. Both run in this process, in turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from statistics import median
from time import perf_counter

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.grounds import Grounds, events, kind_on
from bench.measuring import Figure, at_most, median_ratio, quantile
from common.bus.embedded import EmbeddedBus, install_bus
from common.bus.kafka import KafkaBus
from common.bus.protocol import Bus, Message
from common.clock import FrozenClock
from common.consuming import Consumer
from common.context import Context
from common.db import Database, Tx
from common.events.base import EventData, NewEvent, Received
from common.ids import new_id
from common.relay import Relay
from tests.bus.probe import SERVICE, at_work, open_database

TITLE = "Insert → visible to the consumer / a bare producer and consumer"
PER_SECOND = 300
GOAL_P50 = 2.0
GOAL_P99 = 3.0

_PATIENCE = 30.0
_WARM = 30  # events before the clock counts

Send = Callable[[NewEvent], Awaitable[object]]


class Sightings:
    """When each case was seen first."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.changed = asyncio.Event()

    def see(self, case: str) -> None:
        """A consumer has it."""
        self.at.setdefault(case, perf_counter())
        self.changed.set()

    async def all_of(self, cases: Sequence[str]) -> None:
        """Returns when all were seen; raises `TimeoutError`."""
        async with asyncio.timeout(_PATIENCE):
            while not all(case in self.at for case in cases):
                self.changed.clear()
                await self.changed.wait()


Ways = tuple[Send, Send, type[EventData], Sightings]


async def run(grounds: Grounds, *, rounds: int, operations: int) -> list[Figure]:
    """Send `operations` events by each way, `rounds` times, on the embedded bus and on Kafka."""
    figures: list[Figure] = []
    for name, ways in (("embedded", _embedded), ("Kafka", _kafka)):
        taken: list[tuple[list[float], list[float]]] = []
        with grounds.database() as database:
            async with AsyncExitStack() as stack:
                ours, bare, kind, seen = await stack.enter_async_context(ways(grounds, database))
                for send in (ours, bare):
                    await _latencies(send, seen, kind, _WARM)
                for number in range(rounds):
                    order = (ours, bare) if number % 2 == 0 else (bare, ours)
                    of = {send: await _latencies(send, seen, kind, operations) for send in order}
                    taken.append((of[ours], of[bare]))
        figures += _figures(name, taken)
    return figures


async def _latencies(send: Send, seen: Sightings, kind: type[EventData], number: int) -> list[float]:
    told = [event for event in events(kind, number * 5) if event.sequence == 1]
    begun = perf_counter() + 0.05
    due = {event.subject: begun + n / PER_SECOND for n, event in enumerate(told)}

    async def one(event: NewEvent) -> None:
        await asyncio.sleep(due[event.subject] - perf_counter())
        await send(event)

    async with asyncio.TaskGroup() as group:
        for event in told:
            group.create_task(one(event))
    await seen.all_of(list(due))
    return [seen.at[case] - at for case, at in due.items()]


def _figures(name: str, taken: Sequence[tuple[list[float], list[float]]]) -> list[Figure]:
    found = []
    for part, goal in ((0.5, GOAL_P50), (0.99, GOAL_P99)):
        ours, bare = ([quantile(side, part) for side in sides] for sides in zip(*taken, strict=True))
        word = f"{name}, p{part * 100:.0f}"
        found += [
            at_most(f"{word}, ratio", median_ratio(ours, bare), goal),
            Figure(name=f"{word}, ours, ms", value=median(ours) * 1e3),
            Figure(name=f"{word}, bare, ms", value=median(bare) * 1e3),
        ]
    return found


@asynccontextmanager
async def _ours(database: Database, bus: Bus, kind: type[EventData], seen: Sightings) -> AsyncIterator[Send]:
    async def see(event: Received[EventData], tx: Tx, now: datetime) -> None:
        seen.see(event.subject)

    async def send(event: NewEvent) -> None:
        async with database.transaction(Context(actor="prober")) as tx:
            await tx.publish(event)

    group = f"{SERVICE}.bench-{new_id('run')[4:]}"
    subscription = bus.subscription(SERVICE, group, [kind.topic])
    clock = FrozenClock(datetime(2026, 6, 1, tzinfo=UTC))
    consumer = Consumer(database, subscription, group=group, handlers={kind: see}, clock=clock)
    async with at_work(consumer), at_work(Relay(database, bus.publisher(SERVICE))):
        yield send


@asynccontextmanager
async def _running(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def _embedded(grounds: Grounds, name: str) -> AsyncIterator[Ways]:
    """Ours and bare on the log in PostgreSQL, each with a topic of its own."""
    ours_on, bare_on = f"{SERVICE}.ours.v1", f"{SERVICE}.bare.v1"
    await install_bus(grounds.cluster.admin_url(name), topics={ours_on: SERVICE, bare_on: SERVICE}, compacted=())
    bus = EmbeddedBus(lambda _: grounds.cluster.role_url(SERVICE, name))
    kind, seen = kind_on(ours_on), Sightings()
    publisher, subscription = bus.publisher(SERVICE), bus.subscription(SERVICE, f"{SERVICE}.bare", [bare_on])
    await publisher.open(1)  # as the first relay of a new database does, so that neither fences the other

    queue: list[Message] = []
    waiting = asyncio.Event()

    async def send(event: NewEvent) -> None:
        queue.append(Message(topic=bare_on, key=event.key, headers={}, value=_body(event)))
        waiting.set()

    async def append() -> None:
        while await waiting.wait():
            some = queue.copy()
            queue.clear()
            waiting.clear()
            await publisher.publish(some)

    async def look() -> None:
        while True:
            found = await subscription.fetch(most=100, wait=1.0)
            for message in found:
                seen.see(message.key or "")
            await subscription.commit(found)

    async with AsyncExitStack() as stack:
        stack.push_async_callback(publisher.close)
        stack.push_async_callback(subscription.close)
        database = await _opened(grounds, name, stack)
        for work in (append(), look()):
            await stack.enter_async_context(_running(work))
        yield await stack.enter_async_context(_ours(database, bus, kind, seen)), send, kind, seen


@asynccontextmanager
async def _kafka(grounds: Grounds, name: str) -> AsyncIterator[Ways]:
    """Ours and bare on Kafka, each with a topic of its own."""
    ours_on, bare_on = await grounds.topic(), await grounds.topic()
    bus = KafkaBus(grounds.kafka, topics={ours_on: SERVICE})
    kind, seen = kind_on(ours_on), Sightings()
    producer = AIOKafkaProducer(bootstrap_servers=grounds.kafka, acks="all")
    reader = AIOKafkaConsumer(bare_on, bootstrap_servers=grounds.kafka, auto_offset_reset="earliest")

    async def send(event: NewEvent) -> None:
        await producer.send_and_wait(bare_on, key=event.key.encode(), value=_body(event))

    async def look() -> None:
        async for record in reader:
            seen.see(record.key.decode())

    async with AsyncExitStack() as stack:
        for client in (producer, reader):
            await client.start()
            stack.push_async_callback(client.stop)
        database = await _opened(grounds, name, stack)
        await stack.enter_async_context(_running(look()))
        yield await stack.enter_async_context(_ours(database, bus, kind, seen)), send, kind, seen


async def _opened(grounds: Grounds, name: str, stack: AsyncExitStack) -> Database:
    database = await open_database(grounds.cluster.role_url(SERVICE, name))
    stack.push_async_callback(database.close)
    return database


def _body(event: NewEvent) -> bytes:
    return event.data.model_dump_json(by_alias=True).encode()
