"""A database in whose locale Japanese is no text is refused before anything is kept in it, and not served from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from common.japanese_text import ALIVE, REFUSE_DEAD, JapaneseTextDead
from common.migrations import upgrade
from common.provision import provision, statements
from common.testing import running
from contracts.app import create_app
from contracts.settings import ContractsSettings
from evaluation.postgres import EmbeddedPostgres

NAME = "of_locale_c"


@pytest.fixture
async def dead(postgres_cluster: EmbeddedPostgres, database_name: str) -> AsyncIterator[asyncpg.Connection]:
    """An administrator in an empty database with the locale C; the server has the roles already."""
    admin = await asyncpg.connect(postgres_cluster.admin_url())
    await admin.execute(f"CREATE DATABASE {NAME} TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C' ENCODING 'UTF8'")
    inside = await asyncpg.connect(postgres_cluster.admin_url(NAME), server_settings={"search_path": "extensions"})
    yield inside
    await inside.close()
    await admin.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    await admin.close()


async def test_it_is_not_provisioned_and_the_reason_says_what_to_do(dead: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.RaiseError, match=r"locale of database of_locale_c .* BUILTIN_LOCALE C\.UTF-8"):
        await provision(dead)
    assert await dead.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname = 'contracts'") == 0


async def test_it_is_neither_migrated_nor_served_from(
    dead: asyncpg.Connection, postgres_cluster: EmbeddedPostgres
) -> None:
    for line in statements(NAME):
        if line != REFUSE_DEAD:
            await dead.execute(line)
    assert await dead.fetchval(ALIVE) is False
    with pytest.raises(JapaneseTextDead, match="of_locale_c"):
        await asyncio.to_thread(upgrade, postgres_cluster.admin_url(NAME), "contracts")
    assert await dead.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'contracts'") == 0
    at = datetime(2026, 6, 1, tzinfo=UTC)
    with pytest.raises(JapaneseTextDead, match="of_locale_c"):
        async with running(create_app, ContractsSettings, url=postgres_cluster.role_url("contracts", NAME), at=at):
            pass


async def test_a_restored_database_with_another_locale_is_not_ready(
    postgres_cluster: EmbeddedPostgres, database_name: str
) -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    admin = await asyncpg.connect(postgres_cluster.admin_url(database_name))
    async with running(
        create_app, ContractsSettings, url=postgres_cluster.role_url("contracts", database_name), at=at
    ) as service:
        assert (await service.service.ready())["database"] == "ok"
        # What a locale that knows no Japanese makes of every name.
        await admin.execute(
            "CREATE OR REPLACE FUNCTION extensions.show_trgm(text) RETURNS text[] LANGUAGE sql RETURN '{}'::text[]"
        )
        assert (await service.service.ready())["database"] == "japanese_text_dead"
    await admin.close()
