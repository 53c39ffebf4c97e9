from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from common.provision import provision
from evaluation.kafka import KafkaFailed, find_java, jar_folder
from evaluation.postgres import EmbeddedPostgres

Connect = Callable[[str], Awaitable[asyncpg.Connection]]


def _why_no_own_node() -> str | None:
    """Why this machine cannot run a Kafka node of its own; None when it can."""
    if find_java() is None:
        return "no Java 17 or newer"
    try:
        jar_folder()
    except KafkaFailed as error:
        return str(error).split("\n", 1)[0]
    return None


# The rig of the own Kafka node is proved where one can be run; elsewhere tests take another Kafka.
_NO_OWN_NODE = _why_no_own_node()
collect_ignore = ["test_kafka_rig.py"] if _NO_OWN_NODE else []

_numbers = count(1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _NO_OWN_NODE:
        terminalreporter.line(f"The rig of the own Kafka node was NOT TESTED: {_NO_OWN_NODE}", yellow=True)


@pytest.fixture
async def bare_database(postgres_cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """A database with roles, schemas and extensions, and no service's tables."""
    name = f"bare_{next(_numbers)}"
    admin = await asyncpg.connect(postgres_cluster.admin_url())
    await admin.execute(f"CREATE DATABASE {name}")
    inside = await asyncpg.connect(postgres_cluster.admin_url(name))
    await provision(inside)
    await inside.close()
    yield name
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def connect(postgres_cluster: EmbeddedPostgres, bare_database: str) -> AsyncIterator[Connect]:
    """Log in to the bare database as a role; closed after the test."""
    async with AsyncExitStack() as open_connections:

        async def log_in(role: str) -> asyncpg.Connection:
            connection = await asyncpg.connect(postgres_cluster.role_url(role, bare_database))
            open_connections.push_async_callback(connection.close)
            return connection

        yield log_in


@pytest.fixture
def empty_server(short_lived_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server of this test's own, on which nothing has been provisioned."""
    with EmbeddedPostgres(short_lived_folder / f"empty-{next(_numbers)}", fast=True) as server:
        yield server


@pytest.fixture
async def empty_server_admin(empty_server: EmbeddedPostgres) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(empty_server.admin_url())
    yield connection
    await connection.close()
