"""`python -m bench [--keep] [A3 A4]`: measure, print a table; keep the figures in `results/last.json` and the page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench import acceptance, closing, consumer, edge, latency, lookup, relay, search
from bench.grounds import Grounds
from bench.keeping import kept, shown
from bench.machine import effective_cores, fsync_micros
from bench.measuring import Figure, Result
from evaluation.kafka import KafkaServer
from evaluation.postgres import EmbeddedPostgres
from tests.bus.probe import ProbeDatabases

RESULTS = Path(__file__).parent / "results" / "last.json"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
LEAST_ROUNDS = 7

Benchmark = Callable[..., Awaitable[list[Figure]]]

# Title, what measures it, and how many operations a round has.
CHOICES: Mapping[str, tuple[str, Benchmark, int]] = {
    "A1": (acceptance.TITLE, acceptance.run, 2_000),
    "A6": (acceptance.HOT_TITLE, acceptance.run_hot, 1_000),
    "A3": (relay.TITLE, relay.run, 20_000),
    "A4": (consumer.TITLE, consumer.run, 20_000),
    "A5": (latency.TITLE, latency.run, 900),
    "A11": (lookup.TITLE, lookup.run, 200_000),
    "A11s": (search.TITLE, search.run, 200_000),
    "A12": (closing.TITLE, closing.run, 10_000),
    "E1": (edge.TITLE, edge.run, 100),
}


@contextmanager
def grounds_of_this_run() -> Iterator[Grounds]:
    """Servers of this run alone, on the disk where temporary files are."""
    with TemporaryDirectory(prefix="anshin-bench-") as name, EmbeddedPostgres(Path(name, "postgres")) as cluster:
        databases = ProbeDatabases(cluster)
        try:
            with KafkaServer(Path(name, "kafka")) as kafka:
                yield Grounds(cluster=cluster, databases=databases, kafka=kafka.bootstrap, folder=Path(name))
        finally:
            databases.close()


async def measure(grounds: Grounds, choice: str, *, rounds: int, operations: int) -> Result:
    """One benchmark, with the calibration just before it."""
    title, run, _ = CHOICES[choice]
    cores, fsync = await effective_cores(), fsync_micros(grounds.folder)
    figures = await run(grounds, rounds=rounds, operations=operations)
    return Result(
        id=choice,
        title=title,
        rounds=rounds,
        operations=operations,
        effective_cores=cores,
        fsync_micros=fsync,
        figures=tuple(figures),
    )


def table(results: Sequence[Result]) -> str:
    """All figures for the terminal."""
    lines: list[str] = []
    for result in results:
        lines += [
            "",
            f"{result.id}  {result.title}",
            f"    {result.rounds} rounds of {result.operations}; {_calibration(result)}",
            *map(_line, result.figures),
        ]
    return "\n".join(lines)


def _calibration(result: Result) -> str:
    return f"calibration: {result.effective_cores:.2f} effective cores, fsync {result.fsync_micros:.0f} µs"


def _line(figure: Figure) -> str:
    verdict = "" if figure.met is None else "met" if figure.met else "MISSED"
    return f"    {figure.name:<52}{figure.value:>12.2f}  {figure.goal:<8}{verdict:<8}{'gate' if figure.gate else ''}"


def keep(result: Result, *, rounds: int) -> None:
    """Write a result beside the last ones of the other benchmarks, at once: a run that is ended keeps what it has."""
    command = f"python -m bench {result.id}" + (f" --rounds {rounds}" if rounds != LEAST_ROUNDS else "")
    told = kept(RESULTS.read_text("utf-8"), [result], command, list(CHOICES))
    RESULTS.write_text(told, "utf-8")
    PAGE.write_text(shown(PAGE.read_text("utf-8"), told), "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 1 when a gate was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("ids", nargs="*", metavar="A1|A3|A4|…", help="which benchmarks; all when none is named")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS)
    parser.add_argument("--operations", type=int, help="of a round, instead of the usual number")
    parser.add_argument("--keep", action="store_true", help="put the figures in the place of the last ones")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.ids) - set(CHOICES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    results = []
    with grounds_of_this_run() as grounds:
        for choice in chosen.ids or CHOICES:
            operations = chosen.operations or CHOICES[choice][2]
            results.append(uvloop.run(measure(grounds, choice, rounds=chosen.rounds, operations=operations)))
            print(table(results[-1:]), flush=True)
            if chosen.keep:
                keep(results[-1], rounds=chosen.rounds)
    missed = [f"{result.id}: {figure.name}" for result in results for figure in result.figures if _barred(figure)]
    if missed:
        print(f"\nMissed gates: {'; '.join(missed)}")
    return int(bool(missed))


def _barred(figure: Figure) -> bool:
    return figure.gate and not figure.met


if __name__ == "__main__":
    sys.exit(main())
