"""The chain over an append-only table: nothing committed is skipped, and nothing can be changed unseen."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from common.civil import JST
from common.context import system_context
from common.db import Tx
from common.sealing import Chain, Sealer, lines, seals
from common.testing import RunningService, running
from common.verifying import Finding, Flaw, Verification, verify
from evaluation.postgres import EmbeddedPostgres
from libs.common.tests.integration import probe
from libs.common.tests.integration.moving import copy_of

AT = datetime(2026, 6, 1, 10, tzinfo=JST)
CHAIN = Chain("audit", "audit_entry")
WRITE = """
INSERT INTO audit_entry (business_at, subject, person, client_id, token_id, roles, partner, peer, agent, action,
                         concerns, request_id, outcome, status, code, replayed, first_at)
VALUES ('2026-06-01T10:00+09', $1, 'p-1', 'console', 'jti-1', '{operator}', NULL, '192.0.2.1', 'curl', 'POST /x',
        '{a,b}', 'req-1', 'refused', 409, 'name_taken', false, '2026-06-01T09:59+09')
"""


async def write(suite: RunningService, *subjects: str) -> None:
    async with suite.transaction() as tx:
        for subject in subjects:
            await tx.connection.execute(WRITE, subject)


async def sealed(suite: RunningService) -> int:
    return await Sealer(suite.database, [CHAIN], every=1).seal()


async def verified(suite: RunningService, **more: Any) -> Verification:
    async with suite.transaction() as tx:
        return await verify(tx, CHAIN, **more)


FORGERIES = [
    ("txid", "txid - 1"), ("recorded_at", "recorded_at + interval '1 microsecond'"),
    ("business_at", "business_at - interval '1 day'"), ("subject", "'s-1c'"), ("subject", "NULL"),
    ("person", "'p-2'"), ("client_id", "'consolé'"), ("token_id", "NULL"), ("roles", "'{supervisor}'"),
    ("roles", "'{operator,operator}'"), ("partner", "'p-north'"), ("partner", "''"), ("peer", "'192.0.2.2'"),
    ("agent", "'curl '"), ("action", "'POST /y'"), ("concerns", "'{b,a}'"), ("request_id", "'req-2'"),
    ("outcome", "'allowed'"), ("status", "200"), ("code", "NULL"), ("replayed", "true"), ("times", "2"),
    ("first_at", "NULL"),
]  # fmt: skip


async def after(forger: asyncpg.Connection, forged: str) -> Verification:
    """What a verification finds after this statement, which is then taken back."""
    transaction = forger.transaction()
    await transaction.start()
    await forger.execute(forged)
    try:
        return await verify(Tx(forger, system_context("loaner"), "loaner"), CHAIN)
    finally:
        await transaction.rollback()


@pytest.fixture
async def forger(postgres_cluster: EmbeddedPostgres, probe_database: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser whom no trigger stops."""
    connection = await asyncpg.connect(
        postgres_cluster.admin_url(probe_database),
        server_settings={"search_path": "loaner", "session_replication_role": "replica"},
    )
    yield connection
    await connection.close()


async def three_seals_of_two(suite: RunningService) -> None:
    for place in range(3):
        await write(suite, f"s-{place}a", f"s-{place}b")
        assert await sealed(suite) == 1


async def test_what_was_written_is_sealed_once_and_fits(suite: RunningService) -> None:
    assert (await verified(suite)).sound
    await write(suite, "a", "b")
    assert (await verified(suite)).waiting == 2
    assert await sealed(suite) == 1
    assert await sealed(suite) == 0
    await write(suite, "c")
    found = await verified(suite)
    assert (found.sound, found.seals, found.entries, found.waiting, found.complete) == (True, 1, 2, 1, True)


async def test_a_row_that_commits_after_younger_ones_were_sealed_is_sealed_next(suite: RunningService) -> None:
    async with suite.transaction() as late:
        await late.connection.execute(WRITE, "late")
        await write(suite, "early")
        assert await sealed(suite) == 1
    await write(suite, "later")
    assert await sealed(suite) == 1
    found = await verified(suite)
    assert (found.sound, found.entries, found.waiting) == (True, 3, 0)


async def test_of_many_writers_at_once_every_committed_row_lies_in_exactly_one_seal(suite: RunningService) -> None:
    dice = random.Random(5)  # noqa: S311 - when who writes
    writing = True

    async def writer(number: int) -> int:
        kept = 0
        for round_ in range(15):
            await asyncio.sleep(dice.random() / 100)
            async with suite.transaction() as tx:
                await tx.connection.execute(WRITE, f"w-{number}-{round_}")
                await asyncio.sleep(dice.random() / 50)
                if dice.random() < 0.2:
                    await tx.connection.execute("ROLLBACK AND CHAIN")
                else:
                    kept += 1
        return kept

    async def sealer() -> None:
        while writing:
            await sealed(suite)

    sealing = [asyncio.create_task(sealer()) for _ in range(2)]
    kept = sum(await asyncio.gather(*(writer(number) for number in range(6))))
    writing = False
    await asyncio.gather(*sealing)
    await sealed(suite)
    found = await verified(suite)
    assert (found.sound, found.entries, found.waiting) == (True, kept, 0)
    assert found.seals > 3


