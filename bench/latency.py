"""A5: from a command's insert to the consumer that sees it, against a bare producer and consumer on the same bus.

300 events a second in an open loop: each is due at its own time whether or not earlier ones have come, and counts from
when it was due. Ours: transaction with outbox row, relay, bus, consumer with inbox; seen when its handler is called.
Bare: the bus alone, one append of all that waits, and a reader that fetches and commits; on Kafka an append is a
transaction, which is what ours is fenced and undivided by. Plain, on Kafka: a producer and a consumer that promise
neither, acks=all without transactions. All run in this process, in turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
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

BARE = "bare"

_OURS = "ours"
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


Ways = tuple[Send, Mapping[str, Send], type[EventData], Sightings]


async def run(grounds: Grounds, *, rounds: int, operations: int) -> list[Figure]:
    """Send `operations` events by each way, `rounds` times, on the embedded bus and on Kafka."""
    figures: list[Figure] = []
    for name, ways in (("embedded", _embedded), ("Kafka", _kafka)):
        with grounds.database() as database:
            async with AsyncExitStack() as stack:
                ours, limits, kind, seen = await stack.enter_async_context(ways(grounds, database))
                sends = {_OURS: ours, **limits}
                taken: dict[str, list[list[float]]] = {way: [] for way in sends}
                for send in sends.values():
                    await _latencies(send, seen, kind, _WARM)
                for number in range(rounds):
                    for way in list(sends) if number % 2 == 0 else reversed(list(sends)):
                        taken[way].append(await _latencies(sends[way], seen, kind, operations))
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


def _figures(name: str, taken: Mapping[str, Sequence[Sequence[float]]]) -> list[Figure]:
    found = []
    for part, goal in ((0.5, GOAL_P50), (0.99, GOAL_P99)):
        of = {way: [quantile(round_, part) for round_ in rounds] for way, rounds in taken.items()}
        word = f"{name}, p{part * 100:.0f}"
        ours = of[_OURS]
        found += [at_most(f"{word}, ratio to {way}", median_ratio(ours, of[way]), goal) for way in of if way != _OURS]
        found += [Figure(name=f"{word}, {way}, ms", value=median(values) * 1e3) for way, values in of.items()]
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
async def _bare(bus: Bus, service: str, topic: str, seen: Sightings) -> AsyncIterator[Send]:
    """The bus alone: one append of all that waits, and a reader that fetches and commits."""
    publisher, subscription = bus.publisher(service), bus.subscription(service, f"{service}.bare", [topic])
    await publisher.open(1)
    queue: list[Message] = []
    waiting = asyncio.Event()

    async def send(event: NewEvent) -> None:
        queue.append(Message(topic, event.key, {}, _body(event)))
        waiting.set()

    async def append() -> None:
        while await waiting.wait():
            some = queue.copy()
            queue.clear()
            waiting.clear()
            await publisher.publish(some)

    async def look() -> None:
        async with asyncio.TaskGroup() as telling:
            while True:
                found = await subscription.fetch(most=100, wait=1.0)
                for message in found:
                    seen.see(message.key or "")
                if found:  # as ours, it does not wait for the bus to know
                    telling.create_task(subscription.commit(found))

    async with AsyncExitStack() as stack:
        stack.push_async_callback(publisher.close)
        stack.push_async_callback(subscription.close)
        for work in (append(), look()):
            await stack.enter_async_context(_running(work))
        yield send


@asynccontextmanager
async def _plain(grounds: Grounds, topic: str, seen: Sightings) -> AsyncIterator[Send]:
    """A producer and a consumer of a Kafka client, without transactions."""
    producer = AIOKafkaProducer(bootstrap_servers=grounds.kafka, acks="all")
    reader = AIOKafkaConsumer(topic, bootstrap_servers=grounds.kafka, auto_offset_reset="earliest")

    async def send(event: NewEvent) -> None:
        await producer.send_and_wait(topic, key=event.key.encode(), value=_body(event))

    async def look() -> None:
        async for record in reader:
            seen.see(record.key.decode())

    async with AsyncExitStack() as stack:
        for client in (producer, reader):
            await client.start()
            stack.push_async_callback(client.stop)
        await stack.enter_async_context(_running(look()))
        yield send


@asynccontextmanager
async def _embedded(grounds: Grounds, name: str) -> AsyncIterator[Ways]:
    """Ours and bare on the log in PostgreSQL, each with a topic of its own."""
    ours_on, bare_on = f"{SERVICE}.ours.v1", f"{SERVICE}.bare.v1"
    await install_bus(grounds.cluster.admin_url(name), topics={ours_on: SERVICE, bare_on: SERVICE}, compacted=())
    # Both publishers are in the first epoch, as that of a new database's first relay, so that neither fences the other.
    bus = EmbeddedBus(lambda _: grounds.cluster.role_url(SERVICE, name))
    kind, seen = kind_on(ours_on), Sightings()
    async with AsyncExitStack() as stack:
        database = await _opened(grounds, name, stack)
        limits = {"bare": await stack.enter_async_context(_bare(bus, SERVICE, bare_on, seen))}
        yield await stack.enter_async_context(_ours(database, bus, kind, seen)), limits, kind, seen


@asynccontextmanager
async def _kafka(grounds: Grounds, name: str) -> AsyncIterator[Ways]:
    """Ours, bare and plain on Kafka, each with a topic of its own."""
    ours_on, bare_on, plain_on = await grounds.topic(), await grounds.topic(), await grounds.topic()
    bus = KafkaBus(grounds.kafka, topics={ours_on: SERVICE, bare_on: BARE})
    kind, seen = kind_on(ours_on), Sightings()
    async with AsyncExitStack() as stack:
        database = await _opened(grounds, name, stack)
        limits = {
            "bare": await stack.enter_async_context(_bare(bus, BARE, bare_on, seen)),
            "plain": await stack.enter_async_context(_plain(grounds, plain_on, seen)),
        }
        yield await stack.enter_async_context(_ours(database, bus, kind, seen)), limits, kind, seen


async def _opened(grounds: Grounds, name: str, stack: AsyncExitStack) -> Database:
    database = await open_database(grounds.cluster.role_url(SERVICE, name))
    stack.push_async_callback(database.close)
    return database


def _body(event: NewEvent) -> bytes:
    return event.data.model_dump_json(by_alias=True).encode()
