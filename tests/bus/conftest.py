from __future__ import annotations

import os
import random
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from common.db import Database
from evaluation.kafka import KafkaServer, find_java
from evaluation.postgres import EmbeddedPostgres
from evaluation.testing.databases import Administrator
from evaluation.testing.kafka_sources import FoundKafka, docker_answers
from tests.bus.probe import SERVICE, ProbeDatabases, open_database
from tests.bus.rig import Bench, EmbeddedRig, KafkaRig, Rig
from tests.bus.slaughter import Launch, end, start
from tests.bus.story import Story


def real_kafka_is_near() -> bool:
    """Whether a real Kafka is to be expected: one was given, this is CI, or this machine can run one."""
    told = os.environ.get("TEST_KAFKA_BOOTSTRAP") or os.environ.get("CI", "").lower() not in {"", "0", "false"}
    docker = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    return bool(told) or (find_java() is not None and shutil.which("mvn") is not None) or docker_answers(docker)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "imitation_suffices: Kafka's imitation can do this; it knows no transactions")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where only the imitation of Kafka can be had, it gets the tests it can answer; the summary says so loudly."""
    beyond = [item for item in items if _on_kafka(item) and item.get_closest_marker("imitation_suffices") is None]
    if beyond and not real_kafka_is_near():
        config.hook.pytest_deselected(items=beyond)
        items[:] = [item for item in items if item not in beyond]


def _on_kafka(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function) or not item.path.is_relative_to(Path(__file__).parent):
        return False
    chosen = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return "kafka" in chosen or not {"kafka_place", "kafka_rig", "mortal_kafka"}.isdisjoint(item.fixturenames)


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
def story(probe_admin_url: str) -> Iterator[Story]:
    administrator = Administrator(probe_admin_url)
    yield Story(administrator)
    administrator.close()


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("ANSHIN_KILL_SEED", random.SystemRandom().randrange(2**32)))


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start workers that do not outlive the test."""
    workers: list[ForkServerProcess] = []

    def launched(work: Callable[..., None], *arguments: object) -> ForkServerProcess:
        workers.append(start(work, *arguments))
        return workers[-1]

    yield launched
    end(workers)


@pytest.fixture
def mortal_kafka(short_lived_folder: Path) -> Iterator[KafkaServer]:
    """A real broker of the test's own, which it may kill; it lets a group miss a dead member after two seconds."""
    with KafkaServer(short_lived_folder / "kafka-mortal", {"group.min.session.timeout.ms": "2000"}) as server:
        yield server


@pytest.fixture
async def database(probe_url: str) -> AsyncIterator[Database]:
    opened = await open_database(probe_url)
    yield opened
    await opened.close()


@pytest.fixture
def embedded_rig(postgres_cluster: EmbeddedPostgres, probe_database: str) -> EmbeddedRig:
    return EmbeddedRig(postgres_cluster, probe_database)


@pytest.fixture
async def kafka_rig(kafka: FoundKafka) -> KafkaRig:
    rig = KafkaRig(kafka.bootstrap, real=kafka.real)
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
