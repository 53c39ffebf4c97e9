"""Suites that run as their users run them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evaluation.postgres import EmbeddedPostgres
from evaluation.testing.databases import TemplateDatabases
from evaluation.testing.suite_process import SuiteProcess


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A data directory that may hold a server's socket (short path), removed at the end."""
    with tempfile.TemporaryDirectory(prefix="anshin-e2e-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def module_service_url(
    postgres_cluster: EmbeddedPostgres, template_databases: TemplateDatabases
) -> Iterator[Callable[[str], str]]:
    """Where a service's role reaches a database that a module's tests share."""
    with template_databases.database() as name:
        yield lambda service: postgres_cluster.role_url(service, name)


@pytest.fixture(scope="module")
def suite(data_dir: Path) -> Iterator[SuiteProcess]:
    """A suite on an empty data directory, without the demo."""
    with SuiteProcess(data_dir / "data") as running:
        yield running
