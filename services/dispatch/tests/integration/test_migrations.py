"""The schema that migrations make is the one the code speaks of."""

from __future__ import annotations

from common.migrations import check
from dispatch.storage.tables import metadata


def test_the_migrated_schema_is_the_one_in_code(admin_url: str) -> None:
    assert check(admin_url, "dispatch", metadata) == []
