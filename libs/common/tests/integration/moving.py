"""A database moved to another cluster the way operators do it: dumped there, restored here."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE

import asyncpg

from common.provision import provision
from evaluation.postgres import EmbeddedPostgres
from evaluation.postgres_directory import programs


async def copy_of(cluster: EmbeddedPostgres, database: str, elsewhere: EmbeddedPostgres) -> str:
    """The schema `loaner` of `database` in a new database of `elsewhere`; the URL of its service role."""
    connection = await asyncpg.connect(elsewhere.admin_url())
    await connection.execute(f"CREATE DATABASE {database}")
    await connection.close()
    connection = await asyncpg.connect(elsewhere.admin_url(database))
    await provision(connection)
    await connection.execute("DROP SCHEMA loaner CASCADE")
    await connection.close()
    dump = await _run("pg_dump", "--format=custom", "--schema=loaner", f"--dbname={cluster.admin_url(database)}")
    await _run("pg_restore", "--exit-on-error", f"--dbname={elsewhere.admin_url(database)}", told=dump)
    return elsewhere.role_url("loaner", database)


async def _run(program: str, *arguments: str, told: bytes | None = None) -> bytes:
    process = await asyncio.create_subprocess_exec(
        programs() / program, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    out, complaints = await process.communicate(told)
    assert process.returncode == 0, complaints.decode()
    return out
