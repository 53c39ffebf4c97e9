"""From the outbox to the bus: exactly one active relay per service publishes in the order of commit per aggregate.

A lease row with an epoch elects it (real time, the database's clock). It reads all visible rows by `seq`, publishes,
and only after the bus has acknowledged moves them to `published_event`, one batch after the other, while the next is
being published. A relay that wakes up late carries an old
epoch: the bus refuses it (`Fenced`), and its move finds that the lease is not its own. Killed between publish and
move, the rows are published again with the same event ids, which every consumer's inbox knows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import asyncpg
import orjson

from common.bus.protocol import Fenced, Message, Publisher, Unpublishable
from common.db import Database
from common.ids import new_id

log = logging.getLogger("anshin.relay")

BATCH = 1000
LEASE = timedelta(seconds=5)

# Who asks without an epoch gets a new one: whatever an earlier attempt left in flight is then fenced off.
_LEAD = """
INSERT INTO relay_lease AS l (name, holder, epoch, expires_at) VALUES ('outbox', $1, 1, clock_timestamp() + $2)
ON CONFLICT (name) DO UPDATE SET
    holder = $1, expires_at = clock_timestamp() + $2,
    epoch = CASE WHEN l.holder = $1 AND l.epoch = $3 THEN l.epoch ELSE l.epoch + 1 END
WHERE l.holder = $1 OR l.expires_at < clock_timestamp()
RETURNING epoch
"""
_RELEASE = "UPDATE relay_lease SET expires_at = '-infinity' WHERE name = 'outbox' AND holder = $1"
_PENDING = """
FROM outbox o WHERE parked_reason IS NULL AND NOT EXISTS (
    SELECT 1 FROM outbox p WHERE p.parked_reason IS NOT NULL
      AND p.aggregatetype = o.aggregatetype AND p.aggregateid = o.aggregateid AND p.seq < o.seq)
"""
_COUNT = f"SELECT count(*) {_PENDING}"
_READ = f"""
SELECT seq, topic, key, headers::text AS headers, payload::text AS payload {_PENDING}
    AND seq <> ALL ($2::bigint[]) ORDER BY seq LIMIT $1
"""
# The relay numbers published events; only the holder of the lease in this very epoch may.
_MOVE = """
WITH lease AS (SELECT 1 FROM relay_lease WHERE name = 'outbox' AND holder = $2 AND epoch = $3 FOR SHARE),
gone AS (DELETE FROM outbox WHERE seq = ANY ($1::bigint[]) AND EXISTS (SELECT 1 FROM lease) RETURNING *)
INSERT INTO published_event (position, id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload,
                             headers, partner, recorded_at)
SELECT (SELECT coalesce(max(position), 0) FROM published_event) + row_number() OVER (ORDER BY seq),
       id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, headers, partner, recorded_at
