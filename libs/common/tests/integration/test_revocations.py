"""Every request looks into the list, from memory; what the table says is known within half a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from common.db import ConnectionLost, Database
from common.revocation import FRESH_SECONDS, Revocations, TokenIsRevoked, struck_now
from common.testing import RunningService
from common.two_people import Signatory

THINGS = "/api/loaner/v1/things"
WHO = Signatory(subject="op-sato", person="op-sato", token_issued_at=datetime(2026, 6, 1, tzinfo=UTC))
_ADD = """
INSERT INTO token_revocation (id, kind, value, partner, issued_before, version, revoked_at, revoked_by)
VALUES ($1, $2, $3, $4, CASE WHEN $2 <> 'token' THEN now() END, 1, now(), 'sv-mori')
"""


async def strike(suite: RunningService, kind: str, value: str, partner: str | None = None) -> None:
    async with suite.transaction() as tx:
        await tx.connection.execute(_ADD, f"rvk_{kind}_{value}", kind, value, partner)


async def change(suite: RunningService, sql: str) -> None:
    async with suite.transaction() as tx:
        await tx.connection.execute(sql)


class Counting:
    """A database that counts who takes a connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.taken = 0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        self.taken += 1
        async with self._database.connection() as connection:
            yield connection


class Looking:
    """The list in a process whose time the test moves."""

    def __init__(self, suite: RunningService) -> None:
        self.seconds = 100.0
        self.database = Counting(suite.database)
        self._revocations = Revocations(self.database, clock=lambda: self.seconds)  # type: ignore[arg-type]

    async def struck(self, who: Signatory = WHO, partner: str | None = None) -> bool:
        return await self._revocations.struck(who, partner) is not None

    async def later(self) -> bool:
        self.seconds += FRESH_SECONDS
        return await self.struck()


async def test_a_revoked_token_is_refused_and_a_lifted_one_taken_again(suite: RunningService) -> None:
    sato, mori = suite.client(subject="op-sato"), suite.client(subject="op-mori")
    assert (await sato.get(THINGS)).status_code == 200
    await strike(suite, "subject", "op-sato")
    await asyncio.sleep(FRESH_SECONDS)
    refused = await sato.get(THINGS, headers={"Accept-Language": "ja"})
    assert (refused.status_code, refused.json()["code"]) == (401, "token_revoked")
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert refused.json()["title"] == "このアクセストークンは失効しています。"
    assert (await sato.post(THINGS, json={"name": "never made"})).status_code == 401
    assert [item["name"] for item in (await mori.get(THINGS)).json()["items"]] == []
    await change(suite, "UPDATE token_revocation SET lifted_at = now(), version = version + 1")
    await asyncio.sleep(FRESH_SECONDS)
    assert (await sato.get(THINGS)).status_code == 200


async def test_a_tenants_revocation_reaches_nobody_elses_token(suite: RunningService) -> None:
    programs = {name: suite.client("partner", subject="api", partner=name) for name in ("partner-one", "partner-two")}
    await strike(suite, "subject", "api", "partner-one")
    statuses = {partner: (await client.get(THINGS)).status_code for partner, client in programs.items()}
    assert statuses == {"partner-one": 401, "partner-two": 200}


async def test_the_table_is_asked_twice_a_second_at_most_and_read_only_when_it_changed(suite: RunningService) -> None:
    looking = Looking(suite)
    found = await asyncio.gather(*(looking.struck() for _ in range(200)))
    assert (set(found), looking.database.taken) == ({False}, 1)
    await strike(suite, "subject", "op-sato")
    assert await looking.struck() is False, "known from then on"
    assert await looking.later() is True
    assert looking.database.taken == 2
    known: Any = looking._revocations._list
    assert await looking.later() is True
    assert looking._revocations._list is known, "nothing changed, nothing was read"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE token_revocation SET lifted_at = now(), version = version + 1",
        "DELETE FROM token_revocation",
    ],
)
async def test_whatever_changes_the_list_is_noticed(suite: RunningService, sql: str) -> None:
    looking = Looking(suite)
    await strike(suite, "subject", "op-sato")
    await strike(suite, "token", "tok_1")
    assert await looking.struck() is True
    await change(suite, sql)
    assert await looking.later() is False
    await change(suite, "DELETE FROM token_revocation")
    await strike(suite, "subject", "op-other")
    await strike(suite, "subject", "op-sato")
    assert await looking.later() is True


async def test_a_list_that_cannot_be_compared_opens_nothing(suite: RunningService) -> None:
    looking = Looking(suite)
    assert await looking.struck() is False
    await suite.database.close()
    looking.seconds += FRESH_SECONDS
    with pytest.raises(ConnectionLost):
        await looking.struck()


async def test_a_use_case_asks_the_table_itself(suite: RunningService) -> None:
    await strike(suite, "person", "op-sato")
    async with suite.transaction() as tx:
        found = await struck_now(tx, WHO, None)
        assert found is not None
        assert found.kind == "person"
        assert await struck_now(tx, Signatory(subject="op-mori", person="E-2"), None) is None


async def test_the_refusal_says_which_kind_and_no_more() -> None:
    assert TokenIsRevoked(revoked="subject").why == {"revoked": "subject"}
