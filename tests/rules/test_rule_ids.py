"""The page of the rules, the code and the tests speak of the same rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.tree import SourceTree
from tests.rules.rule_ids import UnreadableMark, ids_in_the_code, ids_on_tests, ids_on_the_page

_TEST = "services/loaner/tests/unit/test_loans.py"


@pytest.fixture
def small(tmp_path: Path) -> SourceTree:
    """A tree with a page of two rules, and nothing else yet."""
    (tmp_path / ".gitignore").write_text("build/\n", "utf-8")
    for folder in ("docs", "libs", "services/loaner/src/loaner", "deploy", "services/loaner/tests/unit"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "docs/rules.md").write_text("# Rules\n\n- **R-ONE** — First.\n- **R-TWO-B** — Second.\n", "utf-8")
    return SourceTree(tmp_path)


def test_each_rule_stands_on_the_page_once(tree: SourceTree) -> None:
    on_page = ids_on_the_page(tree)
    assert on_page
    assert sorted(on_page) == sorted(set(on_page))


def test_the_code_names_the_rules_of_the_page_and_no_others(tree: SourceTree) -> None:
    in_code, on_page = ids_in_the_code(tree), set(ids_on_the_page(tree))
    unknown = {rule: files for rule, files in in_code.items() if rule not in on_page}
    assert unknown == {}
    missing = sorted(on_page - set(in_code))
    assert not missing, "the code names none of these: " + ", ".join(missing)


def test_every_rule_is_named_by_a_test(tree: SourceTree) -> None:
    missing = sorted(set(ids_on_the_page(tree)) - set(ids_on_tests(tree)))
    assert not missing, "no test carries these: " + ", ".join(missing)


def test_tests_name_only_rules_of_the_page(tree: SourceTree) -> None:
    on_page = set(ids_on_the_page(tree))
    assert {rule: nodes for rule, nodes in ids_on_tests(tree).items() if rule not in on_page} == {}


def test_ids_are_found_on_the_page(small: SourceTree) -> None:
    assert ids_on_the_page(small) == ["R-ONE", "R-TWO-B"]


def test_ids_are_found_in_the_code_as_whole_words(small: SourceTree) -> None:
    text = '"""R-ONE, and (R-TWO-B)."""\nother = "ERR-ONE FR-TWO R-one PR-ONE R-ONE-2"\n'
    (small.root / "services/loaner/src/loaner/loans.py").write_text(text, "utf-8")
    (small.root / _TEST).write_text("# R-THREE\n", "utf-8")
    place = "services/loaner/src/loaner/loans.py"
    assert ids_in_the_code(small) == {"R-ONE": [place], "R-TWO-B": [place]}


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("@pytest.mark.rule('R-ONE')\ndef test_a(): ...\n", "test_a"),
        ("@pytest.mark.rule('R-TWO-B', 'R-ONE')\nasync def test_a(): ...\n", "test_a"),
        ("pytestmark = pytest.mark.rule('R-ONE')\ndef test_a(): ...\n", "test_a"),
        ("pytestmark = [pytest.mark.asyncio, pytest.mark.rule('R-ONE')]\ndef test_a(): ...\n", "test_a"),
        ("@pytest.mark.rule('R-ONE')\nclass TestB:\n    def test_a(self): ...\n", "TestB::test_a"),
        (
            "@pytest.mark.parametrize('n', [pytest.param(1, marks=pytest.mark.rule('R-ONE'))])\ndef test_a(n): ...\n",
            "test_a",
        ),
    ],
)
def test_marks_are_found_on_tests(small: SourceTree, text: str, node: str) -> None:
    (small.root / _TEST).write_text(text, "utf-8")
    assert ids_on_tests(small)["R-ONE"] == {f"{_TEST}::{node}"}


@pytest.mark.parametrize(
    "text",
    [
        "@pytest.mark.rule('R-ONE')\ndef builder(): ...\n",
        "# @pytest.mark.rule('R-ONE')\ndef test_a(): ...\n",
        "pytestmark = pytest.mark.rule('R-ONE')\n",
        "@pytest.mark.other('R-ONE')\ndef test_a(): ...\n",
    ],
)
def test_what_no_test_carries_is_not_counted(small: SourceTree, text: str) -> None:
    (small.root / _TEST).write_text(text, "utf-8")
    assert ids_on_tests(small) == {}


def test_a_mark_with_a_computed_id_is_refused(small: SourceTree) -> None:
    (small.root / _TEST).write_text("@pytest.mark.rule(RULE)\ndef test_a(): ...\n", "utf-8")
    with pytest.raises(UnreadableMark, match=r"pytest\.mark\.rule\(RULE\)"):
        ids_on_tests(small)
