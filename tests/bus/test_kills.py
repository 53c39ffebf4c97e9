"""Killed with -9 wherever it hurts, again and again: nothing lost, nothing doubled, order per aggregate kept."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess

import psutil  # type: ignore[import-untyped]
import pytest

from common.bus.protocol import Delivered
from evaluation.testing.databases import Administrator
from evaluation.testing.kafka_sources import FoundKafka
from tests.bus.doomed import CONSUMER_POINTS, PRODUCER_POINTS, Fate, Place, consume, produce
from tests.bus.probe import GROUP, SERVICE, change, open_database
from tests.bus.rig import KafkaRig
from tests.bus.slaughter import Slaughter, end, pause, start
from tests.bus.story import Story, first_heard

Launch = Callable[..., ForkServerProcess]

KILLS, EVENTS = 200, 5_000
PATIENCE = 60.0


@pytest.fixture
def story(probe_admin_url: str) -> Iterator[Story]:
    administrator = Administrator(probe_admin_url)
    yield Story(administrator)
    administrator.close()


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("ANSHIN_KILL_SEED", random.SystemRandom().randrange(2**32)))


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


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start workers that do not outlive the test."""
    workers: list[ForkServerProcess] = []

    def launched(work: Callable[..., None], *arguments: object) -> ForkServerProcess:
        workers.append(start(work, *arguments))
        return workers[-1]

    yield launched
    end(workers)


def heard(place: Place) -> list[dict[str, str]]:
    """The headers of all there is on the bus, in order per partition."""

    async def read() -> list[Delivered]:
        subscription = place.bus().subscription(SERVICE, f"{SERVICE}.listeners-{time.monotonic_ns()}", [place.topic])
        found: list[Delivered] = []
        async with asyncio.timeout(PATIENCE):
            while batch := await subscription.fetch(most=500, wait=0.5) or await subscription.lag():
                if not isinstance(batch, int):
                    found += batch
                    await subscription.commit(batch)
        await subscription.close()
        return found

    return [dict(message.headers) for message in asyncio.run(read())]


def let_finish(place: Place, left: Callable[[], int]) -> None:
    """Let workers that are not to die do what is left."""
    workers = [start(produce, place, Fate(), 0, 0, 0), start(consume, place, Fate())]
    deadline = time.monotonic() + PATIENCE
    try:
        while left() > 0:
            assert time.monotonic() < deadline, f"{left()} are left"
            pause(workers)
    finally:
        end(workers)


def judge(story: Story, place: Place, seed: int) -> int:
    """Nothing lost, nothing doubled, nothing out of order, in the database and on the bus; how many were told twice."""
    told, on_the_bus = story.told(), heard(place)
    assert story.published() == told, seed
    assert story.value("SELECT max(position) FROM probe.published_event") == story.events(), seed
    assert first_heard(on_the_bus) == told, seed
    assert story.done() == told, seed
    assert story.value("SELECT count(*) FROM probe.dead_letter") == 0, seed
    return len(on_the_bus) - story.events()


def say(capsys: pytest.CaptureFixture[str], line: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{line}\n")


@pytest.mark.timeout(240)
def test_nothing_is_lost_or_doubled_or_out_of_order_over_two_hundred_kills(
    story: Story, embedded_place: Place, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = time.monotonic()
    slaughter = Slaughter(embedded_place, seed, roles=["producer", "producer", "consumer", "consumer"])

    slaughter.run(lambda: slaughter.kills >= KILLS and story.events() >= EVENTS)
    let_finish(embedded_place, story.without_effect)

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
    let_finish(kafka_place, story.without_effect)

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

    let_finish(place, story.without_effect)
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
