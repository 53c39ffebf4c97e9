"""Where rule ids stand: on the page of the rules, in the code, on the tests."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from tests.architecture.tree import SourceTree

PAGE = "docs/rules.md"
_ID = re.compile(r"(?<![\w-])R-[A-Z]+(?:-[A-Z]+)*(?![\w-])")
_DEFINITION = re.compile(rf"^- \*\*({_ID.pattern})\*\* — \S", re.MULTILINE)
_SOURCES = ("*.py", "*.sql", "*.json", "*.html")

_Test = ast.FunctionDef | ast.AsyncFunctionDef


class UnreadableMark(Exception):
    """A rule mark whose ids are not written out, so that nobody can look for them."""


def ids_on_the_page(tree: SourceTree) -> list[str]:
    """The rules that the page defines, in its order."""
    return _DEFINITION.findall((tree.root / PAGE).read_text("utf-8"))


def ids_in_the_code(tree: SourceTree) -> dict[str, list[str]]:
    """Each id that stands in the sources of a distribution, with the files that name it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in tree.files(*_SOURCES):
        parts = path.relative_to(tree.root).parts
        if parts[0] in {"libs", "services", "deploy"} and "src" in parts:
            for rule in sorted(set(_ID.findall(path.read_text("utf-8")))):
                found[rule].append(tree.shown(path))
    return dict(found)


def ids_on_tests(tree: SourceTree) -> Mapping[str, set[str]]:
    """Each id that a `rule` mark names, with the node ids of the tests that carry it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in tree.files("test_*.py"):
        if "tests" in path.relative_to(tree.root).parts:
            for node, rules in _marked(ast.parse(path.read_text("utf-8"), str(path))):
                for rule in rules:
                    found[rule].add(f"{tree.shown(path)}::{node}")
    return found


def _marked(module: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """The tests of a file with the rules of their decorators, their class and their file."""
    for_all = _of_pytestmark(module.body)
    for node in module.body:
        if isinstance(node, _Test) and node.name.startswith("test"):
            yield node.name, for_all | _of_decorators(node)
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            for_class = for_all | _of_decorators(node) | _of_pytestmark(node.body)
            for method in node.body:
                if isinstance(method, _Test) and method.name.startswith("test"):
                    yield f"{node.name}::{method.name}", for_class | _of_decorators(method)


def _of_pytestmark(body: list[ast.stmt]) -> set[str]:
    return {
        rule
        for node in body
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == "pytestmark" for target in node.targets)
        for rule in _ids_named(node.value)
    }


def _of_decorators(node: _Test | ast.ClassDef) -> set[str]:
    """Also of the marks of single cases, which stand inside `parametrize`."""
    return {rule for decorator in node.decorator_list for rule in _ids_named(decorator)}


def _ids_named(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.rule"):
            for argument in node.args:
                if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                    raise UnreadableMark(ast.unparse(node))
                yield argument.value
