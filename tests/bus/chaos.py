"""Everything at once: workers killed and stopped anywhere, groups that grow and shrink, a broker that dies.

`Chaos` looks after the workers, `Outages` after the broker. Both only ever do what can happen to anybody.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM

import psutil  # type: ignore[import-untyped]

from evaluation.kafka import KafkaServer
from tests.bus.doomed import CONSUMER_POINTS, PRODUCER_POINTS, Fate, Place, consume, produce
from tests.bus.slaughter import end, start

PRODUCERS, WRITERS = 4, 2
FEWEST_CONSUMERS, MOST_CONSUMERS = 2, 4

_LOOK = 0.05
_LONGEST_SLEEP = 6.0
_LEAVING = 15.0
# How often a worker comes by its point before it dies or stops there, at most.
_SELDOM = {
    "committed": 200,
    "publishing": 4,
    "published": 4,
    "fetched": 60,
    "effect": 2000,
    "applied": 60,
    "offset": 60,
}


class Turn(StrEnum):
    """What comes next in a worker's life."""

    KILL = "kill"
    STOP = "stop"
    WAKE = "wake"
    LEAVE = "leave"
    GONE = "gone"


@dataclass
class Worker:
    """A worker, the point at which it kills or stops itself, and what is done to it otherwise, and when."""

    process: ForkServerProcess
    role: str
    fate: Fate
    turn: Turn
    at: float
    leaving: bool = False

    def signal(self, number: int) -> None:
        """Send a signal; a worker that is not collected yet can be sent one, dead or alive."""
        os.kill(self.process.pid or 0, number)

    def stopped_itself(self) -> bool:
        """Whether it came by the point at which it stops."""
        if self.fate.signal != SIGSTOP or self.turn in {Turn.WAKE, Turn.GONE} or self.process.exitcode is not None:
            return False
        try:
            return bool(psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED)
        except psutil.NoSuchProcess:  # it was killed meanwhile, and its exit code is on its way
            return False


