"""A4: the consumer with its inbox on a real Kafka, against pgbench that runs the statements of the same batches."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from bench.grounds import Grounds, events, kind_on
from bench.measuring import Figure, Side, compared, own_seconds, stopwatch
from common.bus.kafka import KafkaBus
from common.bus.protocol import Bus, Delivered, Message, Subscription
from common.clock import FrozenClock
from common.consuming import BATCH, Consumer
from common.context import Context
from common.db import Database, Tx
from common.effects import TAKE_IN
from common.events.base import EventData, Received
from common.ids import new_id
from common.outbox import headers_of
from tests.bus.probe import SERVICE, at_work

TITLE = "Consumer with inbox on Kafka / pgbench running the same batch"
GOAL_THROUGHPUT = 0.60
GOAL_MICROS = 10.0

# The statement of a batch as the consumer sends it, in a transaction of its own; what it asks about is made in SQL.
_TOLD = f"""
SELECT 'evt_' || lpad(to_hex(k), 32, '0') AS event_id, 'inquiry' AS aggregate,
       'inq_' || lpad(to_hex(k % (:operations / 5)), 32, '0') AS subject, k / (:operations / 5) + 1 AS sequence
FROM (SELECT :batch * {BATCH} + n AS k FROM generate_series(0, {BATCH - 1}) n) i
"""
_STATEMENT = f"WITH told AS ({_TOLD}), fresh AS{TAKE_IN.partition('fresh AS')[2]}".replace("$1", "'probe.limit'")
_LIMIT = f"\\set batch :batch + 1\nBEGIN;{_STATEMENT};\nCOMMIT;\n"


async def run(grounds: Grounds, *, rounds: int, operations: int) -> list[Figure]:
    """Take in the same messages by each side in turn, `rounds` times; ours in a new group each time.

    `operations` is a multiple of five batches: those of one case are never in one batch.
    """
    topic = await grounds.topic()
    bus = KafkaBus(grounds.kafka, topics={topic: SERVICE})
    kind = kind_on(topic)
    await _fill(bus, kind, operations)
    sides: list[tuple[Side, Side]] = []
    with grounds.database() as name:
        async with grounds.opened(name) as (database, admin):
            for number in range(rounds):
                taken: dict[bool, Side] = {}
                for ours in (True, False) if number % 2 == 0 else (False, True):
                    await _clear(admin)
                    taken[ours] = await (
                        _consume(grounds, database, bus, kind, operations)
                        if ours
                        else grounds.pgbench(
                            _LIMIT,
                            database=name,
                            transactions=operations // BATCH,
                            operations=operations,
                            variables={"batch": -1, "operations": operations},
                        )
                    )
                    await _check(admin, operations)
                sides.append((taken[True], taken[False]))
    return compared(sides, "message", micros=GOAL_MICROS, throughput=GOAL_THROUGHPUT)


async def _fill(bus: Bus, kind: type[EventData], operations: int) -> None:
    publisher = bus.publisher(SERVICE)
    await publisher.open(1)
    context = Context(actor="prober")
    messages = [
        Message(
            topic=kind.topic,
            key=event.key,
            headers=headers_of(event, event_id=new_id("evt"), service=SERVICE, context=context),
            value=event.data.model_dump_json(by_alias=True).encode(),
        )
        for event in events(kind, operations)
    ]
    for first in range(0, operations, 500):
        await publisher.publish(messages[first : first + 500])
    await publisher.close()


async def _clear(admin: asyncpg.Connection) -> None:
    await admin.execute("TRUNCATE inbox, consumed_subject")
    await admin.execute("CHECKPOINT")


async def _check(admin: asyncpg.Connection, operations: int) -> None:
    claimed = await admin.fetchval("SELECT count(*) FROM inbox")
    if claimed != operations:
        raise RuntimeError(f"{claimed} of {operations} are in the inbox")


class _Told:
    """A subscription that says when all messages were applied and committed."""

    def __init__(self, subscription: Subscription, wanted: int) -> None:
        self._subscription = subscription
        self._left = wanted
        self.all = asyncio.Event()
        self.fetch, self.rewind = subscription.fetch, subscription.rewind
        self.lag, self.close = subscription.lag, subscription.close

    async def commit(self, delivered: Sequence[Delivered]) -> None:
        await self._subscription.commit(delivered)
        self._left -= len(delivered)
        if self._left <= 0:
            self.all.set()


async def _no_effect(event: Received[EventData], tx: Tx, now: datetime) -> None:
    """What an event does is its service's affair; the platform's share is measured."""


async def _consume(grounds: Grounds, database: Database, bus: Bus, kind: type[EventData], operations: int) -> Side:
    group = f"{SERVICE}.bench-{new_id('run')[4:]}"
    subscription = bus.subscription(SERVICE, group, [kind.topic])
    clock = FrozenClock(datetime(2026, 6, 1, tzinfo=UTC))
    told = _Told(subscription, operations)
    consumer = Consumer(database, told, group=group, handlers={kind: _no_effect}, clock=clock)
    try:
        while not await subscription.fetch(most=1, wait=1.0):
            pass
        await subscription.rewind()  # a member now; what it fetched does not count
    except BaseException:
        await subscription.close()
        raise
    with stopwatch(grounds.server, own_seconds) as read:
        async with at_work(consumer):
            await told.all.wait()
            return read(operations)
