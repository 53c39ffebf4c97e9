"""The migrated schema and the tables in code are one."""

from __future__ import annotations

from common.migrations import check
from helpdesk.storage.tables import metadata


def test_the_migrated_schema_is_what_the_code_says(admin_url: str) -> None:
    assert check(admin_url, "helpdesk", metadata) == []
