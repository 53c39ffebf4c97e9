"""The house rules for every file, each proved by one that offends it; and what make does."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.house_checks import CHECKS
from tests.architecture.tree import SourceTree

_SUITES = ("architecture", "unit", "rules", "integration", "authorisation", "bus", "e2e")
_STRAY = "services/loaner/stray.py"


class Offence(NamedTuple):
    """A file that a check must complain about, and the end of its complaint."""

    check: str
    place: str
    text: str
    complaint: str


OFFENCES = [
    Offence("addresses_in_locks", "requirements/stray.txt", "a==1 \\\n# https://host/a\n", ":2 holds an address"),
    Offence("addresses_in_locks", "console/package-lock.json", '"https://host/a"', ":1 holds an address"),
    Offence("unpinned_requirements", "requirements/stray.txt", "a>=1\n", ":1 is not pinned by hash"),
    Offence("unpinned_requirements", "requirements/stray.txt", "a==1\n", ":1 is not pinned by hash"),
    Offence(
        "dependencies_without_a_pin",
        "services/sixth/pyproject.toml",
        '[project]\ndependencies = ["anshin-common", "FastAPI>=0.1", "left_pad>=1"]\n',
        "services/sixth/pyproject.toml asks for left-pad, which is not locked",
    ),
    Offence("paths_of_this_machine", "docs/stray.md", "open /home/" + "ada/x", ":1 holds a path of a machine"),
    Offence("paths_of_this_machine", "docs/stray.md", "open {root}/x", ":1 holds a path of a machine"),
    Offence("package_registries", "Makefile", "fetch pypi." + "org/simple", ":1 names a registry"),
    Offence("unfinished_places", _STRAY, "# TO" + "DO later", ":1 says TO" + "DO"),
    Offence("unfinished_places", _STRAY, "raise NotImplemented" + "Error", ":1 says raise NotImplemented" + "Error"),
    Offence("skipped_tests", _STRAY, "@pytest.mark." + "skip\n", ":1 skips a test"),
    Offence("skipped_tests", _STRAY, "\npytest." + "skip('no Kafka')\n", ":2 skips a test"),
    Offence("skipped_tests", _STRAY, "pytestmark = pytest.mark." + "xfail(strict=True)\n", ":1 skips a test"),
    Offence("long_files", _STRAY, "x = 1\n" * 351, "has 351 lines"),
    Offence(
        "forked_histories",
        "services/loaner/src/loaner/migrations/versions/0002_another.py",
        'revision = "0002"\ndown_revision = "0001"\n',
        "0002_bus_operations.py is not migration 0003",
    ),
    Offence(
        "forked_histories",
        "services/loaner/src/loaner/migrations/versions/0000_before.py",
        'revision = "0000"\ndown_revision = None\n',
        "0000_before.py is not migration 0001",
    ),
    Offence("undescribed_distributions", "services/seventh/stray.py", "", "services/seventh has no README.md"),
    Offence("undescribed_distributions", "deploy/sixth/src/sixth.py", "", "deploy/sixth has no pyproject.toml"),
]


@pytest.mark.parametrize("check", CHECKS)
def test_the_checkout_is_in_order(tree: SourceTree, check: str) -> None:
    complaints = list(CHECKS[check](tree))
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("offence", OFFENCES, ids=lambda offence: f"{offence.check} {offence.complaint}")
def test_an_offence_is_noticed(copy: SourceTree, offence: Offence) -> None:
    text = offence.text.replace("{root}", str(copy.root))
    with copy.with_file("services/sixth/src/sixth.py"), copy.with_file(offence.place, text, as_package=False):
        complaints = list(CHECKS[offence.check](copy))
    assert any(complaint.endswith(offence.complaint) for complaint in complaints), complaints


def test_a_pattern_for_a_folder_in_gitignore_is_noticed(copy: SourceTree) -> None:
    path = copy.root / ".gitignore"
    before = path.read_text("utf-8")
    path.write_text("docs/api\n", "utf-8")
    try:
        assert list(CHECKS["deep_ignore_patterns"](copy)) == [".gitignore:1 is more than a name"]
    finally:
        path.write_text(before, "utf-8")


def test_every_check_is_proved_by_an_offence() -> None:
    assert set(CHECKS) - {"deep_ignore_patterns"} == {offence.check for offence in OFFENCES}


def test_history_may_be_long(copy: SourceTree) -> None:
    with copy.with_file("services/loaner/src/loaner/migrations/versions/stray.py", "x = 1\n" * 351):
        assert not [line for line in CHECKS["long_files"](copy) if "versions" in line]


def commands_of(tree: SourceTree, target: str) -> str:
    """What make would do for a target; asked like a user, although these tests run under make themselves."""
    environment = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    }
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", "--no-print-directory", target],
        cwd=tree.root,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_every_test_file_is_run_by_exactly_one_target(tree: SourceTree) -> None:
    runs: dict[Path, int] = {
        path: 0 for path in tree.files("test_*.py") if "tests" in path.relative_to(tree.root).parts
    }
    for suite in _SUITES:
        for words in re.findall(r"pytest (.*)", commands_of(tree, suite)):
            for word in words.split():
                for path in runs:
                    runs[path] += path.is_relative_to(tree.root / word)
    assert {tree.shown(path): count for path, count in runs.items() if count != 1} == {}


def test_make_test_runs_the_suites_in_order_and_e2e_last(tree: SourceTree) -> None:
    headings = re.findall("======== %s ========.*'(.*)'", commands_of(tree, "test"))
    assert headings == ["lint", "types", *_SUITES]
    assert commands_of(tree, "test").rstrip().endswith(" tests/e2e")


def test_recipes_have_three_lines_at_most(tree: SourceTree) -> None:
    makefile = (tree.root / "Makefile").read_text("utf-8").replace("\\\n", "")
    recipes = re.findall(r"^[^\s#].*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipes
    assert [recipe for recipe in recipes if recipe.count("\n") > 3] == []


def test_help_names_every_target(tree: SourceTree) -> None:
    makefile = (tree.root / "Makefile").read_text("utf-8")
    targets = re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE)
    shown = subprocess.run(["make", "help"], cwd=tree.root, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^  make (\S+)", shown, re.MULTILINE) == targets


def test_the_makefile_installs_every_distribution(tree: SourceTree) -> None:
    installed = set(re.findall(r" -e (\S+)", commands_of(tree, "venv")))
    assert installed == {tree.shown(package.home) for package in tree.packages()}


def test_ci_runs_make_test_and_nothing_else(tree: SourceTree) -> None:
    path = tree.root / ".ci" / "run"
    assert path.stat().st_mode & stat.S_IXUSR
    assert os.access(path, os.X_OK)
    commands = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert commands[0] == "set -euo pipefail"
    assert [line for line in commands if "make" in line] == ["exec env CI=1 make test </dev/null"]
    assert len(commands) == 3
