"""What the log in PostgreSQL lets a service do: publish to its own topics, read as its own groups, touch no table."""

from __future__ import annotations

import asyncpg
import pytest

from common.bus.embedded import EmbeddedBus
from common.bus.protocol import BusUnavailable, Fenced, Unpublishable
from common.db import Database
from tests.bus.probe import FOREIGN, SERVICE, STATES, THINGS
from tests.bus.rig import a_message

APPEND = "SELECT bus.append(1, ARRAY[$1], ARRAY['k'], ARRAY['{}'], ARRAY['x'::bytea])"


@pytest.mark.parametrize("table", ["topic", "record", "position"])
async def test_refuses_a_service_the_tables_of_the_log(database: Database, table: str) -> None:
    async with database.connection() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT * FROM bus.{table}")


async def test_refuses_a_service_the_topics_of_another(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(APPEND, THINGS)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"loaner\.loans\.v1 belongs to loaner"):
            await connection.execute(APPEND, FOREIGN)


async def test_a_partner_s_request_publishes_nothing_by_itself(database: Database) -> None:
    async with database.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE probe_partner")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(APPEND, THINGS)


@pytest.mark.parametrize("group", ["loaner.projections", "prob", "probes.reactions", ""])
async def test_refuses_a_service_the_groups_of_another(probe_url: str, group: str) -> None:
    subscription = EmbeddedBus(lambda _: probe_url).subscription(SERVICE, group, [THINGS])
    for call in (subscription.fetch(most=1, wait=0), subscription.commit([])):
        with pytest.raises(BusUnavailable, match="InsufficientPrivilege"):
            await call
    await subscription.close()


async def test_a_batch_from_an_older_epoch_is_refused_even_to_other_topics(probe_url: str) -> None:
    bus = EmbeddedBus(lambda _: probe_url)
    older, newer = bus.publisher(SERVICE), bus.publisher(SERVICE)
    await older.open(1)
    await newer.open(2)
    for topic in (THINGS, STATES):
        with pytest.raises(Fenced):
            await older.publish([a_message(topic)])
    with pytest.raises(Fenced):
        await older.open(1)
    await older.close()
    await newer.close()


async def test_names_the_first_message_that_belongs_to_another(probe_url: str) -> None:
    publisher = EmbeddedBus(lambda _: probe_url).publisher(SERVICE)
    await publisher.open(1)
    with pytest.raises(Unpublishable) as refused:
        await publisher.publish([a_message(THINGS), a_message(FOREIGN), a_message(THINGS), a_message(FOREIGN)])
    assert refused.value.index == 1
    await publisher.close()


async def test_waiting_members_and_idle_fetches_write_nothing(probe_url: str, database: Database) -> None:
    bus = EmbeddedBus(lambda _: probe_url)
    members = [bus.subscription(SERVICE, "probe.readers", [THINGS]) for _ in range(2)]
    for member in members:
        await member.fetch(most=1, wait=0)
    async with database.connection() as connection:
        first = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")
        for member in members * 5:
            await member.fetch(most=1, wait=0)
        last = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")
    assert last == first + 1
    for member in members:
        await member.close()
