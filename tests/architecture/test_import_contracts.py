"""The contracts of import-linter hold, match something, and each of them notices when it is broken."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from typing import Any, NamedTuple

import grimp
import pytest

from tests.architecture.code_checks import WORDS_OF_COMMON
from tests.architecture.tree import SourceTree

_LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True, no_logo=True))"
_LATE = "def late() -> None:\n    import {}\n"
_FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {}\n"

_INDEPENDENT = "Services are independent of each other"
_ABOVE = "Evaluation stands above the services and the services above common"
_LAYERS = "Layers of a service"
_GATEWAY = "Layers of the MDM gateway"
_NO_FRAMEWORK = "The domain imports no framework"
_PURE = "The words of common are pure"
_EDGE = "The web framework stays at the edge"
_SQL = "SQL stays in storage"
_BUS = "Only common speaks to the bus"
_BUILDERS = "Builders of tests stay out of production code"


class Outcome(NamedTuple):
    """What the linter said."""

    kept: bool
    text: str


class Breach(NamedTuple):
    """An import that breaks a contract; `importer` is a layer, the line goes into it."""

    contract: str
    importer: str
    imported: str
    form: str = "import {}\n"


BREACHES = [
    Breach(_INDEPENDENT, "loaner.domain", "helpdesk"),
    Breach(_INDEPENDENT, "mdm_gateway.agent", "contracts"),
    Breach(_INDEPENDENT, "helpdesk.usecases", "dispatch", _LATE),
    Breach(_INDEPENDENT, "dispatch.api", "mdm_gateway", _FOR_TYPES),
    Breach(_ABOVE, "common", "loaner"),
    Breach(_ABOVE, "common", "evaluation"),
    Breach(_ABOVE, "contracts.api", "evaluation"),
    Breach(_LAYERS, "loaner.domain", "loaner.storage"),
    Breach(_LAYERS, "helpdesk.storage", "helpdesk.usecases"),
    Breach(_LAYERS, "contracts.usecases", "contracts.api"),
    Breach(_LAYERS, "dispatch.usecases", "dispatch.settings"),
    Breach(_LAYERS, "dispatch.consumers", "dispatch.api"),
    Breach(_LAYERS, "dispatch.sweeps", "dispatch.consumers"),
    Breach(_LAYERS, "dispatch.api", "dispatch.app"),
    Breach(_LAYERS, "loaner.app", "loaner.__main__"),
    Breach(_GATEWAY, "mdm_gateway.agent", "mdm_gateway.api"),
    Breach(_GATEWAY, "mdm_gateway.domain", "mdm_gateway.usecases"),
    Breach(_GATEWAY, "mdm_gateway.app", "mdm_gateway.simulator"),
    Breach(_NO_FRAMEWORK, "loaner.domain", "confluent_kafka"),
    Breach(_NO_FRAMEWORK, "loaner.domain", "asyncpg"),
    Breach(_NO_FRAMEWORK, "helpdesk.domain", "fastapi"),
    Breach(_NO_FRAMEWORK, "contracts.domain", "pydantic", _FOR_TYPES),
    Breach(_NO_FRAMEWORK, "dispatch.domain", "sqlalchemy"),
    Breach(_NO_FRAMEWORK, "mdm_gateway.domain", "starlette", _LATE),
    Breach(_PURE, "common.civil", "asyncpg", _LATE),
    Breach(_PURE, "common.events", "fastapi"),
    Breach(_EDGE, "helpdesk.consumers", "fastapi"),
    Breach(_EDGE, "helpdesk.sweeps", "fastapi"),
    Breach(_EDGE, "helpdesk.usecases", "starlette"),
    Breach(_EDGE, "helpdesk.storage", "fastapi"),
    Breach(_SQL, "contracts.api", "asyncpg"),
    Breach(_SQL, "contracts.consumers", "sqlalchemy"),
    Breach(_SQL, "contracts.sweeps", "asyncpg"),
    Breach(_SQL, "contracts.usecases", "sqlalchemy"),
    Breach(_SQL, "mdm_gateway.agent", "asyncpg"),
    Breach(_BUS, "loaner.consumers", "confluent_kafka"),
    Breach(_BUS, "evaluation", "confluent_kafka"),
    Breach(_BUILDERS, "evaluation", "contracts.testing"),
    Breach(_BUILDERS, "mdm_gateway.app", "common.testing", _LATE),
]

STRAYS = [
    (_LAYERS, "loaner.helpers"),
    (_LAYERS, "contracts.agent"),
    (_LAYERS, "dispatch.simulator"),
    (_GATEWAY, "mdm_gateway.helpers"),
]


def lint(tree: SourceTree) -> Outcome:
    """Run import-linter in a process of its own, whose path begins with the sources of this tree."""
    path = os.pathsep.join(str(package.src) for package in tree.packages())
    done = subprocess.run(
        [sys.executable, "-c", _LINT],
        cwd=tree.root,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(done.returncode == 0, done.stdout + done.stderr)


def configuration(tree: SourceTree) -> dict[str, Any]:
    """What import-linter is told."""
    config: dict[str, Any] = tomllib.loads((tree.root / "pyproject.toml").read_text("utf-8"))
    found: dict[str, Any] = config["tool"]["importlinter"]
    return found


def named(tree: SourceTree, contract: str) -> dict[str, Any]:
    """One contract."""
    return next(one for one in configuration(tree)["contracts"] if one["name"] == contract)


def layer_names(contract: dict[str, Any]) -> set[str]:
    """The modules that a contract of layers speaks of."""
    return {name.strip(" ()") for layer in contract["layers"] for name in re.split("[|:]", layer)}


@pytest.fixture(scope="module")
def graph(tree: SourceTree) -> grimp.ImportGraph:
    """Who imports whom."""
    return grimp.build_graph(*configuration(tree)["root_packages"], include_external_packages=True, cache_dir=None)


def test_every_contract_is_kept(tree: SourceTree) -> None:
    outcome = lint(tree)
    assert outcome.kept, outcome.text
    assert f"{len(configuration(tree)['contracts'])} kept, 0 broken" in outcome.text


def test_an_untouched_copy_is_read_like_the_original(tree: SourceTree, copy: SourceTree) -> None:
    assert re.findall("Analyzed .*", lint(copy).text) == re.findall("Analyzed .*", lint(tree).text)


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.importer} -> {breach.imported}")
def test_a_forbidden_import_is_noticed_by_its_contract(copy: SourceTree, breach: Breach) -> None:
    with (
        copy.with_module(breach.imported),
        copy.with_lines(breach.importer, breach.form.format(breach.imported)),
    ):
        outcome = lint(copy)
    assert not outcome.kept
    assert f"{breach.contract} BROKEN" in outcome.text
    culprit = rf"{re.escape(breach.importer)}(\.stray)? -> {re.escape(breach.imported)}\b"
    assert re.search(culprit, outcome.text), outcome.text


@pytest.mark.parametrize(("contract", "module"), STRAYS)
def test_a_module_outside_the_layers_is_noticed(copy: SourceTree, contract: str, module: str) -> None:
    with copy.with_module(module):
        outcome = lint(copy)
    assert f"{contract} BROKEN" in outcome.text
    assert f"- {module}" in outcome.text


def test_every_contract_is_proved_by_a_breach(tree: SourceTree) -> None:
    assert {contract["name"] for contract in configuration(tree)["contracts"]} == {
        breach.contract for breach in BREACHES
    }


def test_the_contracts_know_every_package_of_the_tree(tree: SourceTree) -> None:
    services = set(tree.service_names())
    assert set(configuration(tree)["root_packages"]) == {package.name for package in tree.packages()}
    assert set(named(tree, _INDEPENDENT)["modules"]) == services
    assert layer_names(named(tree, _ABOVE)) == {"evaluation", "common", *services}
    assert {*named(tree, _LAYERS)["containers"], *named(tree, _GATEWAY)["containers"]} == services


def test_the_pure_words_are_those_that_the_domain_may_use(tree: SourceTree) -> None:
    assert named(tree, _PURE)["source_modules"] == [f"common.{word}" for word in WORDS_OF_COMMON]


def test_no_expression_of_a_contract_matches_nothing(tree: SourceTree, graph: grimp.ImportGraph) -> None:
    empty = [
        f"{contract['name']}: {expression}"
        for contract in configuration(tree)["contracts"]
        for key in ("source_modules", "protected_modules", "allowed_importers", "modules", "containers")
        for expression in contract.get(key, ())
        if not graph.find_matching_modules(expression)
    ]
    assert not empty


def test_every_layer_exists_somewhere(tree: SourceTree, graph: grimp.ImportGraph) -> None:
    missing = [
        f"{contract}: {layer}"
        for contract in (_LAYERS, _GATEWAY)
        for layer in sorted(layer_names(named(tree, contract)))
        if not any(f"{container}.{layer}" in graph.modules for container in named(tree, contract)["containers"])
    ]
    assert not missing


def test_forbidden_libraries_are_installed_under_these_names(tree: SourceTree) -> None:
    libraries = {name for one in configuration(tree)["contracts"] for name in one.get("forbidden_modules", ())}
    assert libraries == {name for name in libraries if find_spec(name) is not None}
