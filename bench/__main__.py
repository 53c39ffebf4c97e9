"""`python -m bench [A3 A4 A5]`: measure and print a table; of all of them, write `results/last.json` and the page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvloop

from bench import acceptance, closing, consumer, edge, latency, lookup, relay, search
from bench.grounds import Grounds
from bench.machine import description, effective_cores, fsync_micros
from bench.measuring import Figure, Result
from evaluation.kafka import KafkaServer
from evaluation.postgres import EmbeddedPostgres
from tests.bus.probe import ProbeDatabases

RESULTS = Path(__file__).parent / "results" / "last.json"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
LEAST_ROUNDS = 7
BEGIN, END = "<!-- the last run: written by `make bench` -->", "<!-- its end -->"

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


def written(results: Sequence[Result]) -> str:
    """All figures as JSON, with what the machine is."""
    told = {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": description(),
        "results": [asdict(result) for result in results],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def shown(page: str, told: str) -> str:
    """The page with the figures of a run (as `written`) between its two marks."""
    run = json.loads(told)
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = [f"`make bench`, {run['at']}: {'; '.join(f'{name} {value}' for name, value in run['machine'].items())}."]
    for result in run["results"]:
        calibration = f"{result['effective_cores']:.2f} effective cores, fsync {result['fsync_micros']:.0f} µs"
        lines += [
            "",
            f"**{result['id']}** — {result['rounds']} rounds of {result['operations']:,}; {calibration}",
            "",
            "| figure | value | goal | |",
            "|---|---:|---|---|",
            *(_row(figure) for figure in result["figures"]),
        ]
    return "\n".join([before + BEGIN, "", *lines, "", END + after])


def _row(figure: Mapping[str, Any]) -> str:
    verdict = {None: "", True: "met", False: "**missed**"}[figure["met"]] + (" (gate)" if figure["gate"] else "")
    return f"| {figure['name']} | {figure['value']:,.2f} | {figure['goal']} | {verdict} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 1 when a gate was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("ids", nargs="*", metavar="A1|A3|A4|…", help="which benchmarks; all when none is named")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS)
    parser.add_argument("--operations", type=int, help="of a round, instead of the usual number")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.ids) - set(CHOICES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    results = []
    with grounds_of_this_run() as grounds:
        for choice in chosen.ids or CHOICES:
            operations = chosen.operations or CHOICES[choice][2]
            results.append(uvloop.run(measure(grounds, choice, rounds=chosen.rounds, operations=operations)))
            print(table(results[-1:]), flush=True)
    if len(results) == len(CHOICES):
        told = written(results)
        RESULTS.write_text(told, "utf-8")
        PAGE.write_text(shown(PAGE.read_text("utf-8"), told), "utf-8")
    missed = [f"{result.id}: {figure.name}" for result in results for figure in result.figures if _barred(figure)]
    if missed:
        print(f"\nMissed gates: {'; '.join(missed)}")
    return int(bool(missed))


def _barred(figure: Figure) -> bool:
    return figure.gate and not figure.met


if __name__ == "__main__":
    sys.exit(main())