FROM gone ORDER BY seq
"""
_PARK = "UPDATE outbox SET parked_reason = $2 WHERE seq = $1"


async def waiting(connection: asyncpg.Connection) -> int:
    """How many events are still to be published; those parked, or behind a parked one, wait for a person."""
    return int(await connection.fetchval(_COUNT))


class Relay:
    """The relay of one service in one process; `run` until cancelled.

    `poll` (seconds) is how often it looks for what other processes wrote; this process's commits wake it. `lease` is
    how long others wait for a relay that died.
    """

    def __init__(
        self, database: Database, publisher: Publisher, *, poll: float = 0.1, lease: timedelta = LEASE
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._holder = new_id("rly")
        self._poll = poll
        self._lease = lease
        self._epoch: int | None = None
        self._renew_at = 0.0
        self._moving: asyncio.Task[None] | None = None
        self._under_way: list[int] = []  # what is published and being moved
        self._wake = asyncio.Event()
        database.on_published(self._wake.set)

    async def run(self) -> None:
        """Take or wait for the lease, publish what waits, sleep until woken; never returns by itself."""
        failures = 0
        try:
            while True:
                try:
                    published = await self._round()
                    failures = 0
                except Fenced:
                    log.warning("relay fenced, standing by", extra={"service": self._database.service})
                    await asyncio.sleep(self._lease.total_seconds())
                except Exception as error:  # noqa: BLE001 - nothing is lost by trying again; the log says why
                    failures += 1
                    log.warning(
                        "relay pauses: %s: %s", type(error).__name__, error, extra={"service": self._database.service}
                    )
                    await asyncio.sleep(min(self._poll * 2**failures, 5.0))
                else:
                    if self._epoch is None:
                        await asyncio.sleep(self._lease.total_seconds() / 4)
                    elif published < BATCH:
                        await self._sleep()
        finally:
            await self._release()

    async def _sleep(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll):
                await self._wake.wait()
        self._wake.clear()

    async def step(self) -> int:
        """One round to its end; the number of events published (0 when another relay leads, or nothing waits).

        Raises `Fenced`, `BusUnavailable` and what the database raises; the next round then begins with a new epoch.
        """
        published = await self._round()
        await self._moved()
        return published

    async def drain(self) -> None:
        """Rounds until nothing waits, each while what the last one published is on the move. Raises as `step` does."""
        while await self._round():
            pass
        await self._moved()

    async def _round(self) -> int:
        """One round, at whose end what was published may still be on the move."""
        try:
            if self._moving is not None and self._moving.done():
                await self._moved()
            return await self._publish()
        except BaseException:
            self._epoch = None
            await self._end_of_move()
            raise

    async def _lead(self, connection: asyncpg.Connection) -> None:
        """Take, renew or lose the lease. A renewal at half its time keeps an idle relay from writing at every look."""
        now = asyncio.get_running_loop().time()
        if self._epoch is not None and now < self._renew_at:
            return
        epoch = await connection.fetchval(_LEAD, self._holder, self._lease, self._epoch)
        if epoch is not None and epoch != self._epoch:
            await self._publisher.open(epoch)
        self._epoch = epoch
        self._renew_at = now + self._lease.total_seconds() / 2

    async def _publish(self) -> int:
        while True:
            async with self._database.connection() as connection:
                await self._lead(connection)
                if self._epoch is None or not (rows := await connection.fetch(_READ, BATCH, self._under_way)):
                    return 0
            try:
                await self._publisher.publish([_message(row) for row in rows])
            except Unpublishable as poison:
                await self._park(rows[poison.index], poison.reason)
            else:
                await self._moved()
                self._under_way = [row["seq"] for row in rows]
                self._moving = asyncio.create_task(self._move(self._under_way, self._epoch))
                return len(rows)

    async def _park(self, row: asyncpg.Record, reason: str) -> None:
        async with self._database.connection() as connection:
            await connection.execute(_PARK, row["seq"], reason)
        log.error("event parked with its aggregate: %s", reason, extra={"event_id": _message(row).headers["ce_id"]})

    async def _move(self, numbers: Sequence[int], epoch: int) -> None:
        async with self._database.connection() as connection:
            moved = await connection.execute(_MOVE, numbers, self._holder, epoch)
        if moved != f"INSERT 0 {len(numbers)}":
            raise Fenced("the lease has gone to another relay")

    async def _moved(self) -> None:
        """Waits until the last batch has left the outbox; raises what kept it there."""
        if self._moving is not None:
            await asyncio.shield(self._moving)
            self._moving, self._under_way = None, []

    async def _end_of_move(self) -> None:
        """What is under way comes to an end, whichever; what is left in the outbox is published anew."""
        if self._moving is not None:
            with suppress(Exception):
                await asyncio.shield(self._moving)
            self._moving, self._under_way = None, []

    async def _release(self) -> None:
        await self._end_of_move()
        with suppress(asyncpg.PostgresError, OSError):
            async with self._database.connection() as connection:
                await connection.execute(_RELEASE, self._holder)
        await self._publisher.close()


def _message(row: asyncpg.Record) -> Message:
    _, topic, key, headers, payload = row
    return Message(topic, key, orjson.loads(headers), payload.encode())
