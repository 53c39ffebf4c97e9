"""The real parts under the tests: PostgreSQL and Kafka, started when the first test asks, stopped at the end.

Each pytest process (each worker of pytest-xdist, too) has parts of its own: nothing is shared, nothing to
agree on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evaluation.postgres import EmbeddedPostgres
from evaluation.testing.databases import TemplateDatabases
from evaluation.testing.kafka_sources import FoundKafka, Source, find_kafka
from evaluation.testing.keycloak_sources import FoundKeycloak, KeycloakSource, find_keycloak
from evaluation.testing.scratch import scratch_folder, scratch_place

_KAFKA_SOURCE = pytest.StashKey[Source]()
_KEYCLOAK_SOURCE = pytest.StashKey[KeycloakSource]()


@pytest.fixture(scope="session")
def short_lived_folder() -> Iterator[Path]:
    """A folder for servers, removed at the end. Pytest's own has long paths and lets no other account in."""
    with scratch_folder(scratch_place()) as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_cluster(short_lived_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server of this session."""
    with EmbeddedPostgres(short_lived_folder / "postgres", fast=True) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def template_databases(postgres_cluster: EmbeddedPostgres) -> Iterator[TemplateDatabases]:
    """What makes databases in it, with every service's schema."""
    databases = TemplateDatabases(postgres_cluster)
    try:
        databases.prepare()
        yield databases
    finally:
        databases.close()


@pytest.fixture
def database_name(template_databases: TemplateDatabases) -> Iterator[str]:
    """A database of this test's own: provisioned, migrated, empty."""
    with template_databases.database() as name:
        yield name


@pytest.fixture
def admin_url(postgres_cluster: EmbeddedPostgres, database_name: str) -> str:
    """Where a superuser reaches this test's database."""
    return postgres_cluster.admin_url(database_name)


@pytest.fixture
def service_url(postgres_cluster: EmbeddedPostgres, database_name: str) -> Callable[[str], str]:
    """Where a service's role (`"mdm_gateway"`) reaches this test's database."""
    return lambda service: postgres_cluster.role_url(service, database_name)


@pytest.fixture(scope="session")
def kafka(short_lived_folder: Path, pytestconfig: pytest.Config) -> Iterator[FoundKafka]:
    """The Kafka of this session, real wherever one can be had."""
    found = find_kafka(short_lived_folder / "kafka")
    pytestconfig.stash[_KAFKA_SOURCE] = found.source
    try:
        yield found
    finally:
        found.close()


@pytest.fixture(scope="session")
def kafka_bootstrap(kafka: FoundKafka) -> str:
    """`host:port` of the session's Kafka."""
    return kafka.bootstrap


@pytest.fixture(scope="session")
def keycloak(short_lived_folder: Path, pytestconfig: pytest.Config) -> Iterator[FoundKeycloak]:
    """The Keycloak of this session, always a real one."""
    found = find_keycloak(short_lived_folder / "keycloak")
    pytestconfig.stash[_KEYCLOAK_SOURCE] = found.source
    try:
        yield found
    finally:
        found.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which Kafka and which Keycloak were behind the tests, and loudly when the Kafka was none."""
    if keycloak := config.stash.get(_KEYCLOAK_SOURCE, None):
        terminalreporter.line(f"Keycloak: {keycloak}")
    source = config.stash.get(_KAFKA_SOURCE, None)
    if source is Source.IMITATION:
        terminalreporter.section("REAL KAFKA WAS NOT TESTED", red=True, bold=True)
        terminalreporter.line(f"Tests ran against {source}.")
        terminalreporter.line("Give TEST_KAFKA_BOOTSTRAP, or a Docker daemon, or Java 17+ and Maven.")
    elif source is not None:
        terminalreporter.line(f"Kafka: {source}")
