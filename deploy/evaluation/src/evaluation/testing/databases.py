"""A fresh, migrated database for every test, copied from one template per session."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.resources import files
from itertools import count
from typing import Any, TypeVar

import asyncpg

from common.provision import SERVICES, database_statements, provision
from evaluation.postgres import EmbeddedPostgres

T = TypeVar("T")

TEMPLATE = "template_anshin"


class Administrator:
    """One administrator's connection on a loop in a thread of its own.

    Fixtures are plain functions and tests are coroutines; neither then depends on the other's event loop.
    """

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="administrator")
        self._connection: asyncpg.Connection[Any] = self.call(asyncpg.connect(url))

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the administrator's loop and hand back what it returns or raises."""
        return self._thread.submit(self._runner.run, work).result()

    def execute(self, *statements: str) -> None:
        """Run statements one by one, each in its own transaction."""
        for statement in statements:
            self.call(self._connection.execute(statement))

    def close(self) -> None:
        """Close the connection and end the thread."""
        self.call(self._connection.close())
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()


class TemplateDatabases:
    """Makes databases as copies of one that was provisioned and migrated for each service with migrations."""

    def __init__(self, cluster: EmbeddedPostgres) -> None:
        self._cluster = cluster
        self._administrator = Administrator(cluster.admin_url())
        self._numbers = count(1)

    def prepare(self) -> None:
        """Make the template, anew if there is one: roles, schemas, extensions, the embedded bus, all migrations."""
        self._administrator.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)", f"CREATE DATABASE {TEMPLATE}")
        self._administrator.call(_provision(self._cluster.admin_url(TEMPLATE)))
        self._administrator.call(asyncio.to_thread(_migrate, self._cluster.admin_url(TEMPLATE)))

    @contextmanager
    def database(self) -> Iterator[str]:
        """The name of a copy that lives as long as the block; connections left open in it are cut off."""
        name = f"t_{next(self._numbers)}"
        # Without fsync, copying files takes a third of the time of writing the copy to the log.
        self._administrator.execute(
            f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy", *database_statements(name)
        )
        try:
            yield name
        finally:
            self._administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """End the administrator's connection; the databases end with the cluster."""
        self._administrator.close()


async def _provision(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await provision(connection)
    finally:
        await connection.close()


def _migrate(url: str) -> None:
    # Alembic takes a third of a second to import, which sessions without a database need not spend.
    from common.bus.embedded import install  # noqa: PLC0415
    from common.migrations import upgrade  # noqa: PLC0415

    install(url)
    for service in SERVICES:
        if files(service).joinpath("migrations", "env.py").is_file():
            upgrade(url, service)