async def test_rows_beyond_the_size_of_a_seal_fill_the_next_ones(suite: RunningService) -> None:
    async with suite.transaction() as tx:
        await tx.connection.executemany(WRITE, [(f"s-{number}",) for number in range(2300)])
    assert await sealed(suite) == 3
    found = await verified(suite)
    assert (found.sound, found.seals, found.entries) == (True, 3, 2300)
    part = await verified(suite, most=1000)
    assert (part.sound, part.complete) == (True, True)  # seals are taken up to fifty at once
    rest = await verified(suite, after=2)
    assert (rest.sound, rest.seals, rest.entries, rest.hash) == (True, 1, 300, found.hash)


async def test_any_changed_column_is_found_and_its_entry_named(
    suite: RunningService, forger: asyncpg.Connection
) -> None:
    await three_seals_of_two(suite)
    number = await forger.fetchval("SELECT number FROM audit_entry WHERE subject = 's-1b'")
    for column, forged in FORGERIES:
        set_to = f"UPDATE audit_entry SET {column} = {forged} WHERE number = {number}"
        findings = (await after(forger, set_to)).findings
        assert findings == [Finding(flaw=Flaw.CHANGED, seal=2, number=number)], set_to
    columns = await forger.fetch("SELECT * FROM audit_entry LIMIT 1")
    assert set(columns[0].keys()) - {"number"} == {column for column, _ in FORGERIES}, "a column was forgotten"
    assert (await verified(suite)).sound


async def test_a_removed_row_is_found_and_named(suite: RunningService, forger: asyncpg.Connection) -> None:
    await three_seals_of_two(suite)
    number = await forger.fetchval("DELETE FROM audit_entry WHERE subject = 's-0b' RETURNING number")
    assert (await verified(suite)).findings == [Finding(flaw=Flaw.REMOVED, seal=1, number=number)]


async def test_a_renumbered_row_is_found_as_gone_from_its_place_and_new_in_another(
    suite: RunningService, forger: asyncpg.Connection
) -> None:
    await three_seals_of_two(suite)
    await forger.execute("ALTER TABLE audit_entry ALTER number DROP IDENTITY")
    number = await forger.fetchval("SELECT number FROM audit_entry WHERE subject = 's-0b'")
    await forger.execute("UPDATE audit_entry SET number = 1000 WHERE number = $1", number)
    assert set((await verified(suite)).findings) == {
        Finding(flaw=Flaw.REMOVED, seal=1, number=number),
        Finding(flaw=Flaw.INSERTED, number=1000),
    }


async def test_a_row_slipped_in_behind_the_seals_is_found_and_never_sealed(
    suite: RunningService, forger: asyncpg.Connection
) -> None:
    await three_seals_of_two(suite)
    number = await forger.fetchval(
        WRITE.replace("(business_at", "(txid, business_at").replace("VALUES (", "VALUES (5, ") + " RETURNING number",
        "x",
    )
    await write(suite, "after")
    assert await sealed(suite) == 1
    assert (await verified(suite)).findings == [Finding(flaw=Flaw.INSERTED, number=number)]


async def test_two_rows_that_change_places_are_both_found(suite: RunningService, forger: asyncpg.Connection) -> None:
    await three_seals_of_two(suite)
    await forger.execute("""
        UPDATE audit_entry SET subject = CASE subject WHEN 's-0a' THEN 's-2b' ELSE 's-0a' END
        WHERE subject IN ('s-0a', 's-2b')
    """)
    assert [(each.flaw, each.seal) for each in (await verified(suite)).findings] == [
        (Flaw.CHANGED, 1),
        (Flaw.CHANGED, 3),
    ]


async def test_a_changed_seal_is_found_and_named(suite: RunningService, forger: asyncpg.Connection) -> None:
    await three_seals_of_two(suite)
    for forged in (
        "entries = 3", "horizon = horizon + 1", "base = base + 1", "cluster = 'x'", "sealed_at = sealed_at + '1 s'",
        "hash = sha256('x')", "previous = sha256('x')",
    ):  # fmt: skip
        findings = (await after(forger, f"UPDATE seal SET {forged} WHERE sequence = 2")).findings
        assert Finding(flaw=Flaw.SEAL_CHANGED, seal=2) in findings, forged
        assert {each.seal for each in findings} <= {2, 3}, forged


async def test_a_changed_or_missing_link_is_found(suite: RunningService, forger: asyncpg.Connection) -> None:
    await three_seals_of_two(suite)
    number = await forger.fetchval("SELECT number FROM audit_entry WHERE subject = 's-1a'")
    await forger.execute("UPDATE seal_link SET digest = sha256('x') WHERE number = $1", number)
    assert set((await verified(suite)).findings) == {
        Finding(flaw=Flaw.SEAL_CHANGED, seal=2),
        Finding(flaw=Flaw.CHANGED, seal=2, number=number),
    }
    await forger.execute("DELETE FROM seal_link WHERE number = $1", number)
    assert set((await verified(suite)).findings) == {
        Finding(flaw=Flaw.SEAL_CHANGED, seal=2),
        Finding(flaw=Flaw.INSERTED, number=number),
    }


