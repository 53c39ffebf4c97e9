"""The benchmarks of `make bench`, a little of each: that they measure, not how much."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path

import pytest

from bench.__main__ import CHOICES, PAGE, RESULTS, measure, table
from bench.grounds import Grounds
from bench.keeping import BEGIN, END, kept, shown
from bench.measuring import Result, at_least
from common.consuming import BATCH
from evaluation.postgres import EmbeddedPostgres
from evaluation.testing.kafka_sources import FoundKafka
from tests.bus.probe import ProbeDatabases

OPERATIONS = {"A1": 64, "A6": 64, "A3": 50, "A4": 5 * BATCH, "A5": 20, "A11": 500, "A11s": 500, "A12": 30, "E1": 10}


@pytest.fixture
def kafka_place(kafka: FoundKafka) -> str:
    return kafka.bootstrap


@pytest.mark.parametrize("choice", list(CHOICES))
async def test_measures_ours_and_its_limit(
    choice: str, postgres_cluster: EmbeddedPostgres, probe_databases: ProbeDatabases, kafka_place: str, tmp_path: Path
) -> None:
    grounds = Grounds(cluster=postgres_cluster, databases=probe_databases, kafka=kafka_place, folder=tmp_path)

    result = await measure(grounds, choice, rounds=2, operations=OPERATIONS[choice])

    assert all(isfinite(figure.value) and figure.value >= 0 for figure in result.figures)
    assert sum(figure.value > 0 for figure in result.figures) >= len(result.figures) - 1  # memory may not have grown
    assert any(figure.goal and figure.met is not None for figure in result.figures)
    assert all(figure.name in table([result]) for figure in result.figures)


def test_the_page_shows_the_figures_that_are_kept() -> None:
    page = PAGE.read_text("utf-8")
    assert shown(page, RESULTS.read_text("utf-8")) == page


def test_a_new_figure_takes_the_place_of_the_last_and_leaves_the_others() -> None:
    def result(which: str, value: float) -> Result:
        figure = at_least(f"speed of {which}", value, 2)
        return Result(
            id=which, title="", rounds=7, operations=10, effective_cores=2, fsync_micros=80, figures=(figure,)
        )

    first = kept('{"results": []}', [result("A4", 1.5), result("A3", 3)], "make bench", ["A3", "A4"])
    then = kept(first, [result("A4", 2.5)], "python -m bench A4", ["A3", "A4"])
    page = shown(f"a\n{BEGIN}\nold\n{END}\nb", then)

    commands = [(each["id"], each["command"]) for each in json.loads(then)["results"]]
    assert commands == [("A3", "make bench"), ("A4", "python -m bench A4")]
    assert (page[: len(BEGIN) + 3], page[-len(END) - 3 :]) == (f"a\n{BEGIN}\n", f"\n{END}\nb")
    assert "| speed of A4 | 2.50 | ≥ 2 | met |" in page
    assert "1.50" not in page
    assert "old" not in page
