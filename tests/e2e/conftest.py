"""Suites that run as their users run them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluation.testing.suite_process import SuiteProcess


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A data directory that may hold a server's socket (short path), removed at the end."""
    with tempfile.TemporaryDirectory(prefix="anshin-e2e-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def suite(data_dir: Path) -> Iterator[SuiteProcess]:
    """A suite on an empty data directory, without the demo."""
    with SuiteProcess(data_dir / "data") as running:
        yield running
