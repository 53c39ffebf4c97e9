"""When nobody is killed any more: the rest is finished, all that was said on the bus is heard again, and judged."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping
from typing import TypeVar

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, IsolationLevel, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from common.bus.protocol import Delivered
from common.consuming import PARKED
from tests.bus.doomed import Fate, Place, consume, produce
from tests.bus.probe import SERVICE
from tests.bus.slaughter import end, pause, start
from tests.bus.story import Story, first_heard

PATIENCE = 60.0

Told = TypeVar("Told")


def say(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """Tell it past pytest's capture."""
    with capsys.disabled():
        sys.stdout.write(f"\n{line}\n")


def heard(place: Place, patience: float = PATIENCE) -> list[dict[str, str]]:
    """The headers of all there is on the bus, in order per partition."""

    async def read() -> list[Delivered]:
        subscription = place.bus().subscription(SERVICE, f"{SERVICE}.listeners-{time.monotonic_ns()}", [place.topic])
        found: list[Delivered] = []
        async with asyncio.timeout(patience):
            while batch := await subscription.fetch(most=500, wait=0.5) or await subscription.lag():
                if not isinstance(batch, int):
                    found += batch
                    await subscription.commit(batch)
        await subscription.close()
        return found

    return [dict(message.headers) for message in asyncio.run(read())]


def where(place: Place) -> str:
    """By partition: where the topic ends, where it ends before the first open transaction, how far the group came."""
    if place.kafka is None:
        return "on the embedded bus"
    admin = AdminClient({"bootstrap.servers": place.kafka})
    places = [TopicPartition(place.topic, n) for n in admin.list_topics(place.topic).topics[place.topic].partitions]
    ends = [
        admin.list_offsets({each: OffsetSpec.latest() for each in places}, isolation_level=level)  # type: ignore[no-untyped-call]
        for level in (IsolationLevel.READ_UNCOMMITTED, IsolationLevel.READ_COMMITTED)
    ]
    told = [{each.partition: future.result().offset for each, future in found.items()} for found in ends]
    asked = ConsumerGroupTopicPartitions(place.group, places)
    done = admin.list_consumer_group_offsets([asked])[place.group].result().topic_partitions
    return f"ends {told[0]}, before open transactions {told[1]}, group { ({p.partition: p.offset for p in done}) }"


def let_finish(place: Place, story: Story, patience: float = PATIENCE) -> None:
    """Let workers that are not to die do what is left.

    An event of which a relay died between publish and move has its effect already, and is still to be moved.
    """
    workers = [start(produce, place, Fate(), 0, 0, 0), start(consume, place, Fate())]
    deadline = time.monotonic() + patience
    try:
        while (left := story.unaccounted() + story.waiting()) > 0:  # below it when effects were doubled
            assert time.monotonic() < deadline, f"{left} are left, {story.waiting()} in the outbox; {where(place)}"
            pause(workers)
    finally:
        end(workers)


def judge(story: Story, place: Place, seed: int, patience: float = PATIENCE) -> int:
    """Nothing lost, nothing doubled, nothing out of order, in the database and on the bus; how many were told twice.

    Of a thing with poison all before it took effect, and it and all behind it are dead letters.
    """
    told, on_the_bus = story.told(), heard(place, patience)
    bad = {thing: min(sequence for subject, sequence in place.poison if subject == thing) for thing, _ in place.poison}
    poisoned = {thing: bad[thing] for thing in told if thing in bad and bad[thing] <= len(told[thing])}
    done = {thing: sequences[: poisoned.get(thing, len(sequences) + 1) - 1] for thing, sequences in told.items()}
    letters = {
        thing: [(first, "Spoilt"), *((later, PARKED) for later in told[thing][first:])]
        for thing, first in poisoned.items()
    }
    same("published_event", story.published(), told, seed)
    assert story.value("SELECT max(position) FROM probe.published_event") == story.events(), seed
    same("the bus", first_heard(on_the_bus), told, seed)
    same("effects", story.done(), {thing: sequences for thing, sequences in done.items() if sequences}, seed)
    same("dead letters", story.letters(), letters, seed)
    return len(on_the_bus) - story.events()


def same(where: str, found: Mapping[str, Told], wanted: Mapping[str, Told], seed: int) -> None:
    """Raise `AssertionError` with three of the things that differ; a whole comparison of 100,000 tells nobody more."""
    differing = [thing for thing in {**wanted, **found} if found.get(thing) != wanted.get(thing)]
    shown = {thing: (found.get(thing), wanted.get(thing)) for thing in differing[:3]}
    assert not differing, f"{where}: {len(differing)} things differ, seed {seed}, found and wanted: {shown}"
