"""The story of a case cannot be changed unseen: not a column, not an entry, not a seal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from common.context import system_context
from common.db import Tx
from common.events.mdm_gateway import CommandApproved
from common.testing import RunningService
from common.verifying import Flaw, Verification
from helpdesk.storage.tables import case_entry
from helpdesk.testing import API, CONTRACT, a_booked_visit, accepted, entitlements, get, post, tell, told
from helpdesk.usecases.inquiry_story import verify_story

FORGERIES = [
    ("number", "DEFAULT"), ("txid", "txid - 1"), ("inquiry_id", "'inq_other'"), ("contract_id", "'ctr_other'"),
    ("event_id", "'evt_other'"), ("event_id", "NULL"), ("source", "'loaner'"), ("type", "'InquiryClosed'"),
    ("actor", "'op-other'"), ("at", "at + interval '1 microsecond'"), ("facts", "facts || '{\"kind\": \"how_to\"}'"),
    ("facts", "facts - 'actor'"),
]  # fmt: skip


@pytest.fixture
async def forger(admin_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser whom no trigger stops."""
    settings = {"search_path": "helpdesk, extensions", "session_replication_role": "replica"}
    connection = await asyncpg.connect(admin_url, server_settings=settings)
    yield connection
    await connection.close()


async def after(forger: asyncpg.Connection, inquiry: str, *forged: str) -> list[Verification]:
    """What a verification finds after these statements, which are then taken back."""
    transaction = forger.transaction()
    await transaction.start()
    try:
        for statement in forged:
            await forger.execute(statement)
        return await verify_story(inquiry, Tx(forger, system_context("helpdesk"), "helpdesk"))
    finally:
        await transaction.rollback()


async def a_story(suite: RunningService, client: httpx.AsyncClient, visit: str = "vis_1") -> str:
    """A case with facts of its own, sealed, then one of another service, sealed, too."""
    inquiry = str((await accepted(client))["id"])
    await post(client, f"/inquiries/{inquiry}/waiting", {"reason": "asks at home"})
    await suite.service.sealer().seal()
    await told(suite, a_booked_visit(inquiry_id=inquiry, visit_id=visit), visit, 1)
    await suite.service.sealer().seal()
    return inquiry


def flaws(found: list[Verification]) -> set[Flaw]:
    return {finding.flaw for each in found for finding in each.findings}


async def test_every_forged_column_removed_entry_and_seal_is_found(
    suite: RunningService, operator: httpx.AsyncClient, forger: asyncpg.Connection
) -> None:
    inquiry, other = await a_story(suite, operator), await a_story(suite, operator, "vis_2")
    verified = await get(operator, f"/inquiries/{inquiry}/timeline/verification")
    assert (verified["sound"], verified["items"][0]["seals"], verified["items"][0]["waiting"]) == (True, 2, 0)
    assert verified["items"][0]["entries"] == len((await get(operator, f"/inquiries/{inquiry}/timeline"))["items"])
    assert {column for column, _ in FORGERIES} == set(case_entry.c.keys())
    of_case = f"WHERE inquiry_id = '{inquiry}'"
    first = f"WHERE number = (SELECT min(number) FROM case_entry {of_case})"
    for column, value in FORGERIES:
        forged = f"UPDATE case_entry SET {column} = {value} {first}"
        assert flaws(await after(forger, inquiry, forged)) & {Flaw.CHANGED, Flaw.REMOVED}, (column, value)
        assert flaws(await after(forger, other, forged)) == set()
    last = first.replace("min(", "max(")
    chain = f"WHERE chain = 'case:{inquiry}'"
    copied = "inquiry_id, contract_id, event_id || 'x', source, type, actor, at, facts"
    put_in = f"INSERT INTO case_entry (txid, {copied.replace(' || ', '').replace(chr(39) + 'x' + chr(39), '')}) "
    cases: dict[str, Flaw] = {
        f"DELETE FROM case_entry {first}": Flaw.REMOVED,
        f"DELETE FROM case_entry {last}": Flaw.REMOVED,
        f"{put_in} SELECT 3, {copied} FROM case_entry {first}": Flaw.INSERTED,
        f"UPDATE seal SET entries = entries + 1 {chain} AND sequence = 1": Flaw.SEAL_CHANGED,
        f"DELETE FROM seal {chain} AND sequence = 1": Flaw.SEAL_MISSING,
        f"UPDATE seal SET hash = sha256('x') {chain} AND sequence = 1": Flaw.CHAIN_BROKEN,
    }
    for forged, flaw in cases.items():
        assert flaw in flaws(await after(forger, inquiry, forged)), forged
    gone = [f"DELETE FROM {table} {chain}" for table in ("seal", "seal_link")]
    assert flaws(await after(forger, inquiry, f"DELETE FROM case_entry {of_case}", *gone)) == {Flaw.REMOVED}
    assert flaws(await verify_all(suite, inquiry)) == set()


