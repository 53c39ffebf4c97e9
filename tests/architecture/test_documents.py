"""The documents name files that exist and settings that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.settings import ServiceSettings
from evaluation.settings import EvaluationSettings

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/*/README.md")]
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def section(page: str, title: str) -> str:
    """What stands under a heading of the second level."""
    return (ROOT / page).read_text("utf-8").split(f"## {title}\n")[1].split("\n## ")[0]


def named_settings(page: str, title: str) -> Iterator[str]:
    """The names in the first column of the section's table."""
    for row in re.findall(r"^\| (`[^|]*) \|", section(page, title), re.MULTILINE):
        yield from re.findall(r"`([A-Z_]+)`", row)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_a_page_links_to_exists(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_promise_of_the_bus_names_tests_that_exist() -> None:
    named = re.findall(r"\[`(test_\w+)`\]\(([^)]+)\)", (ROOT / "docs" / "guarantees.md").read_text("utf-8"))
    assert named
    assert [name for name, file in named if f"def {name}(" not in (ROOT / "docs" / file).read_text("utf-8")] == []


def test_every_promise_of_the_bus_has_a_test() -> None:
    promises = [line for line in section("docs/guarantees.md", "Promised").splitlines() if line.startswith("| **")]
    assert promises
    assert [promise for promise in promises if "[`test_" not in promise] == []


def test_the_readme_names_every_setting_of_evaluation() -> None:
    named = list(named_settings("README.md", "Settings of `make run`"))
    assert sorted(named) == sorted(f"ANSHIN_{name.upper()}" for name in EvaluationSettings.model_fields)


def test_the_readme_of_common_names_every_setting_of_a_service() -> None:
    named = list(named_settings("libs/common/README.md", "Settings every service has"))
    assert sorted(named) == sorted(name.upper() for name in ServiceSettings.model_fields)


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(page.name.split("-")[0]) for page in ADRS] == list(range(1, len(ADRS) + 1))


@pytest.mark.parametrize("page", ADRS, ids=lambda page: str(page.name))
def test_a_decision_is_short_dated_and_weighs_alternatives(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert len(lines) < 60
    assert re.fullmatch(rf"# {int(page.name.split('-')[0])}\. .+", lines[0])
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", lines[2])
    headings = [line.removeprefix("## ") for line in lines if line.startswith("## ")]
    assert headings == ["Context", "Decision", "Consequences", "Alternatives"]
