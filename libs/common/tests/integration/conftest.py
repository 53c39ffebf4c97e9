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
from common.provision import provision
from common.testing import RunningService, running
from evaluation.postgres import EmbeddedPostgres
from libs.common.tests.integration import probe

_numbers = count(1)


async def _make(cluster: EmbeddedPostgres, name: str) -> None:
    admin = await asyncpg.connect(cluster.admin_url())
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    connection = await asyncpg.connect(cluster.admin_url(name))
    await provision(connection)
    await connection.close()
    await install_bus(cluster.admin_url(name))
    await probe.lay_schema(cluster.admin_url(name))


@pytest.fixture
def probe_database(postgres_cluster: EmbeddedPostgres) -> str:
    """A database that holds the probe's schema and the bus."""
    name = f"probe_{next(_numbers)}"
    asyncio.run(_make(postgres_cluster, name))
    return name


@pytest.fixture
async def suite(postgres_cluster: EmbeddedPostgres, probe_database: str) -> AsyncIterator[RunningService]:
    """The probe, started."""
    url = postgres_cluster.role_url("loaner", probe_database)
    at = datetime(2026, 6, 1, 10, tzinfo=JST)
    async with running(probe.create_app, probe.ProbeSettings, url=url, at=at) as started:
        yield started
