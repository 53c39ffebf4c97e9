"""One side of a round, what is compared of two sides, and the clocks they are read from."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

import psutil  # type: ignore[import-untyped]

from common.assembly import keep_what_lives


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one side of a round took: operations, wall-clock seconds, and CPU seconds.

    `client` is the CPU of the program that is measured (our Python, or pgbench), `server` that of PostgreSQL with all
    its processes. Kafka's is counted nowhere: it is the same process whoever speaks to it.
    """

    operations: int
    seconds: float
    client: float
    server: float

    @property
    def per_second(self) -> float:
        """Throughput."""
        return self.operations / self.seconds

    @property
    def client_micros(self) -> float:
        """CPU of the program itself, µs per operation."""
        return self.client / self.operations * 1e6

    @property
    def cpu_micros(self) -> float:
        """CPU of program and PostgreSQL, µs per operation."""
        return (self.client + self.server) / self.operations * 1e6


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of a benchmark beside what it should be; `gate` marks the one that decides."""

    name: str
    value: float
    goal: str = ""
    met: bool | None = None
    gate: bool = False


@dataclass(frozen=True, kw_only=True)
class Result:
    """A benchmark with its figures, and the calibration of the machine just before it."""

    id: str
    title: str
    rounds: int
    operations: int
    effective_cores: float
    fsync_micros: float
    figures: tuple[Figure, ...] = field(default=())


def at_least(name: str, value: float, goal: float) -> Figure:
    """A figure that must not be below its goal."""
    return Figure(name=name, value=value, goal=f"≥ {goal:g}", met=value >= goal)


def at_most(name: str, value: float, goal: float, *, gate: bool = False) -> Figure:
    """A figure that must not be above its goal."""
    return Figure(name=name, value=value, goal=f"≤ {goal:g}", met=value <= goal, gate=gate)


def median_ratio(ours: Sequence[float], limits: Sequence[float]) -> float:
    """The median of the ratios within each round: a machine that slows down slows both sides of one round."""
    return median(a / b for a, b in zip(ours, limits, strict=True))


def compared(sides: Sequence[tuple[Side, Side]], operation: str, *, micros: float, throughput: float) -> list[Figure]:
    """Ours beside its limit, over all rounds; `micros` of our Python are the gate, `throughput` is a ratio."""
    ours, limits = [side for side, _ in sides], [side for _, side in sides]
    return [
        at_most(f"Python CPU, µs per {operation}", median(side.client_micros for side in ours), micros, gate=True),
        at_least(
            "throughput, ratio",
            median_ratio([side.per_second for side in ours], [side.per_second for side in limits]),
            throughput,
        ),
        Figure(
            name="CPU with PostgreSQL, ratio",
            value=median_ratio([side.cpu_micros for side in ours], [side.cpu_micros for side in limits]),
        ),
        *(
            figure
            for name, some in (("ours", ours), ("limit", limits))
            for figure in (
                Figure(name=f"{name}, {operation}s per second", value=median(side.per_second for side in some)),
                Figure(
                    name=f"{name}, CPU with PostgreSQL, µs per {operation}",
                    value=median(side.cpu_micros for side in some),
                ),
            )
        ),
    ]


def quantile(values: Sequence[float], part: float) -> float:
    """The smallest value that `part` of all do not exceed."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def tree_seconds(pid: int) -> float:
    """CPU seconds of a process and all its children, those that have ended included (resolution 10 ms)."""
    root = psutil.Process(pid)
    while True:
        before = root.cpu_times()
        try:
            living = [child.cpu_times() for child in root.children()]
        except psutil.NoSuchProcess:
            continue
        if root.cpu_times()[2:4] == before[2:4]:  # no child has ended meanwhile, whose time would be missed or doubled
            return float(sum(before[:4]) + sum(times.user + times.system for times in living))


def own_seconds() -> float:
    """CPU seconds of this process, its threads included."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def child_seconds() -> float:
    """CPU seconds of the children of this process that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def stopwatch(server: int, client: Callable[[], float]) -> Iterator[Callable[[int], Side]]:
    """Clocks begin with the block; calling what is handed out reads them, for so many operations.

    What lives already is kept from the garbage collector, as a service does when it has started.
    """
    keep_what_lives()
    begun, used, served = time.perf_counter(), client(), tree_seconds(server)

    def read(operations: int) -> Side:
        return Side(
            operations=operations,
            seconds=time.perf_counter() - begun,
            client=client() - used,
            server=tree_seconds(server) - served,
        )

    yield read
