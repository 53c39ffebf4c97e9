"""Keeps doomed workers running, kills those that do not die by themselves, and counts."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from signal import SIGKILL

from tests.bus.doomed import CONSUMER_POINTS, PRODUCER_POINTS, Fate, Place, consume, produce

Launch = Callable[..., ForkServerProcess]

_LOOK = 0.2

# Workers are forked from a server that has imported everything: a new one costs milliseconds.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["pytest", "tests.bus.doomed"])


def start(work: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """A worker; whoever starts it ends it."""
    process = processes.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def pause(workers: Sequence[ForkServerProcess], seconds: float = 0.05) -> None:
    """Give the workers time; raises `AssertionError` when one has ended."""
    ended = wait([worker.sentinel for worker in workers], timeout=seconds)
    assert not ended, [worker.exitcode for worker in workers]


def end(workers: Sequence[ForkServerProcess]) -> None:
    """Kill the rest."""
    for worker in workers:
        worker.kill()
    for worker in workers:
        worker.join()


@dataclass
class Doomed:
    """A worker, where it is to die, and until when it may live."""

    process: ForkServerProcess
    role: str
    fate: Fate
    until: float
    overdue: bool = False


@dataclass
class Slaughter:
    """Replaces each worker as soon as it is dead, until there was enough. Lives are counted in seconds."""

    place: Place
    seed: int
    roles: Sequence[str]
    shortest_life: float = 0.03
    longest_life: float = 0.45
    exact_life: float = 1.5
    longest: float = 100.0
    deaths: Counter[str] = field(default_factory=Counter)

    @property
    def kills(self) -> int:
        """How many were killed with -9, at a point or at any moment."""
        return sum(self.deaths.values())

    def run(self, enough: Callable[[], bool]) -> None:
        """Kill until `enough`; raises `AssertionError` when a worker ended in any other way, or it takes too long."""
        chance = random.Random(self.seed)  # noqa: S311 - a walk that can be repeated
        begun = time.monotonic()
        alive = [self._raise(role, chance) for role in self.roles]
        look_at = begun
        try:
            while (now := time.monotonic()) < look_at or not enough():
                look_at = look_at if now < look_at else now + _LOOK
                assert now < begun + self.longest, f"too slow: {self.deaths}"
                next_event = min(look_at, *(worker.until for worker in alive if not worker.overdue), now + _LOOK)
                wait([worker.process.sentinel for worker in alive], timeout=max(0.0, next_event - now))
                alive = [self._looked_after(worker, chance) for worker in alive]
        finally:
            end([worker.process for worker in alive])

    def _looked_after(self, worker: Doomed, chance: random.Random) -> Doomed:
        if worker.process.exitcode is None:
            if time.monotonic() >= worker.until and not worker.overdue:
                worker.process.kill()
                worker.overdue = True
            return worker
        assert worker.process.exitcode == -SIGKILL, f"{worker.role} ended by itself: {worker.process.exitcode}"
        self.deaths["at any moment" if worker.overdue else f"{worker.fate.point}"] += 1
        worker.process.close()
        return self._raise(worker.role, chance)

    def _raise(self, role: str, chance: random.Random) -> Doomed:
        points = PRODUCER_POINTS if role == "producer" else CONSUMER_POINTS
        exact = chance.random() < 0.6
        fate = Fate(point=chance.choice(points), nth=chance.randrange(1, 5)) if exact else Fate()
        if role == "producer":
            process = start(produce, self.place, fate, chance.randrange(2**32), 4, 25)
        else:
            process = start(consume, self.place, fate)
        life = self.exact_life if exact else chance.uniform(self.shortest_life, self.longest_life)
        return Doomed(process, role, fate, time.monotonic() + life)
