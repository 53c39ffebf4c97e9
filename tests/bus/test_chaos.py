"""Chaos on a real broker: everything fails, again and again and together, and every event is accounted for.

`make chaos EVENTS=100000` is the same walk, longer; `docs/guarantees.md` holds what it said.
"""

from __future__ import annotations

import asyncio
import os
import platform
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing.context import ForkServerProcess

import psutil  # type: ignore[import-untyped]
import pytest

from common.clock import FrozenClock
from common.dead_letters import Choice, Outcome, Redriver
from evaluation.kafka import KafkaServer, jar_folder
from tests.bus.aftermath import PATIENCE, judge, let_finish, same, say
from tests.bus.chaos import FEWEST_CONSUMERS, Chaos, Outage, Outages
from tests.bus.doomed import Fate, Place, consume, produce
from tests.bus.probe import GROUP, HANDLERS, open_database
from tests.bus.rig import KafkaRig
from tests.bus.slaughter import Launch, end, pause
from tests.bus.story import Story

EVENTS = int(os.environ.get("ANSHIN_CHAOS_EVENTS", "20000"))
AWAY = float(os.environ.get("ANSHIN_CHAOS_AWAY", "15"))
LONGEST = 220.0 * max(1.0, EVENTS / 20_000)
FEWEST_OUTAGES, FEWEST_KILLS = 4, 30
THINGS, SPOILT_THINGS = 300, 12
MOST_LEFT = 0.6  # of all events, to be applied when the killing ends
GROWTH_WHILE_AWAY, GROWTH_AFTERWARDS = 4, 16  # MiB


