"""Batches that overlap, in one consumer and between two of a group."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from common.consuming import Consumer
from common.context import system_context
from common.db import Database, Tx
from common.errors import Unavailable
from common.events.base import Received
from tests.bus.probe import (
    GROUP,
    SERVICE,
    ThingChanged,
    a_delivery,
    at_work,
    effects,
    note_effect,
    until,
)
from tests.bus.tape import CLOCK, Tape, a_consumer, caught_up, failing, letters


async def test_the_next_batch_is_fetched_while_one_is_applied_and_all_come_again_when_it_fails(
    database: Database,
) -> None:
    fetched_at: list[int] = []

    async def moody(event: Received[Any], tx: Tx, now: datetime) -> None:
        async with asyncio.timeout(10):
            while tape.left:  # noqa: ASYNC110 - the other batch is fetched by the consumer itself
                await asyncio.sleep(0.001)
        fetched_at.append(event.sequence)
        if len(fetched_at) == 1:
            raise Unavailable(reason="not yet")
        await note_effect(event, tx, now)

    tape = Tape([a_delivery()], [a_delivery(sequence=2)])
    consumer = Consumer(database, tape, group=GROUP, handlers={ThingChanged: moody}, clock=CLOCK)
    async with at_work(consumer):
        await until(lambda: caught_up(consumer))

    assert await effects(database) == [("thing-1", 1), ("thing-1", 2)]
    assert [message.offset for message in tape.committed] == [1, 2]


async def test_an_event_waits_behind_a_dead_letter_that_another_is_just_writing(database: Database) -> None:
    """The other was there first with the same messages and is about to commit: what is behind it must not go by."""
    first, second = a_delivery(sequence=1), a_delivery(sequence=2)
    other = a_consumer(database, handlers=failing(("thing-1", 1)))
    async with database.connection() as connection:
        theirs = connection.transaction()
        await theirs.start()
        tx = Tx(connection, system_context(SERVICE), SERVICE)
        await other._keep(tx, first, "sick", "it says no")
        late = asyncio.create_task(a_consumer(database).apply([first, second]))
        await asyncio.wait([late], timeout=0.3)
        assert not late.done()
        await theirs.commit()
        await late

    assert await letters(database) == [("sick", "thing-1"), ("parked", "thing-1")]
    assert await effects(database) == []
