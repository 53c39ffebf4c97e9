"""The probe service on a database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from itertools import count

import asyncpg
import pytest

from common.bus.embedded import install_bus
from common.civil import JST
from common.provision import database_statements, provision
from common.testing import RunningService, running
from evaluation.postgres import EmbeddedPostgres
from libs.common.tests.integration import probe

TEMPLATE = "template_probe"
_numbers = count(1)


async def _administer(cluster: EmbeddedPostgres, *statements: str) -> None:
    admin = await asyncpg.connect(cluster.admin_url())
    for statement in statements:
        await admin.execute(statement)
    await admin.close()


async def _lay_template(cluster: EmbeddedPostgres) -> None:
    await _administer(cluster, f"CREATE DATABASE {TEMPLATE}")
    connection = await asyncpg.connect(cluster.admin_url(TEMPLATE))
    await provision(connection)
    await connection.close()
    await install_bus(cluster.admin_url(TEMPLATE))
    await probe.lay_schema(cluster.admin_url(TEMPLATE))


@pytest.fixture(scope="session")
def probe_template(postgres_cluster: EmbeddedPostgres) -> str:
    """A database that holds the probe's schema and the bus, to be copied."""
    asyncio.run(_lay_template(postgres_cluster))
    return TEMPLATE


@pytest.fixture
def probe_database(postgres_cluster: EmbeddedPostgres, probe_template: str) -> str:
    """A database of this test's own."""
    name = f"probe_{next(_numbers)}"
    create = f"CREATE DATABASE {name} TEMPLATE {probe_template} STRATEGY file_copy"
    asyncio.run(_administer(postgres_cluster, create, *database_statements(name)))
    return name


@pytest.fixture
async def suite(postgres_cluster: EmbeddedPostgres, probe_database: str) -> AsyncIterator[RunningService]:
    """The probe, started."""
    url = postgres_cluster.role_url("loaner", probe_database)
    at = datetime(2026, 6, 1, 10, tzinfo=JST)
    async with running(probe.create_app, probe.ProbeSettings, url=url, at=at) as started:
        yield started
