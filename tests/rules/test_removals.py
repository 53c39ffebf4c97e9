"""Every rule is guarded: when it is taken out of the code, its test fails."""

from __future__ import annotations

import compileall
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.architecture.tree import SourceTree
from tests.rules.removals import Removal, Result, Verdict, carry_out, removals
from tests.rules.rule_ids import ids_on_tests, ids_on_the_page

_PROCESSES = 2
_FEE_MONTH = Removal(
    rule="R-FEE-MONTH",
    file="libs/common/src/common/civil.py",
    old="return this if day.day >= start_day else this.previous()",
    new="return this",
    test="libs/common/tests/unit/test_civil.py::test_a_day_belongs_to_the_month_that_began_last",
)


@pytest.fixture(scope="session")
def verdict_of(
    request: pytest.FixtureRequest, tree: SourceTree, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Removal], Verdict]]:
    """The removals of this run, begun together, two at a time; each copies the bytecode of what it leaves alone."""
    for package in tree.packages():
        compileall.compile_dir(package.src, quiet=2)
    asked: dict[Removal, Future[Verdict]] = {}
    with ThreadPoolExecutor(_PROCESSES) as pool:
        for item in request.session.items:
            case = item.callspec.params.get("removal") if hasattr(item, "callspec") else None
            if case is not None:
                asked[case] = pool.submit(carry_out, case, tree, tmp_path_factory.mktemp("removal"))
        yield lambda removal: asked[removal].result()
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("removal", removals(), ids=lambda removal: f"{removal.rule} in {removal.file}")
def test_a_removed_rule_is_noticed(removal: Removal, verdict_of: Callable[[Removal], Verdict]) -> None:
    verdict = verdict_of(removal)
    assert verdict.result is Result.NOTICED, verdict.text


def test_the_test_of_each_removal_carries_its_rule(tree: SourceTree) -> None:
    marked = ids_on_tests(tree)
    assert [entry for entry in removals() if entry.function not in marked.get(entry.rule, set())] == []


def test_every_rule_has_a_removal(tree: SourceTree) -> None:
    missing = sorted(set(ids_on_the_page(tree)) - {entry.rule for entry in removals()})
    assert not missing, "no removal takes these out: " + ", ".join(missing)


def test_an_edit_that_changes_no_behaviour_goes_unnoticed(tree: SourceTree, tmp_path: Path) -> None:
    harmless = replace(_FEE_MONTH, new=f"{_FEE_MONTH.old}  # still there")
    assert carry_out(harmless, tree, tmp_path).result is Result.UNNOTICED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("import re\n", "import re, no_such_module\n", id="the module cannot be imported"),
        pytest.param(_FEE_MONTH.old, "return that", id="the edit names what is not there"),
        pytest.param("def fee_month_of_day(", "def fee_month_of_week(", id="the test cannot be collected"),
    ],
)
def test_broken_code_does_not_pass_for_a_removed_rule(tree: SourceTree, tmp_path: Path, old: str, new: str) -> None:
    assert carry_out(replace(_FEE_MONTH, old=old, new=new), tree, tmp_path).result is Result.BROKEN


def test_a_test_that_does_not_exist_proves_nothing(tree: SourceTree, tmp_path: Path) -> None:
    gone = replace(_FEE_MONTH, test=f"{_FEE_MONTH.function}_any_more")
    assert carry_out(gone, tree, tmp_path).result is Result.BROKEN


@pytest.mark.parametrize("old", ["no such text", "return "], ids=["never", "often"])
def test_an_edit_has_to_match_exactly_once(tree: SourceTree, tmp_path: Path, old: str) -> None:
    with pytest.raises(AssertionError, match="times"):
        carry_out(replace(_FEE_MONTH, old=old), tree, tmp_path)


def test_an_edit_has_to_leave_valid_code(tree: SourceTree, tmp_path: Path) -> None:
    with pytest.raises(SyntaxError):
        carry_out(replace(_FEE_MONTH, new="return this if"), tree, tmp_path)


def test_an_edit_has_to_remove_something(tree: SourceTree, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nothing is removed"):
        carry_out(replace(_FEE_MONTH, new=_FEE_MONTH.old), tree, tmp_path)
