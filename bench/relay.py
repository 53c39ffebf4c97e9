"""A3: the relay from the outbox to a real Kafka, against pgbench that only moves the same rows."""

from __future__ import annotations

import asyncpg

from bench.grounds import Grounds, events, kind_on
from bench.measuring import Figure, Side, compared, own_seconds, stopwatch
from common import outbox
from common.bus.kafka import KafkaBus
from common.context import Context
from common.db import Database
from common.relay import BATCH, Relay
from tests.bus.probe import SERVICE

TITLE = "Outbox relay to Kafka / pgbench moving the same rows"
GOAL_THROUGHPUT = 0.20
GOAL_MICROS = 12.0

# What no relay can do without: the same rows leave the outbox and enter published_event, as many in one statement.
_LIMIT = f"""
WITH taken AS (SELECT seq FROM outbox o WHERE parked_reason IS NULL AND NOT EXISTS (
    SELECT 1 FROM outbox p WHERE p.parked_reason IS NOT NULL
      AND p.aggregatetype = o.aggregatetype AND p.aggregateid = o.aggregateid AND p.seq < o.seq)
    ORDER BY seq LIMIT {BATCH}),
gone AS (DELETE FROM outbox WHERE seq = ANY (ARRAY (SELECT seq FROM taken)) RETURNING *)
INSERT INTO published_event (position, id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload,
                             headers, partner, recorded_at)
SELECT (SELECT coalesce(max(position), 0) FROM published_event) + row_number() OVER (ORDER BY seq),
       id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, headers, partner, recorded_at
FROM gone ORDER BY seq;
"""
_COLUMNS = "id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, headers, partner"
_REFILL = f"INSERT INTO outbox ({_COLUMNS}) SELECT {_COLUMNS} FROM stock ORDER BY seq"


async def run(grounds: Grounds, *, rounds: int, operations: int) -> list[Figure]:
    """Drain the same `operations` rows by each side in turn, `rounds` times."""
    topic = await grounds.topic()
    bus = KafkaBus(grounds.kafka, topics={topic: SERVICE})
    sides: list[tuple[Side, Side]] = []
    with grounds.database() as name:
        async with grounds.opened(name) as (database, admin):
            await _stock(database, admin, topic, operations)
            publisher = bus.publisher(SERVICE)
            relay = Relay(database, publisher)
            for number in range(rounds):
                order = (True, False) if number % 2 == 0 else (False, True)
                measured = {ours: await _drain(grounds, relay if ours else name, admin, operations) for ours in order}
                sides.append((measured[True], measured[False]))
            await publisher.close()
    return compared(sides, "row", micros=GOAL_MICROS, throughput=GOAL_THROUGHPUT)


async def _stock(database: Database, admin: asyncpg.Connection, topic: str, operations: int) -> None:
    told = events(kind_on(topic), operations)
    for first in range(0, operations, BATCH):
        async with database.transaction(Context(actor="prober")) as tx:
            some = told[first : first + BATCH]
            await outbox.insert(tx.connection, tx.context, service=SERVICE, events=some)
    await admin.execute("CREATE TABLE stock AS SELECT * FROM outbox")


async def _drain(grounds: Grounds, by: Relay | str, admin: asyncpg.Connection, operations: int) -> Side:
    await admin.execute("TRUNCATE outbox, published_event")
    await admin.execute(_REFILL)
    await admin.execute("VACUUM ANALYZE outbox")
    await admin.execute("CHECKPOINT")
    if isinstance(by, str):
        return await grounds.pgbench(_LIMIT, database=by, transactions=-(-operations // BATCH), operations=operations)
    with stopwatch(grounds.server, own_seconds) as read:
        await by.drain()
        side = read(operations)
    moved = await admin.fetchval("SELECT count(*) FROM published_event")
    if moved != operations:
        raise RuntimeError(f"{moved} of {operations} were published")
    return side
