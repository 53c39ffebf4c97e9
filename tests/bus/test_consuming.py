"""From bus to effect: once per event, in order per subject, and what fails for good stands aside with its followers."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import asyncpg
import pytest

from common.bus.embedded import EmbeddedBus
from common.bus.protocol import BusUnavailable, Delivered
from common.consuming import BREAKER, Consumer, ConsumerStopped, Done, Duplicate, Retry
from common.db import Database, Tx
from common.errors import Unavailable
from common.events.base import Received
from common.relay import Relay
from common.tracing import trace_of
from tests.bus.probe import (
    GROUP,
    HANDLERS,
    SERVICE,
    THINGS,
    ThingChanged,
    ThingRenamed,
    a_delivery,
    an_event,
    at_work,
    change,
    effects,
    note_effect,
    until,
)
from tests.bus.tape import CLOCK, Tape, a_consumer, caught_up, failing, letters

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_an_event_delivered_twice_takes_effect_once(database: Database) -> None:
    one, two = a_delivery(sequence=1), a_delivery(sequence=2)
    consumer = a_consumer(database)

    await consumer.apply([one, one, two])
    await consumer.apply([one, two])
    assert await consumer.apply_one(two) == Duplicate()

    assert await effects(database) == [("thing-1", 1), ("thing-1", 2)]


async def test_each_group_has_effects_of_its_own(database: Database) -> None:
    one = a_delivery()
    await a_consumer(database).apply([one])
    await Consumer(database, Tape(), group="probe.projections", handlers=HANDLERS, clock=CLOCK).apply([one])

    assert await effects(database) == [("thing-1", 1), ("thing-1", 1)]


async def test_a_lower_sequence_of_a_subject_is_ignored(database: Database) -> None:
    consumer = a_consumer(database)
    await consumer.apply([a_delivery(sequence=5)])

    await consumer.apply([a_delivery(sequence=3), a_delivery("thing-2", 1), a_delivery(sequence=5)])
    assert await consumer.apply_one(a_delivery(sequence=4)) == Duplicate()

    assert await effects(database) == [("thing-1", 5), ("thing-2", 1)]


async def test_types_without_a_handler_are_passed_over_even_when_nobody_could_read_them(database: Database) -> None:
    renamed = a_delivery(data=ThingRenamed(actor="prober", name="x"))
    unheard = renamed._replace(headers={**renamed.headers, "ce_type": "anshin.probe.Unheard.v9"})
    consumer = a_consumer(database)

    await consumer.apply([renamed, unheard, renamed._replace(value=b"no json"), a_delivery(sequence=2)])

    assert await effects(database) == [("thing-1", 2)]
    assert await letters(database) == []


async def test_an_effect_knows_its_cause(database: Database) -> None:
    async def answer(event: Received[Any], tx: Tx, now: datetime) -> None:
        assert (tx.actor, now) == ("prober", CLOCK.now())
        await tx.publish(an_event("answer-1", 1))

    message = a_delivery(ce_correlationid="case-7", ce_traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
    await a_consumer(database, handlers={ThingChanged: answer}).apply([message])

    async with database.connection() as connection:
        headers = await connection.fetchval("SELECT headers FROM outbox")
    assert headers["ce_causationid"] == message.headers["ce_id"]
    assert trace_of(headers["ce_traceparent"]) == TRACE
    assert headers["ce_traceparent"] != message.headers["ce_traceparent"]


async def test_what_fails_for_good_is_kept_and_its_subject_parks_while_others_flow(database: Database) -> None:
    messages = [a_delivery(thing, sequence) for sequence in (1, 2, 3) for thing in ("sick", "well")]
    consumer = a_consumer(
        database, messages, [a_delivery("sick", 4), a_delivery("well", 4)], handlers=failing(("sick", 2))
    )

    assert [await consumer.step(wait=0) for _ in range(2)] == [6, 2]
    await consumer.apply(messages)

    assert await effects(database) == [("sick", 1), ("well", 1), ("well", 2), ("well", 3), ("well", 4)]
    assert await letters(database) == [("sick", "sick"), ("parked", "sick"), ("parked", "sick")]
    async with database.connection() as connection:
        dead = await connection.fetchrow("SELECT * FROM dead_letter ORDER BY number LIMIT 1")
        claimed = await connection.fetchval("SELECT count(*) FROM inbox")
    assert dead is not None
    assert (dead["value"], dead["headers"]) == (messages[2].value, dict(messages[2].headers))
    assert (dead["topic"], dead["partition"], dead["offset"], dead["key"]) == (THINGS, 0, 2, "sick")
    assert dead["error"] == "Sick: sick {'sequence': 2}"
    assert claimed == 8


@pytest.mark.parametrize(
    ("message", "subject"),
    [
        (a_delivery()._replace(value=b"{"), "thing-1"),
        (a_delivery()._replace(value=b'{"actor": "prober"}'), "thing-1"),
        (a_delivery(ce_sequence="first"), "thing-1"),
        (a_delivery(ce_time="yesterday"), "thing-1"),
        (a_delivery()._replace(headers={"content-type": "text/plain"}), ""),
        (a_delivery(ce_id="evt_\0"), "thing-1"),
        (a_delivery(ce_subject="thing\0"), "thing\ufffd"),
        (a_delivery(ce_time="\0")._replace(key="\0"), "thing-1"),
    ],
)
async def test_what_cannot_be_read_is_kept_with_its_bytes(database: Database, message: Delivered, subject: str) -> None:
    consumer = a_consumer(database)

    await consumer.apply([message, a_delivery("thing-2")])
    await consumer.apply([message])

    assert await letters(database) == [("unreadable", subject)]
    assert await effects(database) == [("thing-2", 1)]
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT value FROM dead_letter") == message.value


async def test_when_many_in_a_row_fail_the_consumer_stops_and_loses_none(database: Database) -> None:
    messages = [a_delivery(f"thing-{n}") for n in range(BREAKER + 5)]
    consumer = a_consumer(database, messages, handlers=failing(*[(f"thing-{n}", 1) for n in range(BREAKER + 5)]))
    tape = consumer._subscription
    assert isinstance(tape, Tape)

    await consumer.run()

    assert consumer.stopped
    assert tape.closed
    assert tape.committed == []
    assert len(await letters(database)) == BREAKER


async def test_failures_with_successes_between_them_do_not_stop_it(database: Database) -> None:
    consumer = a_consumer(database, handlers=failing(*[(f"thing-{n}", 1) for n in range(2 * BREAKER)]))

    for n in range(2 * BREAKER):
        await consumer.apply([a_delivery(f"thing-{n}")])
        if n % (BREAKER - 1) == 0:
            await consumer.apply([a_delivery("well", n + 1)])

    assert len(await letters(database)) == 2 * BREAKER


async def test_what_parks_neither_counts_as_failure_nor_hides_one(database: Database) -> None:
    consumer = a_consumer(database, handlers=failing(*[(f"thing-{n}", 1) for n in range(BREAKER)]))

    for n in range(BREAKER - 1):
        await consumer.apply([a_delivery(f"thing-{n}", 1), a_delivery(f"thing-{n}", 2)])
    with pytest.raises(ConsumerStopped):
        await consumer.apply([a_delivery(f"thing-{BREAKER - 1}", 1)])

    assert len(await letters(database)) == 2 * BREAKER - 1


@pytest.mark.parametrize(
    "error",
    [
        Unavailable(reason="not yet"),
        asyncpg.DeadlockDetectedError("x"),
        asyncpg.SerializationError("x"),
        asyncpg.AdminShutdownError("x"),
        asyncpg.TooManyConnectionsError("x"),
        ConnectionResetError("x"),
    ],
)
async def test_what_may_pass_is_tried_again_with_nothing_half_done(database: Database, error: Exception) -> None:
    ill = failing(("thing-1", 2), error=error)
    consumer = a_consumer(database, handlers=ill)
    batch = [a_delivery(sequence=1), a_delivery(sequence=2), a_delivery(sequence=3)]
    assert isinstance(await consumer.apply_one(batch[1]), Retry)
    with pytest.raises((BusUnavailable, type(error))):
        await consumer.apply(batch)

    well = a_consumer(database)
    await well.apply(batch)

    assert await effects(database) == [("thing-1", 1), ("thing-1", 2), ("thing-1", 3)]
    assert await letters(database) == []


async def test_an_argument_that_the_driver_cannot_send_is_a_dead_letter_and_not_tried_for_ever(
    database: Database,
) -> None:
    async def wrong(_event: Received[Any], tx: Tx, _now: datetime) -> None:
        await tx.connection.execute("INSERT INTO effect (subject, sequence, event_id) VALUES ($1, $2, $3)", 1, "2", 3)

    consumer = a_consumer(database, handlers={ThingChanged: wrong})
    await consumer.apply([a_delivery()])

    assert await letters(database) == [("DataError", "thing-1")]


async def test_the_loop_goes_on_by_itself_after_something_was_unavailable(database: Database) -> None:
    tries: list[int] = []

    async def moody(event: Received[Any], tx: Tx, now: datetime) -> None:
        tries.append(event.sequence)
        if len(tries) < 3:
            raise Unavailable(reason="not yet")
        await note_effect(event, tx, now)

    consumer = a_consumer(database, [a_delivery(sequence=1), a_delivery(sequence=2)], handlers={ThingChanged: moody})
    async with at_work(consumer):
        await until(lambda: caught_up(consumer))

    assert await effects(database) == [("thing-1", 1), ("thing-1", 2)]
    assert await letters(database) == []


async def test_handled_alone_or_in_a_batch_the_effects_are_the_same(database: Database) -> None:
    consumer = a_consumer(database)
    assert [await consumer.apply_one(a_delivery(sequence=n)) for n in (1, 2)] == [Done(), Done()]
    await consumer.apply([a_delivery(sequence=n) for n in (2, 3)])

    assert await effects(database) == [("thing-1", 1), ("thing-1", 2), ("thing-1", 3)]


async def test_two_consumers_of_one_group_handed_the_same_messages_apply_them_once(database: Database) -> None:
    messages = [a_delivery(f"thing-{n % 5}", n) for n in range(1, 41)]

    await asyncio.gather(*[a_consumer(database).apply(messages) for _ in range(4)])

    assert await effects(database) == [(f"thing-{n % 5}", n) for n in range(1, 41)]


async def test_from_command_over_the_bus_to_the_effect(database: Database, probe_url: str) -> None:
    bus = EmbeddedBus(lambda _: probe_url)
    consumer = Consumer(
        database, bus.subscription(SERVICE, GROUP, [THINGS]), group=GROUP, handlers=HANDLERS, clock=CLOCK
    )
    async with at_work(Relay(database, bus.publisher(SERVICE))), at_work(consumer):
        for n in range(20):
            await change(database, f"thing-{n % 3}")
        await until(lambda: has_effects(database, 20))

    assert {subject for subject, _ in await effects(database)} == {"thing-0", "thing-1", "thing-2"}


async def has_effects(database: Database, wanted: int) -> bool:
    return len(await effects(database)) >= wanted
