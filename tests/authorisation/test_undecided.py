"""A route that nobody decided about does not get far: the service does not start, or a test says so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import CHECKOUT

_ROUTES = Path("helpdesk/api/contracts.py")
_TABLE = Path("helpdesk/api/access.py")
_ROUTE = """

@router.get("/contracts/{contract_id}/secrets", response_model=OverviewOut)
async def read_secrets(contract_id: IdText, tx: TxDep, now: Now) -> object:
    \"\"\"A route that somebody added.\"\"\"
    return OverviewOut.of(await contract_overview(contract_id, tx, now))
"""
_LAST = '    "GET /refusals/{refusal_id}": _FOLLOW,\n'
_START = "from evaluation.catalogues.services import described_services; described_services()"
_TEST = "tests/events/test_catalogues.py::test_every_route_is_open_to_whom_it_was_decided_to_be"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Helpdesk's sources with one more route."""
    source = CHECKOUT / "services/helpdesk/src"
    shutil.copytree(source, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    routes = tmp_path / "src" / _ROUTES
    routes.write_text(routes.read_text("utf-8") + _ROUTE, "utf-8")
    return tmp_path / "src"


def _with_entry(copy: Path, entry: str) -> None:
    table = copy / _TABLE
    text = table.read_text("utf-8")
    assert text.count(_LAST) == 1
    table.write_text(text.replace(_LAST, _LAST + f'    "GET /contracts/{{contract_id}}/secrets": {entry},\n'), "utf-8")


def _run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_service_with_a_route_that_no_entry_names_does_not_start(copy: Path) -> None:
    done = _run(copy, "-c", _START)
    assert done.returncode != 0
    assert "RouteWithoutRule: helpdesk: GET /api/helpdesk/v1/contracts/{contract_id}/secrets has 0" in done.stderr


def test_a_service_with_an_entry_that_contradicts_its_route_does_not_start(copy: Path) -> None:
    _with_entry(copy, "_WORK")
    done = _run(copy, "-c", _START)
    assert done.returncode != 0
    assert "RuleContradiction: helpdesk: GET" in done.stderr
    assert "needs the scope helpdesk:read, not helpdesk:write" in done.stderr


def test_a_service_with_an_entry_that_no_route_bears_does_not_start(copy: Path) -> None:
    _with_entry(copy, '_FOLLOW, "GET /nowhere": _FOLLOW')
    done = _run(copy, "-c", _START)
    assert done.returncode != 0
    assert "RouteWithoutRule: helpdesk: access rules without a route: ['GET /nowhere']" in done.stderr


def test_an_entry_that_nobody_decided_about_fails_the_test_of_the_decisions(copy: Path) -> None:
    _with_entry(copy, "_FOLLOW")
    assert _run(copy, "-c", _START).returncode == 0
    done = _run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", _TEST)
    assert done.returncode == 1
    assert "contracts/{contract_id}/secrets: nobody decided about it" in done.stdout
