"""The checkout, and one copy of it that tests may break."""

from __future__ import annotations

import pytest

from tests.architecture.tree import CHECKOUT, SourceTree


@pytest.fixture(scope="session")
def tree() -> SourceTree:
    """The sources as they stand."""
    return SourceTree(CHECKOUT)


@pytest.fixture(scope="session")
def copy(tree: SourceTree, tmp_path_factory: pytest.TempPathFactory) -> SourceTree:
    """A copy made once; each test adds one file to it and takes it away again."""
    return tree.copy_to(tmp_path_factory.mktemp("copy"))
