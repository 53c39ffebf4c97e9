"""Killed with -9 wherever it hurts, again and again: nothing lost, nothing doubled, order per aggregate kept."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess

import psutil  # type: ignore[import-untyped]
import pytest

from evaluation.testing.kafka_sources import FoundKafka
from tests.bus.aftermath import PATIENCE, judge, let_finish, say
from tests.bus.doomed import CONSUMER_POINTS, PRODUCER_POINTS, Fate, Place, consume, produce
from tests.bus.probe import GROUP, change, open_database
from tests.bus.rig import KafkaRig
from tests.bus.slaughter import Launch, Slaughter, end, pause
from tests.bus.story import Story

KILLS, EVENTS = 200, 5_000


@pytest.fixture
def embedded_place(probe_url: str) -> Place:
    return Place(database_url=probe_url)


@pytest.fixture
def kafka_place(probe_url: str, kafka: FoundKafka) -> Place:
    rig = KafkaRig(kafka.bootstrap, real=kafka.real)
    asyncio.run(rig.prepare())
    return Place(database_url=probe_url, topic=rig.things, group=f"{GROUP}-{rig.number}", kafka=kafka.bootstrap)


@pytest.fixture(params=["embedded", "kafka"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(f"{request.param}_place")
    return found


@pytest.mark.timeout(240)
def test_nothing_is_lost_or_doubled_or_out_of_order_over_two_hundred_kills(
    story: Story, embedded_place: Place, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = time.monotonic()
    slaughter = Slaughter(embedded_place, seed, roles=["producer", "producer", "consumer", "consumer"])

    slaughter.run(lambda: slaughter.kills >= KILLS and story.events() >= EVENTS)
    let_finish(embedded_place, story)

    twice = judge(story, embedded_place, seed)
    seconds = time.monotonic() - begun
    say(capsys, f"{slaughter.kills} kills, {story.events()} events, {twice} told twice, {seconds:.0f} s, seed {seed}")
    say(capsys, f"died: {dict(slaughter.deaths)}")
    # They did hurt: each point was died at, and what was published just before a death was published again.
    assert set(slaughter.deaths) == {"at any moment", *PRODUCER_POINTS, *CONSUMER_POINTS}, seed
    assert twice > 0, seed


def test_the_same_holds_on_kafka(
    story: Story, kafka_place: Place, seed: int, launch: Launch, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = time.monotonic()
    slaughter = Slaughter(
        kafka_place, seed, roles=["producer", "producer"], shortest_life=0.3, longest_life=1.2, exact_life=3.0
    )
    consumers = [launch(consume, kafka_place, Fate(point=point)) for point in ("effect", "applied")]

    slaughter.run(lambda: slaughter.kills >= 12 and story.events() >= 400)
    let_finish(kafka_place, story)

    deaths = {worker.exitcode for worker in consumers}
    twice = judge(story, kafka_place, seed)
    seconds = time.monotonic() - begun
    kills = slaughter.kills + len(consumers)
    say(capsys, f"Kafka: {kills} kills, {story.events()} events, {twice} told twice, {seconds:.0f} s, seed {seed}")
    assert deaths == {-signal.SIGKILL}, seed


@pytest.mark.parametrize("point", ["publishing", "published"])
def test_a_relay_that_froze_and_wakes_when_another_has_taken_over_disturbs_nothing(
    story: Story, place: Place, point: str, seed: int, launch: Launch
) -> None:
    sleeper = launch(produce, place, Fate(point=point, nth=2, signal=signal.SIGSTOP), seed, 0, 0)
    asyncio.run(write(place))
    until(lambda: story.waiting() == 0, sleeper)
    asyncio.run(write(place))
    until(lambda: psutil.Process(sleeper.pid).status() == psutil.STATUS_STOPPED, sleeper)
    successor = launch(produce, place, Fate(), seed, 3, 40)
    until(lambda: story.events() > 4 and story.waiting() == 0, successor)

    os.kill(sleeper.pid or 0, signal.SIGCONT)
    asyncio.run(write(place))
    until(lambda: story.waiting() == 0, successor)
    end([successor])
    # Left alone, the one that froze leads again.
    asyncio.run(write(place))
    until(lambda: story.waiting() == 0, sleeper)
    end([sleeper])

    let_finish(place, story)
    # Frozen before its publish, it was refused; frozen behind it, the successor told the same two events again.
    assert judge(story, place, seed) == {"publishing": 0, "published": 2}[point]


async def write(place: Place) -> None:
    """One command of a process that has no relay: two events."""
    database = await open_database(place.database_url, size=1)
    await change(database, "thing-1", events=2)
    await database.close()


def until(look: Callable[[], bool], worker: ForkServerProcess) -> None:
    """Look again and again until it is so, while the worker lives."""
    deadline = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < deadline
        pause([worker])
