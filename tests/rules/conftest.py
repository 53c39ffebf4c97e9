"""The checkout whose rules are proved."""

from __future__ import annotations

import pytest

from tests.architecture.tree import CHECKOUT, SourceTree


@pytest.fixture(scope="session")
def tree() -> SourceTree:
    """The sources as they stand."""
    return SourceTree(CHECKOUT)
