"""Each service's migrations are one line, in the order of their file names."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HISTORIES = sorted(ROOT.glob("services/*/src/*/migrations/versions"))


def revisions(history: Path) -> list[tuple[str, str, str | None]]:
    """Number of the file, revision and the one before it, by file name."""
    found = []
    for file in sorted(history.glob("[0-9]*.py")):
        words = dict(re.findall(r"^(revision|down_revision) = (.+)$", file.read_text("utf-8"), re.MULTILINE))
        before = words["down_revision"].strip('"')
        found.append((file.name.split("_")[0], words["revision"].strip('"'), None if before == "None" else before))
    return found


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.parents[1].name)
def test_no_revision_exists_twice_and_each_follows_the_one_before(history: Path) -> None:
    found = revisions(history)
    assert found
    assert [revision for _, revision, _ in found] == [number for number, _, _ in found]
    assert found[0][2] is None
    assert [(one, two[2]) for (_, one, _), two in pairwise(found)] == [(one, one) for (_, one, _), _ in pairwise(found)]