async def verify_all(suite: RunningService, inquiry: str) -> list[Verification]:
    async with suite.transaction() as tx:
        return await verify_story(inquiry, tx)


async def test_nobody_who_serves_requests_may_change_a_story(
    suite: RunningService, operator: httpx.AsyncClient, admin_url: str
) -> None:
    await a_story(suite, operator)
    for statement in ("UPDATE case_entry SET actor = 'x'", "DELETE FROM case_entry", "TRUNCATE case_entry"):
        async with suite.transaction() as tx:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with tx.savepoint():
                    await tx.connection.execute(statement)
    admin = await asyncpg.connect(admin_url, server_settings={"search_path": "helpdesk"})
    with pytest.raises(asyncpg.RestrictViolationError):
        await admin.execute("DELETE FROM case_entry")
    await admin.close()


async def test_what_many_write_while_many_seal_is_sealed_once(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(contract_id="ctr_many"))
    ids = [str((await accepted(operator, contract_id="ctr_many"))["id"]) for _ in range(4)]

    async def work(inquiry: str) -> None:
        for path in ("waiting", "resumption") * 3:
            await post(operator, f"/inquiries/{inquiry}/{path}", {"reason": "x"} if path == "waiting" else {})

    async def sealing() -> None:
        for _ in range(8):
            await suite.service.sealer().seal()

    await asyncio.gather(*map(work, ids), sealing(), sealing())
    await suite.service.sealer().seal()
    for inquiry in ids:
        (found,) = await verify_all(suite, inquiry)
        assert (found.sound, found.waiting) == (True, 0)
        assert found.entries == len((await get(operator, f"/inquiries/{inquiry}/timeline"))["items"])
    async with suite.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM case_unsealed") == 0


async def test_a_merged_case_is_verified_with_its_parts_and_a_new_entry_waits(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    target, source = await a_story(suite, operator), await a_story(suite, operator, "vis_2")
    await post(operator, "/merges", {"source_id": source, "target_id": target})
    found = await get(operator, f"/inquiries/{target}/timeline/verification")
    assert [each["chain"] for each in found["items"]] == [f"case:{target}", f"case:{source}"]
    assert (found["sound"], [each["waiting"] for each in found["items"]]) == (True, [0, 1])
    assert (await operator.get(f"{API}/inquiries/inq_none/timeline/verification")).json()["code"] == "inquiry_unknown"


async def test_the_story_names_the_second_person(suite: RunningService, operator: httpx.AsyncClient) -> None:
    inquiry = str((await accepted(operator))["id"])
    approved: dict[str, Any] = {"command_id": "cmd_1", "device_id": "dev_1", "function": "remote_wipe"}
    fact = CommandApproved(actor="sv-hara", contract_id=CONTRACT, inquiry_id=inquiry, **approved)
    await told(suite, fact, "cmd_1", 1)
    lines = (await get(operator, f"/inquiries/{inquiry}/timeline"))["items"]
    assert [(line["type"], line["approver"]) for line in lines if line["approver"]] == [("CommandApproved", "sv-hara")]
    assert all(line["event_id"].startswith("evt_") for line in lines)
