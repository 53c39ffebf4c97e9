"""The benchmarks of `make bench`, a little of each: that they measure, not how much."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path

import pytest

from bench.__main__ import BEGIN, CHOICES, END, PAGE, RESULTS, measure, shown, table, written
from bench.grounds import Grounds
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
    assert json.loads(written([result]))["results"][0]["id"] == choice


def test_the_page_shows_the_figures_that_are_kept() -> None:
    page = PAGE.read_text("utf-8")
    assert shown(page, RESULTS.read_text("utf-8")) == page
    assert shown(f"a\n{BEGIN}\nold\n{END}\nb", RESULTS.read_text("utf-8")).startswith(f"a\n{BEGIN}\n\n`make bench`")
