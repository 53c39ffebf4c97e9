"""What the person on duty does from a shell, as a process of its own on the database of a running service."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from common.events.contracts import AddressChanged
from common.testing import RunningService, running
from loaner import testing as loaner
from loaner.app import create_app
from loaner.settings import LoanerSettings


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    status: int
    lines: list[Any]
    complaint: str


class Shell:
    """Runs `python -m <service> …` on the test's database."""

    def __init__(self, database_url: str, admin_url: str) -> None:
        self._environment = {
            **os.environ,
            "LOANER_DATABASE_URL": database_url,
            "LOANER_MIGRATE_URL": admin_url,
            "LOANER_ISSUER": "https://issuer.test",
            "LOANER_JWKS_URL": "http://127.0.0.1:9/jwks",
            "LOANER_SECRET_KEY": "a long and random enough text for tests",
        }

    async def run(self, *words: str) -> Told:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "loaner",
            *words,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, complaint = await process.communicate()
        return Told(process.returncode or 0, [json.loads(line) for line in out.splitlines()], complaint.decode())


@pytest.fixture
async def suite(service_url: Callable[[str], str]) -> AsyncIterator[RunningService]:
    async with running(create_app, LoanerSettings, url=service_url("loaner"), at=loaner.NOW) as started:
        yield started


@pytest.fixture
def shell(service_url: Callable[[str], str], admin_url: str) -> Shell:
    return Shell(service_url("loaner"), admin_url)


async def unreadable_entitlements(suite: RunningService) -> bytes:
    """The loaner's projections meet entitlements that are no JSON; what they should have been."""
    state = loaner.entitlements(contract_id="ctr_1", version=1)
    message = suite.message(state, subject="ctr_1", sequence=1, key="ctr_1")
    later = suite.message(state.model_copy(update={"version": 2}), subject="ctr_1", sequence=2, key="ctr_1")
    await suite.consumers()[0].apply([message._replace(value=b"no json"), later])
    return message.value


async def test_lists_shows_and_redrives(suite: RunningService, shell: Shell) -> None:
    right = await unreadable_entitlements(suite)
    first, second = (await shell.run("dead-letters", "list", "--subject", "ctr_1")).lines
    assert (first["reason"], second["reason"], first["group"]) == ("unreadable", "parked", "loaner.projections")
    shown = (await shell.run("dead-letters", "show", first["id"])).lines[0]
    assert (shown["value"], shown["headers"]["ce_subject"]) == ("no json", "ctr_1")

    again = await shell.run("dead-letters", "redrive", first["id"])
    assert (again.status, [each["outcome"] for each in again.lines]) == (1, ["failed"])
    async with suite.database.connection() as connection:
        await connection.execute("UPDATE dead_letter SET value = $1 WHERE reason = 'unreadable'", right)
    done = await shell.run("dead-letters", "redrive", "--all", "--by", "sup-abe")
    assert (done.status, [each["outcome"] for each in done.lines]) == (0, ["redriven", "redriven"])
    assert (await shell.run("dead-letters", "list")).lines == []
    history = (await shell.run("dead-letters", "list", "--state", "redriven")).lines
    assert [(each["redriven_by"], each["attempts"]) for each in history] == [("sup-abe", 2), ("sup-abe", 0)]
    async with suite.database.connection() as connection:
        assert await connection.fetchval("SELECT version FROM entitlement") == 2


async def test_personal_data_does_not_appear_on_the_terminal(suite: RunningService, shell: Shell) -> None:
    address = AddressChanged(
        actor="op-sato",
        address_id="adr_1",
        contract_id="ctr_1",
        postal_code="1600023",
        prefecture="東京都",
        city="新宿区",
        street="西新宿9丁目",
    )
    message = suite.message(address, subject="adr_1", sequence=1, key="adr_1")
    broken = message.value.replace(b'"prefecture"', b'"prefektur"')
    await suite.consumers()[0].apply([message._replace(value=broken)])
    answers = [
        await shell.run("dead-letters", "list"),
        await shell.run("dead-letters", "show", "dlt_1"),
        await shell.run("dead-letters", "redrive", "dlt_1"),
    ]
    assert [answer.lines[0]["error"].split(":")[0] for answer in answers] == ["withheld"] * 3
    assert "西新宿" not in str(answers)


async def test_says_what_is_wrong_with_an_order(shell: Shell) -> None:
    unknown = await shell.run("dead-letters", "show", "dlt_99")
    assert (unknown.status, unknown.lines) == (1, [])
    assert "no such dead letter" in unknown.complaint
    assert (await shell.run("dead-letters", "redrive")).status == 2
    refused = await shell.run("rebuild", "--projection", "loan")
    assert (refused.status, refused.lines) == (1, [])
    assert "Nothing was changed. loaner rebuilds" in refused.complaint


async def test_rebuilds_a_projection(suite: RunningService, shell: Shell) -> None:
    state = loaner.entitlements(contract_id="ctr_1", version=1)
    await suite.deliver(state, subject="ctr_1", sequence=1, key="ctr_1")
    kept = await shell.run("rebuild", "--projection", "entitlement")
    assert (kept.status, kept.lines) == (1, [])
    gone = await shell.run("rebuild", "--projection", "entitlement", "--allow-removal")
    assert gone.lines == [{"table": "entitlement", "rows": 0, "added": 0, "changed": 0, "removed": 1}]


async def test_every_order_leaves_its_trace_and_the_trail_is_verified_from_the_shell(
    suite: RunningService, shell: Shell
) -> None:
    await shell.run("dead-letters", "show", "dlt_99")
    await shell.run("rebuild", "--projection", "entitlement")
    await suite.service.sealer().seal()
    exported = (await shell.run("audit", "export")).lines
    assert [(line["action"], line["outcome"], line["concerns"]) for line in exported] == [
        ("cli dead-letters show", "begun", ["dlt_99"]),
        ("cli dead-letters show", "failed", ["dlt_99"]),
        ("cli rebuild", "begun", ["entitlement"]),
        ("cli rebuild", "allowed", ["entitlement"]),
        ("cli audit export", "begun", []),
    ]
    assert exported[0]["subject"].startswith("cli:")
    (seal,) = (await shell.run("audit", "seals")).lines
    verified = await shell.run("audit", "verify", "--anchor", f"1:{seal['hash']}")
    assert (verified.status, verified.lines[0]["sound"], verified.lines[0]["entries"]) == (0, True, 4)
    missed = await shell.run("audit", "verify", "--anchor", f"2:{seal['hash']}")
    assert (missed.status, missed.lines[0]["findings"]) == (
        1,
        [{"flaw": "anchor_missed", "seal": 2, "number": None}],
    )
    assert (await shell.run("audit", "verify", "--anchor", "17")).status == 2
    assert (await shell.run("audit", "verify", "--chain", "none")).status == 2
