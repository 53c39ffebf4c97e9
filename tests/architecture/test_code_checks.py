"""The tree passes every check that import-linter cannot make, and each check notices what it is there for."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.architecture.code_checks import CHECKS
from tests.architecture.tree import SourceTree

_LOANER = "services/loaner/src/loaner"
_HELPDESK = "services/helpdesk/src/helpdesk"


class Flaw(NamedTuple):
    """A file that a check must complain about, and the end of its complaint."""

    check: str
    place: str
    text: str
    complaint: str


FLAWS = [
    Flaw("missing_parts", "services/sixth/src/sixth/__init__.py", "", "services/sixth/README.md is missing"),
    Flaw("missing_parts", "services/sixth/src/sixth/app.py", "", "src/sixth/domain is missing"),
    Flaw("folders_without_init", f"{_LOANER}/domain/deep/stray.py", "", "domain/deep has no __init__.py"),
    Flaw("folders_without_init", "services/loaner/src/stray.py", "", "src holds modules beside its package"),
    Flaw(
        "stray_packages",
        "services/loaner/src/second/one.py",
        "",
        "second is a second package of its distribution",
    ),
    Flaw(
        "dynamic_imports",
        f"{_LOANER}/usecases/stray.py",
        "import importlib\nimportlib.import_module('helpdesk.domain')\n",
        "stray.py:2 imports helpdesk.domain by its name",
    ),
    Flaw(
        "dynamic_imports",
        f"{_LOANER}/api/stray.py",
        "contracts = __import__('contracts')\n",
        "stray.py:1 imports contracts by its name",
    ),
    Flaw(
        "dynamic_imports",
        f"{_LOANER}/usecases/stray.py",
        "from importlib import import_module\nimport_module('help' + 'desk')\n",
        "stray.py:2 imports by a computed name",
    ),
    Flaw(
        "dynamic_imports",
        "libs/common/src/common/stray.py",
        "from importlib import import_module\nimport_module('loaner')\n",
        "common/stray.py:2 imports loaner by its name",
    ),
    Flaw(
        "schema_names_in_sql",
        f"{_LOANER}/storage/stray.py",
        "SQL = 'SELECT id FROM helpdesk.inquiry'\n",
        "stray.py:1 names a schema: FROM helpdesk.inquiry",
    ),
    Flaw(
        "schema_names_in_sql",
        f"{_LOANER}/storage/stray.py",
        "kind = 'x'\nSQL = f'UPDATE loaner.unit SET kind = {kind}'\n",
        "stray.py:2 names a schema: UPDATE loaner.unit",
    ),
    Flaw(
        "schema_names_in_sql",
        f"{_HELPDESK}/storage/stray.sql",
        "insert into bus.record values (1)",
        "stray.sql names a schema: into bus.record",
    ),
    Flaw(
        "schema_names_in_sql",
        f"{_HELPDESK}/storage/stray.py",
        "SQL = 'SET search_path = contracts'\n",
        "names a schema: search_path = contracts",
    ),
    Flaw(
        "schema_names_in_sql",
        f"{_HELPDESK}/storage/stray.py",
        "from sqlalchemy import MetaData\nMETADATA = MetaData(schema='helpdesk')\n",
        "stray.py:2 names a schema: helpdesk",
    ),
    Flaw(
        "migrations_that_import_code",
        f"{_LOANER}/migrations/versions/stray.py",
        "from loaner.storage import tables\n",
        "stray.py:1 imports loaner.storage.tables",
    ),
    Flaw(
        "migrations_that_import_code",
        f"{_LOANER}/migrations/stray.py",
        "from loaner.domain import loans\n",
        "stray.py:1 imports loaner.domain.loans",
    ),
    *(
        Flaw("status_numbers_below_the_edge", f"{_LOANER}/{layer}/stray.py", text, complaint)
        for layer, text, complaint in (
            (
                "domain",
                "def refuse(error: object) -> int:\n    return error.status_code\n",
                "speaks of status_code",
            ),
            ("usecases", "refuse(status_code=409)\n", "stray.py:1 speaks of status_code"),
            ("storage", "from http import HTTPStatus\n", "stray.py:1 imports http.HTTPStatus"),
            ("usecases", "raise HTTPException\n", "stray.py:1 speaks of HTTPException"),
        )
    ),
    Flaw("empty_names", f"{_LOANER}/domain/utils.py", "", "domain/utils.py is named utils"),
    Flaw("empty_names", "libs/common/src/common/date_helpers.py", "", "date_helpers.py is named date_helpers"),
    Flaw(
        "empty_names",
        f"{_LOANER}/domain/stray.py",
        "class LoanManager: ...\n",
        "stray.py:1 is named LoanManager",
    ),
    Flaw(
        "impure_domain",
        f"{_LOANER}/domain/stray.py",
        "async def judge(): ...\n",
        "stray.py:1 is asynchronous",
    ),
    Flaw("impure_domain", f"{_LOANER}/domain/stray.py", "from common import clock\n", "imports common.clock"),
    Flaw("impure_domain", f"{_LOANER}/domain/stray.py", "import os\n", "stray.py:1 imports os"),
    Flaw(
        "clocks_read_below_the_edge",
        f"{_LOANER}/usecases/stray.py",
        "from datetime import UTC, datetime\nnow = datetime.now(UTC)\n",
        "stray.py:2 asks datetime.now()",
    ),
    Flaw(
        "clocks_read_below_the_edge",
        f"{_LOANER}/domain/stray.py",
        "import datetime\ntoday = datetime.date.today()\n",
        "stray.py:2 asks date.today()",
    ),
    Flaw(
        "transactions_ended_below_the_edge",
        f"{_LOANER}/usecases/stray.py",
        "async def lend(tx):\n    await tx.commit()\n",
        "stray.py:2 calls commit()",
    ),
    Flaw(
        "mutable_dataclasses",
        f"{_LOANER}/domain/stray.py",
        "from dataclasses import dataclass\n@dataclass\nclass Loan: ...\n",
        "stray.py:3 Loan is not frozen",
    ),
    Flaw(
        "mutable_dataclasses",
        f"{_LOANER}/domain/stray.py",
        "import dataclasses\n@dataclasses.dataclass(slots=True)\nclass Loan: ...\n",
        "stray.py:3 Loan is not frozen",
    ),
]


@pytest.mark.parametrize("check", CHECKS)
def test_the_tree_is_in_order(tree: SourceTree, check: str) -> None:
    complaints = list(CHECKS[check](tree))
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: f"{flaw.check}: {flaw.complaint}")
def test_a_flaw_is_noticed(copy: SourceTree, flaw: Flaw) -> None:
    with copy.with_file(flaw.place, flaw.text, as_package=False):
        complaints = list(CHECKS[flaw.check](copy))
    assert any(complaint.endswith(flaw.complaint) for complaint in complaints), complaints


def test_every_check_is_proved_by_a_flaw() -> None:
    assert set(CHECKS) == {flaw.check for flaw in FLAWS}


@pytest.mark.parametrize(
    "text",
    [
        "TOPIC = 'contracts.billing.v1'\n",
        "SQL = \"SELECT 1 FROM topic WHERE name = 'contracts.billing.v1'\"\n",
        "def read() -> None:\n    '''Facts from contracts.directory are read.'''\n",
        "SQL = 'CREATE FUNCTION count() SET search_path = loaner, pg_temp AS $$ $$'\n",
        "SQL = 'SELECT contracts.id FROM contracts JOIN loans ON loans.id = contracts.id'\n",
    ],
)
def test_what_only_looks_like_a_foreign_schema_is_let_pass(copy: SourceTree, text: str) -> None:
    place = f"{_LOANER}/storage/stray.py"
    with copy.with_file(place, text, as_package=False):
        complaints = list(CHECKS["schema_names_in_sql"](copy))
    assert not [complaint for complaint in complaints if complaint.startswith(place)]