async def test_a_row_forged_together_with_its_digest_does_not_fit_its_seal(
    suite: RunningService, forger: asyncpg.Connection
) -> None:
    await three_seals_of_two(suite)
    await forger.execute("SET timezone = 'UTC'")
    await forger.execute("""
        UPDATE audit_entry SET subject = 'forged' WHERE subject = 's-1a';
        UPDATE seal_link SET digest = (
            SELECT sha256(convert_to(
                (SELECT jsonb_object_agg(key, value)::text FROM jsonb_each(to_jsonb(e)) WHERE value <> 'null'), 'UTF8'))
            FROM audit_entry e WHERE subject = 'forged')
        WHERE number = (SELECT number FROM audit_entry WHERE subject = 'forged')
    """)
    assert (await verified(suite)).findings == [Finding(flaw=Flaw.SEAL_CHANGED, seal=2)]


async def test_a_missing_seal_is_found(suite: RunningService, forger: asyncpg.Connection) -> None:
    await three_seals_of_two(suite)
    await forger.execute("DELETE FROM seal WHERE sequence = 2")
    assert {(each.flaw, each.seal) for each in (await verified(suite)).findings} == {
        (Flaw.SEAL_MISSING, 2),
        (Flaw.CHAIN_BROKEN, 3),
    }


async def test_a_tail_cut_off_with_its_seals_is_found_by_an_anchor_alone(
    suite: RunningService, forger: asyncpg.Connection
) -> None:
    await three_seals_of_two(suite)
    async with suite.transaction() as tx:
        anchors = {each.sequence: each.hash for each in await seals(tx, CHAIN)}
    await forger.execute("""
        DELETE FROM audit_entry WHERE subject IN ('s-2a', 's-2b');
        DELETE FROM seal_link WHERE sequence = 3;
        DELETE FROM seal WHERE sequence = 3
    """)
    assert (await verified(suite)).sound
    assert (await verified(suite, anchors=anchors)).findings == [Finding(flaw=Flaw.ANCHOR_MISSED, seal=3)]


async def test_a_tail_cut_off_without_its_seal_is_found_against_that_seal(
    suite: RunningService, forger: asyncpg.Connection
) -> None:
    await three_seals_of_two(suite)
    await forger.execute("DELETE FROM audit_entry WHERE subject IN ('s-2a', 's-2b')")
    assert [(each.flaw, each.seal) for each in (await verified(suite)).findings] == [(Flaw.REMOVED, 3)] * 2


@pytest.mark.parametrize("role", ["loaner", "loaner_partner", "loaner_owner"])
async def test_nobody_but_a_superuser_changes_anything(
    suite: RunningService, postgres_cluster: EmbeddedPostgres, probe_database: str, role: str
) -> None:
    await three_seals_of_two(suite)
    settings = {"search_path": "loaner", "role": role}
    connection = await asyncpg.connect(postgres_cluster.admin_url(probe_database), server_settings=settings)
    for table, column in (("audit_entry", "status"), ("seal", "entries"), ("seal_link", "sequence")):
        for statement in (f"UPDATE {table} SET {column} = 1", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
                await connection.execute(statement)
    await connection.close()


async def test_the_exported_lines_are_the_bytes_that_were_hashed(suite: RunningService) -> None:
    await three_seals_of_two(suite)
    async with suite.transaction() as tx:
        exported = [line async for _, line in lines(tx, CHAIN)]
        links = await tx.connection.fetch(
            "SELECT sha256(convert_to(l, 'UTF8')) AS d FROM unnest($1::text[]) l", exported
        )
        kept = await tx.connection.fetch("SELECT digest AS d FROM seal_link ORDER BY number")
    assert [row["d"] for row in links] == [row["d"] for row in kept]
    assert len(exported) == 6


async def test_sealing_goes_on_after_a_restore_where_transactions_are_counted_anew(
    suite: RunningService, postgres_cluster: EmbeddedPostgres, probe_database: str, short_lived_folder: Path
) -> None:
    await three_seals_of_two(suite)
    await write(suite, "not sealed before the copy")
    with EmbeddedPostgres(short_lived_folder / "elsewhere", fast=True) as elsewhere:
        url = await copy_of(postgres_cluster, probe_database, elsewhere)
        async with running(probe.create_app, probe.ProbeSettings, url=url, at=AT) as restored:
            await write(restored, "first there")
            assert await sealed(restored) == 1
            await write(restored, "second there")
            assert await sealed(restored) == 1
            assert await sealed(restored) == 0
            found = await verified(restored)
    assert (found.sound, found.entries, found.waiting) == (True, 9, 0)
