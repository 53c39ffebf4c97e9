"""A schema of an earlier revision is brought to what a new one has from the beginning."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest

from common.migrations import check, upgrade
from common.provision import SERVICES, statements
from evaluation.testing.databases import Administrator

BEFORE = {"contracts": "0002"}
"""The last revision that knew nothing of them; of the others it is their first."""


@pytest.mark.parametrize("service", SERVICES)
def test_dead_letters_and_consumer_reports_come_to_a_schema_that_lacks_them(
    service: str, service_url: Callable[[str], str], admin_url: str, database_name: str
) -> None:
    administrator = Administrator(admin_url)
    administrator.execute(f"DROP SCHEMA {service} CASCADE", *statements(database_name))
    upgrade(admin_url, service, to=BEFORE.get(service, "0001"))
    administrator.execute(
        f"ALTER TABLE {service}.dead_letter DROP COLUMN redriven_at, DROP COLUMN redriven_by",
        f"DROP TABLE {service}.consumer_report",
    )
    administrator.close()
    metadata = import_module(f"{service}.storage.tables").metadata
    assert check(admin_url, service, metadata) != []

    upgrade(admin_url, service)
    assert check(admin_url, service, metadata) == []
    login = Administrator(service_url(service))
    login.execute(
        "INSERT INTO consumer_report (consumer_group, member, stopped) VALUES ('a', 'b', false)",
        "UPDATE dead_letter SET redriven_by = 'sup-abe'",
    )
    login.close()