@pytest.fixture
def chaos_place(probe_url: str, mortal_kafka: KafkaServer, seed: int) -> Place:
    rig = KafkaRig(mortal_kafka.bootstrap, real=True, partitions=6)
    asyncio.run(rig.prepare())
    chance = random.Random(seed)  # noqa: S311 - a walk that can be repeated
    spoilt = chance.sample(range(THINGS), SPOILT_THINGS)
    return Place(
        database_url=probe_url,
        topic=rig.things,
        group=f"{GROUP}-{rig.number}",
        kafka=mortal_kafka.bootstrap,
        session=3,
        lease=1,
        things=THINGS,
        poison=frozenset((f"thing-{number}", chance.randrange(1, EVENTS // THINGS)) for number in spoilt),
    )


def versions(story: Story) -> str:
    """What was under test."""
    kafka = next(re.finditer(r"kafka_[\d.]+-([\d.]+)\.jar", " ".join(jar.name for jar in jar_folder().iterdir())))[1]
    postgres = str(story.value("SHOW server_version")).split()[0]
    packages = ", ".join(f"{name} {version(name)}" for name in ("confluent-kafka", "asyncpg"))
    return f"Apache Kafka {kafka}, PostgreSQL {postgres}, Python {platform.python_version()}, {packages}"


def planned_outages(seed: int) -> list[Outage]:
    """One for every ten thousand events, evenly; some longer than it takes the broker to start."""
    chance = random.Random(seed)  # noqa: S311 - a walk that can be repeated
    number = max(FEWEST_OUTAGES, EVENTS // 10_000)
    return [Outage((each + 0.6) / (number + 0.4), chance.choice([0, 0, 1, 4])) for each in range(number)]


async def redrive(place: Place) -> set[Outcome]:
    """Somebody mended the handler and redrives all there is."""
    database = await open_database(place.database_url, size=2)
    redriver = Redriver(database, {place.group: HANDLERS}, FrozenClock(datetime(2026, 6, 2, tzinfo=UTC)))
    done = await redriver.redrive(Choice(group=place.group), by="sv-mori")
    await database.close()
    return {attempt.outcome for attempt in done}


def it_hurt(chaos: Chaos) -> bool:
    """Whether all that is to happen to workers has happened."""
    seen = all(
        chaos.count(role, what) > 0
        for role in ("relay", "consumer")
        for what in ("killed", "stopped", "woke up", "left")
    )
    return seen and chaos.most_consumers > FEWEST_CONSUMERS and chaos.count("killed") >= FEWEST_KILLS


@pytest.mark.timeout(1.6 * LONGEST)
def test_every_event_is_accounted_for_whatever_is_killed_stopped_or_joins(
    story: Story, chaos_place: Place, mortal_kafka: KafkaServer, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = time.monotonic()
    outages = Outages(mortal_kafka, planned_outages(seed), story.events)
    chaos = Chaos(chaos_place, seed, longest=LONGEST)

    def enough() -> bool:
        events = story.events()
        chaos.writing = events < EVENTS
        over = outages.look(events / EVENTS) and not chaos.writing
        return over and it_hurt(chaos) and story.unaccounted() < events * MOST_LEFT

    try:
        chaos.run(enough)
    finally:
        outages.close()
    amid = story.events() - story.unaccounted()
    let_finish(chaos_place, story, patience=LONGEST)

    twice = judge(story, chaos_place, seed, patience=LONGEST)
    letters = sum(map(len, story.letters().values()))
    assert asyncio.run(redrive(chaos_place)) == {Outcome.REDRIVEN}, seed
    same("effects after redrive", story.done(), story.told(), seed)

    seconds, events = time.monotonic() - begun, story.events()
    say(capsys, f"{events} events, {twice} told twice, {letters} dead letters, {seconds:.0f} s, seed {seed}")
    say(capsys, f"{amid} of them had their effect or were dead letters before the last was killed")
    say(capsys, f"{len(outages.seconds)} times without a broker, {sum(outages.seconds):.0f} s; {versions(story)}")
    say(capsys, f"{dict(sorted(chaos.happened.items()))}")
    assert len(outages.seconds) >= FEWEST_OUTAGES, seed
    assert min(outages.accepted) > 0, seed
    assert letters > SPOILT_THINGS, seed


@dataclass(frozen=True)
class Watch:
    """Looks at workers that are not to end."""

    story: Story
    workers: Sequence[ForkServerProcess]

    def rate(self, seconds: float) -> float:
        """Events recorded per second, over so many seconds."""
        before, begun = self.story.events(), time.monotonic()
        self.until(lambda: time.monotonic() >= begun + seconds, patience=seconds + 1)
        return (self.story.events() - before) / (time.monotonic() - begun)

    def memory(self) -> list[int]:
        """Resident bytes of each."""
        return [int(psutil.Process(worker.pid).memory_info().rss) for worker in self.workers]

    def until(self, look: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Look again and again until it is so; raises `AssertionError` when that takes too long, or a worker ends."""
        deadline = time.monotonic() + patience
        while not look():
            assert time.monotonic() < deadline
            pause(self.workers)


@pytest.mark.timeout(120 + 4 * AWAY)
def test_while_the_broker_is_away_commands_are_accepted_and_afterwards_all_arrives_in_order(
    story: Story,
    chaos_place: Place,
    mortal_kafka: KafkaServer,
    launch: Launch,
    seed: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = replace(chaos_place, poison=frozenset(), pause=0.05, lease=5.0)
    service, consumer = launch(produce, place, Fate(), seed, 8, 1_000_000), launch(consume, place, Fate())
    watch = Watch(story, [service, consumer])
    watch.until(lambda: story.value("SELECT count(*) FROM probe.effect") > 0)
    usual = watch.rate(5)
    before = watch.memory()

    mortal_kafka.kill()
    away = watch.rate(AWAY)
    during, waited = watch.memory(), story.waiting()
    mortal_kafka.restart()
    back = time.monotonic()
    watch.until(lambda: not story.value("SELECT count(*) FROM probe.outbox WHERE recorded_at < now() - interval '1 s'"))
    caught_up = time.monotonic() - back
    after = watch.memory()
    end([service, consumer])
    let_finish(place, story)

    twice = judge(story, place, seed)
    growth = [[(late - early) / 2**20 for early, late in zip(before, each, strict=True)] for each in (during, after)]
    rates = f"{away:.0f} events/s accepted ({usual:.0f} before), {waited} waited"
    say(capsys, f"{AWAY:.0f} s without a broker: {rates}, published {caught_up:.1f} s after its return")
    say(capsys, f"MiB more in service and consumer, while away and after: {growth}; {twice} told twice, seed {seed}")
    assert waited > 0.5 * usual * AWAY, seed
    assert away > 0.5 * usual, seed
    assert max(growth[0]) < GROWTH_WHILE_AWAY, seed
    assert max(growth[1]) < GROWTH_AFTERWARDS, seed