@dataclass
class Chaos:
    """Four services with two writers and a relay each, two to four consumers; lives are counted in seconds.

    Once `writing` is over, new services only relay.
    """

    place: Place
    seed: int
    commands: int = 120
    longest: float = 200.0
    happened: Counter[str] = field(default_factory=Counter)
    most_consumers: int = 0
    writing: bool = True
    _consumers: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - a walk that can be repeated

    def count(self, *words: str) -> int:
        """How often something happened whose name has all the words."""
        return sum(times for what, times in self.happened.items() if all(word in what for word in words))

    def run(self, enough: Callable[[], bool]) -> None:
        """Go on until `enough`; raises `AssertionError` when a worker ended by itself, or it takes too long."""
        begun = time.monotonic()
        alive = [self._raise("relay") for _ in range(PRODUCERS)]
        alive += [self._raise("consumer") for _ in range(FEWEST_CONSUMERS)]
        try:
            while not enough():
                assert time.monotonic() < begun + self.longest, f"too slow: {dict(self.happened)}"
                wait([worker.process.sentinel for worker in alive], timeout=_LOOK)
                alive = [left for worker in alive for left in self._looked_after(worker)]
        finally:
            end([worker.process for worker in alive])

    def _looked_after(self, worker: Worker) -> list[Worker]:
        if worker.process.exitcode is not None:
            return self._replaced(worker)
        if worker.stopped_itself():
            self.happened[f"{worker.role} stopped: {worker.fate.point}"] += 1
            worker.turn, worker.at = Turn.WAKE, self._soon(_LONGEST_SLEEP)
        elif time.monotonic() >= worker.at:
            self._take_turn(worker)
        return [worker]

    def _take_turn(self, worker: Worker) -> None:
        match worker.turn:
            case Turn.STOP:
                worker.signal(SIGSTOP)
                self.happened[f"{worker.role} stopped: at any moment"] += 1
                worker.turn, worker.at = Turn.WAKE, self._soon(_LONGEST_SLEEP)
            case Turn.WAKE if self._chance.random() < 0.8:
                worker.signal(SIGCONT)
                self.happened[f"{worker.role} woke up"] += 1
                worker.turn = self._chance.choice([Turn.KILL, Turn.LEAVE])
                worker.at = self._soon(3.0)
            case Turn.LEAVE:
                worker.signal(SIGTERM)
                worker.leaving, worker.turn, worker.at = True, Turn.KILL, time.monotonic() + _LEAVING
            case Turn.KILL | Turn.WAKE:
                worker.signal(SIGKILL)
                asleep = worker.turn is Turn.WAKE
                self.happened[f"{worker.role} killed: {'asleep' if asleep else 'at any moment'}"] += 1
                worker.turn, worker.at = Turn.GONE, float("inf")
            case Turn.GONE:
                pass

    def _replaced(self, worker: Worker) -> list[Worker]:
        ended = worker.process.exitcode
        if worker.turn is not Turn.GONE:
            in_order = worker.leaving and ended in {0, -SIGTERM}
            assert in_order or ended == -SIGKILL, f"{worker.role} ended by itself: {ended}"
            how = "left" if in_order else f"killed: {worker.fate.point}"
            self.happened[f"{worker.role} {how}"] += 1
        worker.process.close()
        if worker.role == "relay":
            return [self._raise("relay")]
        self._consumers -= 1
        wanted = max(FEWEST_CONSUMERS, min(MOST_CONSUMERS, self._consumers + self._chance.choice([0, 1, 2])))
        return [self._raise("consumer") for _ in range(wanted - self._consumers)]

    def _raise(self, role: str) -> Worker:
        relay = role == "relay"
        fate = Fate()
        if self._chance.random() < 0.5:
            point = self._chance.choice(PRODUCER_POINTS if relay else CONSUMER_POINTS)
            nth = self._chance.randrange(1, _SELDOM[point])
            fate = Fate(point=point, nth=nth, signal=self._chance.choice([SIGKILL, SIGSTOP]))
        if relay:
            commands = self.commands if self.writing else 0
            process = start(produce, self.place, fate, self._chance.randrange(2**32), WRITERS, commands)
        else:
            process = start(consume, self.place, fate)
            self._consumers += 1
            self.most_consumers = max(self.most_consumers, self._consumers)
        turn = self._chance.choice([Turn.KILL, Turn.STOP, Turn.LEAVE])
        return Worker(process, role, fate, turn, self._soon(4.0 if relay else 20.0))

    def _soon(self, most: float) -> float:
        return time.monotonic() + self._chance.uniform(0.5, most)


@dataclass(frozen=True)
class Outage:
    """The broker is killed when so large a share of all events is recorded, and stays away so many seconds."""

    share: float
    seconds: float


class Outages:
    """Kills the broker and starts it again, in a thread: meanwhile everybody goes on."""

    def __init__(self, server: KafkaServer, planned: Sequence[Outage], events: Callable[[], int]) -> None:
        self._server = server
        self._planned = list(planned)
        self._events = events
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="broker")
        self._running: Future[None] | None = None
        self.seconds: list[float] = []
        self.accepted: list[int] = []

    def look(self, share: float) -> bool:
        """Begin the next outage when its time has come; whether all are over."""
        if self._running is not None and self._running.done():
            self._running.result()
            self._running = None
        if self._running is None and self._planned and share >= self._planned[0].share:
            self._running = self._thread.submit(self._break, self._planned.pop(0).seconds)
        return self._running is None and not self._planned

    def _break(self, seconds: float) -> None:
        begun, before = time.monotonic(), self._events()
        self._server.kill()
        threading.Event().wait(seconds)
        self._server.restart()
        self.accepted.append(self._events() - before)
        self.seconds.append(time.monotonic() - begun)

    def close(self) -> None:
        """Wait until the broker is back."""
        self._thread.shutdown()
