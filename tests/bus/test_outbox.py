"""From command to bus: what is committed is published once, in order per aggregate; what is rolled back never was."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta

import asyncpg
import pytest

from common.bus.embedded import EmbeddedBus
from common.bus.protocol import BusUnavailable, Fenced, Message, Publisher, Unpublishable
from common.context import Context
from common.db import Database
from common.relay import BATCH, Relay, waiting
from tests.bus.probe import FOREIGN, SERVICE, RolledBack, ThingChanged, an_event, at_work, change, per_subject, until

LONG_AGO = "UPDATE relay_lease SET expires_at = '-infinity'"


class Recorder:
    """A publisher that keeps what it is given; `refusals` are raised first, one for each attempt."""

    def __init__(self, refusals: Sequence[Exception] = ()) -> None:
        self.refusals = list(refusals)
        self.epochs: list[int] = []
        self.batches: list[list[Message]] = []

    async def open(self, epoch: int) -> None:
        self.epochs.append(epoch)

    async def publish(self, messages: Sequence[Message]) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.batches.append(list(messages))

    async def close(self) -> None: ...

    @property
    def sent(self) -> list[tuple[str, int]]:
        """Subject and sequence of all messages, in order."""
        return [(m.headers["ce_subject"], int(m.headers["ce_sequence"])) for batch in self.batches for m in batch]


@pytest.fixture
async def publisher(probe_url: str) -> AsyncIterator[Publisher]:
    opened = EmbeddedBus(lambda _: probe_url).publisher(SERVICE)
    yield opened
    await opened.close()


async def rows(database: Database, query: str) -> list[asyncpg.Record]:
    async with database.connection() as connection:
        return list(await connection.fetch(query))


async def log(probe_admin_url: str) -> list[tuple[str, int]]:
    connection = await asyncpg.connect(probe_admin_url)
    found = await connection.fetch('SELECT headers FROM bus.record ORDER BY topic, "offset"')
    await connection.close()
    return [(told["ce_subject"], int(told["ce_sequence"])) for told in (json.loads(row["headers"]) for row in found)]


async def published_all(database: Database) -> bool:
    async with database.connection() as connection:
        return await waiting(connection) == 0


async def test_a_rolled_back_command_publishes_nothing(database: Database) -> None:
    recorder = Recorder()
    with pytest.raises(RolledBack):
        await change(database, "thing-1", fail=True)
    await change(database, "thing-1")

    relay = Relay(database, recorder)

    assert await relay.step() == 1
    assert await relay.step() == 0
    assert recorder.sent == [("thing-1", 1)]


async def test_a_message_carries_its_event_as_cloudevents_in_binary_mode(database: Database) -> None:
    recorder = Recorder()
    async with database.transaction(Context(actor="op-sato", causation_id="req-1", traceparent="00-a-b-01")) as tx:
        [event_id] = await tx.publish(an_event("thing-1", 1))
    await Relay(database, recorder).step()

    [message] = recorder.batches[0]
    assert (message.topic, message.key) == (ThingChanged.topic, "thing-1")
    assert message.value == b'{"actor":"prober","value":1}'
    told = {name: value for name, value in message.headers.items() if name != "ce_recordedtime"}
    assert told == {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": "/anshin/probe",
        "ce_type": "anshin.probe.ThingChanged.v1",
        "ce_subject": "thing-1",
        "ce_time": "2026-06-01T00:00:00+00:00",
        "ce_sequence": "1",
        "ce_dataversion": "1",
        "ce_correlationid": "thing-1",
        "ce_causationid": "req-1",
        "ce_traceparent": "00-a-b-01",
        "content-type": "application/json",
    }


async def test_keeps_the_order_per_aggregate_under_eight_parallel_writers_with_rollbacks(
    database: Database, publisher: Publisher, probe_admin_url: str
) -> None:
    chance = random.Random(3)  # noqa: S311 - a walk that can be repeated

    async def write() -> None:
        for _ in range(60):
            thing, events, fail = f"thing-{chance.randrange(6)}", chance.choice([1, 1, 3]), chance.random() < 0.3
            with suppress(RolledBack):
                await change(database, thing, events=events, fail=fail)

    async with at_work(Relay(database, publisher, poll=0.005)):
        await asyncio.gather(*[write() for _ in range(8)])
        await until(lambda: published_all(database))

    versions = {row["id"]: row["version"] for row in await rows(database, "SELECT id, version FROM thing")}
    assert len(versions) == 6
    assert per_subject(await log(probe_admin_url)) == {thing: list(range(1, n + 1)) for thing, n in versions.items()}
    positions = [row["position"] for row in await rows(database, "SELECT position FROM published_event ORDER BY 1")]
    assert positions == list(range(1, sum(versions.values()) + 1))


async def test_a_sequence_is_taken_while_it_waits_and_after_it_was_published(database: Database) -> None:
    for _ in range(2):
        with suppress(asyncpg.UniqueViolationError):
            async with database.transaction(Context(actor="prober")) as tx:
                await tx.publish(an_event("thing-1", 1))
    assert len(await rows(database, "SELECT 1 FROM outbox")) == 1
    await Relay(database, Recorder()).step()

    with pytest.raises(asyncpg.UniqueViolationError, match="published already"):
        async with database.transaction(Context(actor="prober")) as tx:
            await tx.publish(an_event("thing-1", 1))


async def test_a_sequence_is_refused_also_while_the_relay_is_moving_it(database: Database) -> None:
    await change(database, "thing-1")
    async with database.connection() as moving, database.connection() as writing:
        move = moving.transaction()
        await move.start()
        await moving.execute(
            "WITH gone AS (DELETE FROM outbox RETURNING *) INSERT INTO published_event (position, id, topic, key, "
            "aggregatetype, aggregateid, aggregate_version, type, payload, headers, partner, recorded_at) "
            "SELECT 1, id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, headers, partner, "
            "recorded_at FROM gone"
        )
        taken = asyncio.create_task(
            writing.execute(
                "INSERT INTO outbox (id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, "
                "headers) VALUES ('evt_2', 't', 'k', 'thing', 'thing-1', 1, 'x', '{}', '{}')"
            )
        )
        await asyncio.wait([taken], timeout=0.2)
        assert not taken.done()
        await move.commit()
        with pytest.raises(asyncpg.UniqueViolationError):
            await taken


async def test_events_that_do_not_fit_one_batch_follow_in_the_next(database: Database) -> None:
    recorder = Recorder()
    await change(database, "thing-1", events=BATCH + 7)
    relay = Relay(database, recorder)

    assert [await relay.step() for _ in range(3)] == [BATCH, 7, 0]
    assert recorder.sent == [("thing-1", n) for n in range(1, BATCH + 8)]


async def test_an_event_that_can_never_be_published_parks_its_aggregate_only(
    database: Database, publisher: Publisher, probe_admin_url: str
) -> None:
    class Misplaced(ThingChanged):
        topic = FOREIGN

    await change(database, "good")
    await change(database, "bad")
    async with database.transaction(Context(actor="prober")) as tx:
        await tx.publish(an_event("bad", 2, Misplaced(actor="prober", value=2)), an_event("bad", 3))
    await change(database, "good")
    relay = Relay(database, publisher)

    assert await relay.step() == 3
    await change(database, "good")
    assert await relay.step() == 1

    assert per_subject(await log(probe_admin_url)) == {"good": [1, 2, 3], "bad": [1]}
    left = await rows(
        database, "SELECT aggregate_version AS v, parked_reason IS NOT NULL AS parked FROM outbox ORDER BY 1"
    )
    assert [(row["v"], row["parked"]) for row in left] == [(2, True), (3, False)]
    async with database.connection() as connection:
        assert await waiting(connection) == 0


async def test_a_released_aggregate_is_published_in_order(database: Database) -> None:
    await change(database, "bad", events=3)
    recorder = Recorder([Unpublishable(1, "too large")])
    relay = Relay(database, recorder)
    assert await relay.step() == 1
    async with database.connection() as connection:
        await connection.execute("UPDATE outbox SET parked_reason = NULL")

    assert await relay.step() == 2
    assert recorder.sent == [("bad", 1), ("bad", 2), ("bad", 3)]


async def test_what_was_sent_and_not_acknowledged_is_sent_again_under_a_new_epoch(database: Database) -> None:
    await change(database, "thing-1", events=2)
    recorder = Recorder([BusUnavailable(reason="who knows")])
    relay = Relay(database, recorder)
    with pytest.raises(BusUnavailable):
        await relay.step()

    assert await relay.step() == 2
    assert recorder.epochs == [1, 2]
    assert recorder.sent == [("thing-1", 1), ("thing-1", 2)]


async def test_a_second_relay_stands_by_until_the_lease_is_out(database: Database) -> None:
    first, second = Recorder(), Recorder()
    relays = [Relay(database, first), Relay(database, second)]
    await change(database, "thing-1")
    assert [await relay.step() for relay in relays] == [1, 0]
    await change(database, "thing-1")
    async with database.connection() as connection:
        await connection.execute(LONG_AGO)

    assert await relays[1].step() == 1
    assert (first.sent, second.sent) == ([("thing-1", 1)], [("thing-1", 2)])
    assert (first.epochs, second.epochs) == ([1], [2])


async def test_a_relay_that_lost_its_lease_meanwhile_moves_nothing(database: Database) -> None:
    class Slow(Recorder):
        async def publish(self, messages: Sequence[Message]) -> None:
            await super().publish(messages)
            async with database.connection() as connection:
                await connection.execute(LONG_AGO)
            assert await successor.step() == 1

    slow, quick = Slow(), Recorder()
    successor = Relay(database, quick)
    relay = Relay(database, slow)
    await change(database, "thing-1")

    with pytest.raises(Fenced):
        await relay.step()

    assert slow.sent == quick.sent == [("thing-1", 1)]
    assert len(await rows(database, "SELECT 1 FROM published_event")) == 1


async def test_only_the_holder_of_the_lease_moves_what_was_published(database: Database) -> None:
    class Robbed(Recorder):
        async def publish(self, messages: Sequence[Message]) -> None:
            await super().publish(messages)
            async with database.connection() as connection:
                await connection.execute("UPDATE relay_lease SET holder = 'another', epoch = epoch + 1")

    await change(database, "thing-1")

    with pytest.raises(Fenced):
        await Relay(database, Robbed()).step()

    assert len(await rows(database, "SELECT 1 FROM outbox")) == 1
    assert await rows(database, "SELECT 1 FROM published_event") == []


async def test_a_relay_that_ends_in_order_leaves_its_lease_to_the_next(database: Database) -> None:
    recorder = Recorder()
    async with at_work(Relay(database, Recorder(), lease=timedelta(hours=1))):
        await until(lambda: rows(database, "SELECT 1 FROM relay_lease"))
    await change(database, "thing-1")

    assert await Relay(database, recorder).step() == 1


async def test_a_commit_wakes_the_relay_of_its_process(database: Database) -> None:
    recorder = Recorder()
    async with at_work(Relay(database, recorder, poll=60)):
        for _ in range(3):
            await change(database, "thing-1")
            await until(lambda: published_all(database))
    assert recorder.sent == [("thing-1", 1), ("thing-1", 2), ("thing-1", 3)]


async def test_an_idle_relay_writes_nothing(database: Database) -> None:
    relay = Relay(database, Recorder())
    await relay.step()
    async with database.connection() as connection:
        first = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")
        for _ in range(10):
            await relay.step()
        assert await connection.fetchval("SELECT pg_current_xact_id()::text::bigint") == first + 1


async def test_the_relay_outlives_what_nobody_thought_of(database: Database) -> None:
    recorder = Recorder([RuntimeError("a bug"), BusUnavailable(reason="down"), Fenced("once")])
    async with at_work(Relay(database, recorder, poll=0.01, lease=timedelta(seconds=0.2))):
        await change(database, "thing-1")
        await until(lambda: published_all(database))
    assert recorder.sent == [("thing-1", 1)]
