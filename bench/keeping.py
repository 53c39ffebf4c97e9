"""The last figures of each benchmark: as JSON, and on the page, between its two marks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from bench.machine import description, load
from bench.measuring import Result

BEGIN, END = "<!-- the last figures: written by `make bench` -->", "<!-- their end -->"


def kept(before: str, results: Sequence[Result], command: str, order: Sequence[str]) -> str:
    """What is kept (JSON) once these were measured: they take the place of what the same benchmarks had before."""
    stamp = {"at": datetime.now(UTC).isoformat(timespec="minutes"), "command": command, "load": load()}
    new = {result.id: {**asdict(result), **stamp, "machine": description()} for result in results}
    old = {result["id"]: result for result in json.loads(before)["results"]}
    both = old | json.loads(json.dumps(new))
    told = {"results": [both[each] for each in order if each in both]}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def shown(page: str, told: str) -> str:
    """The page with the figures that are kept between its two marks, those of one machine and its versions together."""
    machines: dict[str, list[Mapping[str, Any]]] = {}
    for result in json.loads(told)["results"]:
        machines.setdefault("; ".join(f"{name} {value}" for name, value in result["machine"].items()), []).append(
            result
        )
    lines = [line for machine, results in machines.items() for line in _of_machine(machine, results)]
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([before + BEGIN, *lines, "", END + after])


def _of_machine(machine: str, results: Sequence[Mapping[str, Any]]) -> list[str]:
    return ["", f"{machine}.", *(line for result in results for line in _of_benchmark(result))]


def _of_benchmark(result: Mapping[str, Any]) -> list[str]:
    run = f"`{result['command']}`, {result['at']}; {result['rounds']} rounds of {result['operations']:,}"
    calibration = f"{result['effective_cores']:.2f} effective cores, fsync {result['fsync_micros']:.0f} µs"
    return [
        "",
        f"**{result['id']}** — {run}; {calibration}, load {result['load']}",
        "",
        "| figure | value | goal | |",
        "|---|---:|---|---|",
        *(_row(figure) for figure in result["figures"]),
    ]


def _row(figure: Mapping[str, Any]) -> str:
    verdict = {None: "", True: "met", False: "**missed**"}[figure["met"]] + (" (gate)" if figure["gate"] else "")
    return f"| {figure['name']} | {figure['value']:,.2f} | {figure['goal']} | {verdict} |"
