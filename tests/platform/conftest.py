from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from common.provision import provision
from evaluation.kafka import find_java
from evaluation.postgres import EmbeddedPostgres

Connect = Callable[[str], Awaitable[asyncpg.Connection]]

# The rig of the own Kafka node is proved where Java and Maven can start one; elsewhere tests take another Kafka.
_OWN_NODE = find_java() is not None and shutil.which("mvn") is not None
collect_ignore = [] if _OWN_NODE else ["test_kafka_rig.py"]

_numbers = count(1)


def pytest_report_header() -> str:
    return f"own Kafka node: {'tested' if _OWN_NODE else 'NOT TESTED, needs Java 17+ and Maven'}"


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
