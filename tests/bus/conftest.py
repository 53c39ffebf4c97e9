from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from common.db import Database
from evaluation.postgres import EmbeddedPostgres
from tests.bus.probe import SERVICE, ProbeDatabases, open_database
from tests.bus.rig import Bench, EmbeddedRig, KafkaRig, Rig


@pytest.fixture(scope="session")
def probe_databases(postgres_cluster: EmbeddedPostgres) -> Iterator[ProbeDatabases]:
    databases = ProbeDatabases(postgres_cluster)
    yield databases
    databases.close()


@pytest.fixture
def probe_database(probe_databases: ProbeDatabases) -> Iterator[str]:
    with probe_databases.database() as name:
        yield name


@pytest.fixture
def probe_url(postgres_cluster: EmbeddedPostgres, probe_database: str) -> str:
    return postgres_cluster.role_url(SERVICE, probe_database)


@pytest.fixture
def probe_admin_url(postgres_cluster: EmbeddedPostgres, probe_database: str) -> str:
    return postgres_cluster.admin_url(probe_database)


@pytest.fixture
async def database(probe_url: str) -> AsyncIterator[Database]:
    opened = await open_database(probe_url)
    yield opened
    await opened.close()


@pytest.fixture
def embedded_rig(postgres_cluster: EmbeddedPostgres, probe_database: str) -> EmbeddedRig:
    return EmbeddedRig(postgres_cluster, probe_database)


@pytest.fixture
async def kafka_rig(kafka_bootstrap: str) -> KafkaRig:
    rig = KafkaRig(kafka_bootstrap)
    await rig.prepare()
    return rig


@pytest.fixture(params=["embedded", "kafka"])
def rig(request: pytest.FixtureRequest) -> Rig:
    found: Rig = request.getfixturevalue(f"{request.param}_rig")
    return found


@pytest.fixture
async def bench(rig: Rig) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        yield Bench(rig, stack)
