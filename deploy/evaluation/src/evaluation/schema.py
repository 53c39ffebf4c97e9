"""Bringing the evaluation database up to date, quickly when it already is."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.resources
import subprocess
import sys
from pathlib import Path

import asyncpg

from common.provision import SERVICES, provision

DATABASE = "anshin"


def _code_stamp() -> str:
    """A hash over all that makes the schema: provisioning, the bus, every migration."""
    seen = hashlib.sha256()
    folders = [
        importlib.resources.files("common.events"),
        *(importlib.resources.files(service) / "migrations" / "versions" for service in SERVICES),
    ]
    files = [
        importlib.resources.files("common") / "provision.py",
        importlib.resources.files("common") / "migrations.py",
        importlib.resources.files("common") / "tables.py",
        importlib.resources.files("common.bus") / "embedded.sql",
        *(file for folder in folders for file in sorted(folder.iterdir(), key=lambda f: f.name)),
    ]
    for file in files:
        if file.name.endswith((".py", ".sql")):
            seen.update(file.read_bytes())
    return seen.hexdigest()


def bring_up_to_date(admin_url: str, database_url: str, stamp_file: Path) -> None:
    """Make database, roles, embedded bus and all schemas; nothing when `stamp_file` says that it was done.

    Done by a process of its own, so that this one may read its services meanwhile. Raises `CalledProcessError`.
    """
    stamp = _code_stamp()
    if stamp_file.exists() and stamp_file.read_text() == stamp:
        return
    subprocess.run([sys.executable, "-m", "evaluation.schema", admin_url, database_url], check=True)  # noqa: S603
    stamp_file.write_text(stamp)


def make(admin_url: str, database_url: str) -> None:
    """Make or renew everything in the database, step by step; each step may be done again."""
    # Alembic takes a third of a second to import, which a start with nothing to migrate need not spend.
    from common.bus.embedded import install  # noqa: PLC0415
    from common.migrations import upgrade  # noqa: PLC0415

    asyncio.run(_prepare(admin_url, database_url))
    install(database_url)
    for service in SERVICES:
        upgrade(database_url, service)


async def _prepare(admin_url: str, database_url: str) -> None:
    admin = await asyncpg.connect(admin_url)
    if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
        await admin.execute(f"CREATE DATABASE {DATABASE}")
    await admin.close()
    connection = await asyncpg.connect(database_url)
    await provision(connection)
    await connection.close()


if __name__ == "__main__":
    make(*sys.argv[1:])
