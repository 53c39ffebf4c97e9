"""From the outbox to the bus: exactly one active relay per service publishes in the order of commit per aggregate.

A lease row with an epoch elects it (real time, the database's clock). It reads all visible rows by `seq`, publishes, and only
after the bus has acknowledged moves them to `published_event`. A relay that wakes up late carries an old epoch: the bus
refuses it (`Fenced`), and its move finds that the lease is not its own. Killed between publish and move, the rows are
published again with the same event ids, which every consumer's inbox knows.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

import asyncpg
import orjson

from common.bus.protocol import BusUnavailable, Fenced, Message, Publisher, Unpublishable
from common.db import Database
from common.ids import new_id

log = logging.getLogger("anshin.relay")

BATCH = 500
LEASE = timedelta(seconds=5)

_LEASE = """
INSERT INTO relay_lease AS l (name, holder, epoch, expires_at) VALUES ('outbox', $1, 1, clock_timestamp() + $2)
ON CONFLICT (name) DO UPDATE SET
    holder = $1, expires_at = clock_timestamp() + $2,
    epoch = CASE WHEN l.holder = $1 THEN l.epoch ELSE l.epoch + 1 END
WHERE l.holder = $1 OR l.expires_at < clock_timestamp()
RETURNING epoch
"""
_PENDING = """
SELECT seq, id, topic, key, headers::text AS headers, payload::text AS payload FROM outbox o
WHERE parked_reason IS NULL AND NOT EXISTS (
    SELECT 1 FROM outbox p WHERE p.parked_reason IS NOT NULL
      AND p.aggregatetype = o.aggregatetype AND p.aggregateid = o.aggregateid AND p.seq < o.seq)
ORDER BY seq LIMIT $1
"""
# The relay numbers published events; only the holder of the lease in this very epoch may.
_MOVE = """
WITH lease AS (SELECT 1 FROM relay_lease WHERE name = 'outbox' AND holder = $2 AND epoch = $3 FOR SHARE),
gone AS (DELETE FROM outbox WHERE seq = ANY ($1::bigint[]) AND EXISTS (SELECT 1 FROM lease) RETURNING *)
INSERT INTO published_event (position, id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, headers,
                             partner, recorded_at)
SELECT (SELECT coalesce(max(position), 0) FROM published_event) + row_number() OVER (ORDER BY seq),
       id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, headers, partner, recorded_at
FROM gone ORDER BY seq
"""
_PARK = "UPDATE outbox SET parked_reason = $2 WHERE seq = $1"
_BROKEN = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError)


class Relay:
    """The relay of one service in one process; `run` until cancelled."""

    def __init__(self, database: Database, publisher: Publisher, *, poll: float = 0.1) -> None:
        self._database = database
        self._publisher = publisher
        self._holder = new_id("rly")
        self._epoch: int | None = None
        self._poll = poll
        self._wake = asyncio.Event()
        database.on_published(self._wake.set)

    async def run(self) -> None:
        """Take or wait for the lease, publish what waits, sleep until woken; never returns by itself."""
        pause = self._poll
        try:
            while True:
                try:
                    published = await self.step()
                    pause = self._poll
                except Fenced:
                    log.warning("relay fenced, standing by", extra={"service": self._database.service})
                    self._epoch, published = None, 0
                    await asyncio.sleep(LEASE.total_seconds())
                except (BusUnavailable, asyncpg.PostgresError, *_BROKEN) as error:
                    log.warning("relay pauses: %s", error, extra={"service": self._database.service})
                    self._epoch, published = None, 0
                    pause = min(pause * 2, 5.0)
                if published < BATCH:
                    await self._sleep(pause)
        finally:
            await self._release()

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    async def step(self) -> int:
        """One round; the number of events published (0 when another relay holds the lease or nothing waits)."""
        async with self._database.connection() as connection:
            epoch = await connection.fetchval(_LEASE, self._holder, LEASE)
            if epoch is None:
                self._epoch = None
                return 0
            if epoch != self._epoch:
                await self._publisher.open(epoch)
                self._epoch = epoch
            rows = await connection.fetch(_PENDING, BATCH)
            if not rows:
                return 0
            messages = [
                Message(
                    topic=row["topic"],
                    key=row["key"],
                    headers=orjson.loads(row["headers"]),
                    value=row["payload"].encode(),
                )
                for row in rows
            ]
            try:
                await self._publisher.publish(messages)
            except Unpublishable as poison:
                await connection.execute(_PARK, rows[poison.index]["seq"], poison.reason)
                log.error(
                    "event parked with its aggregate: %s", poison.reason, extra={"event_id": rows[poison.index]["id"]}
                )
                return BATCH
            await connection.execute(_MOVE, [row["seq"] for row in rows], self._holder, epoch)
            return len(rows)

    async def _release(self) -> None:
        with suppress(asyncpg.PostgresError, *_BROKEN):
            async with self._database.connection() as connection:
                await connection.execute(
                    "UPDATE relay_lease SET expires_at = clock_timestamp() WHERE name = 'outbox' AND holder = $1",
                    self._holder,
                )
        await self._publisher.close()
