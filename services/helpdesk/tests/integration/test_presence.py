"""Two operators on one inquiry see each other, in whichever process they are, and nobody else sees them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from common.db import Tx
from helpdesk.api import attendance
from helpdesk.storage import presence
from helpdesk.storage.presence import Present
from helpdesk.testing import accepted, entitlements, get, post, tell, tell_catalogue
from services.helpdesk.tests.integration.watchers import Served, Watcher

ATTENDING = Path(__file__).with_name("attending_process.py")


@pytest.fixture
async def case(served: Served) -> str:
    """An inquiry of a partner's contract, its first events published."""
    await tell_catalogue(served.suite)
    await tell(served.suite, entitlements(contract_id="ctr_ours", partner="itpartner"))
    async with served.suite.client("operator") as operator:
        found = str((await accepted(operator, contract_id="ctr_ours"))["id"])
    async with asyncio.timeout(60):
        while len(await served.cursors(None)) < 2:  # noqa: ASYNC110 - accepted, and a trouble
            await asyncio.sleep(0.02)
    return found


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(attendance, "LINGER_SECONDS", 0.0)


def watcher(served: Served, case: str, subject: str, partner: str | None = None) -> Watcher:
    return Watcher(served.port, served.token(partner, subject), path=f"/inquiries/{case}/stream")


async def shown(served: Served, case: str) -> list[str]:
    """Who is said to be there when somebody asks."""
    async with served.suite.client("supervisor") as supervisor:
        return [each["operator"] for each in (await get(supervisor, f"/inquiries/{case}/presence"))["items"]]


async def test_two_who_have_an_inquiry_open_see_each_other_come_and_leave(served: Served, case: str) -> None:
    sato, tanaka = watcher(served, case, "op-sato"), watcher(served, case, "op-tanaka")
    async with sato.connected() as first, asyncio.timeout(60):
        await sato.read(first, 1)
        async with tanaka.connected() as second:
            await tanaka.read(second, 1)
            await sato.read(first, 1)
            assert await shown(served, case) == ["op-sato", "op-tanaka"]
        await sato.read(first, 1)
        assert await shown(served, case) == ["op-sato"]
    told = [([each["operator"] for each in it["here"]], it["came"], it["left"]) for it in sato.presence]
    assert told == [
        (["op-sato"], [], []),
        (["op-sato", "op-tanaka"], ["op-tanaka"], []),
        (["op-sato"], [], ["op-tanaka"]),
    ]
    assert [each["operator"] for each in tanaka.presence[0]["here"]] == ["op-sato", "op-tanaka"]
    assert {it["inquiry_id"] for it in sato.presence} == {case}
    async with asyncio.timeout(60):
        while await shown(served, case):  # noqa: ASYNC110 - the end of a connection is noticed by the server
            await asyncio.sleep(0.02)


async def test_who_comes_back_at_once_was_never_away(
    served: Served, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance, "LINGER_SECONDS", 600.0)
    sato = watcher(served, case, "op-sato")
    async with sato.connected() as screen, asyncio.timeout(60):
        await sato.read(screen, 1)
        for _ in range(2):
            tanaka = watcher(served, case, "op-tanaka")
            async with tanaka.connected() as other:
                await tanaka.read(other, 1)
        suzuki = watcher(served, case, "op-suzuki")
        async with suzuki.connected() as third:
            await suzuki.read(third, 1)
            await sato.read(screen, 2)
    assert [(it["came"], it["left"]) for it in sato.presence[1:]] == [(["op-tanaka"], []), (["op-suzuki"], [])]


async def test_messages_of_presence_move_nothing_that_is_resumed(served: Served, case: str) -> None:
    sato = watcher(served, case, "op-sato")
    async with asyncio.timeout(60):
        async with sato.connected() as screen:
            await sato.read(screen, 1)
            begun, tanaka = sato.last_id, watcher(served, case, "op-tanaka")
            async with tanaka.connected() as other:
                await tanaka.read(other, 1)
                await sato.read(screen, 1)
            assert sato.last_id == begun
        async with served.suite.client("operator") as operator:
            await post(operator, f"/inquiries/{case}/waiting", {"reason": "new cable"})
        async with sato.connected() as screen:
            while len(sato.bodies) < 2:
                await sato.read(screen, 1)
    assert [str(body["type"]).split(".")[2] for body in sato.bodies] == ["InquiryStarted", "InquiryWaiting"]


async def test_while_the_database_is_away_nobody_is_said_to_have_left(
    served: Served, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sato, tanaka, suzuki = (watcher(served, case, name) for name in ("op-sato", "op-tanaka", "op-suzuki"))
    look, away, tries = presence.here, asyncio.Event(), asyncio.Semaphore(0)

    async def here(tx: Tx, inquiry_ids: Collection[str]) -> dict[str, list[Present]]:
        if away.is_set():
            tries.release()
            raise OSError
        return await look(tx, inquiry_ids)

    monkeypatch.setattr(presence, "here", here)
    async with sato.connected() as screen, tanaka.connected(), asyncio.timeout(60):
        await sato.until(screen, "op-sato", "op-tanaka")
        told = len(sato.presence)
        away.set()
        for _ in range(3):
            await tries.acquire()
        away.clear()
        async with suzuki.connected():
            await sato.until(screen, "op-sato", "op-tanaka", "op-suzuki")
    assert [(it["came"], it["left"]) for it in sato.presence[told:]] == [(["op-suzuki"], [])]


async def test_an_operator_whose_process_is_killed_is_gone_when_its_lease_ends(
    served: Served, case: str, service_url: Callable[[str], str]
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ATTENDING), case, "op-tanaka", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    sato = watcher(served, case, "op-sato")
    try:
        async with sato.connected() as screen, asyncio.timeout(60):
            process.stdin.write(f"{service_url('helpdesk')}\n".encode())
            assert await process.stdout.readline() == b"there\n"
            await sato.until(screen, "op-sato", "op-tanaka")
            process.kill()
            await sato.until(screen, "op-sato")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert sato.presence[-1]["left"] == ["op-tanaka"]


async def test_a_partner_sees_the_events_of_its_own_case_and_nobody(served: Served, case: str) -> None:
    sato = watcher(served, case, "op-sato")
    kato = watcher(served, case, "pt-kato", partner="itpartner")
    kato.last_id = served.cursor("itpartner", 0)
    async with sato.connected() as screen, kato.connected() as outside, asyncio.timeout(60):
        await sato.read(screen, 1)
        await kato.read(outside, 2)
        assert await shown(served, case) == ["op-sato"]
    assert (len(kato.bodies), kato.presence) == (2, [])
    for partner, path, code in (
        ("rival", "stream", (404, "inquiry_unknown")),
        ("itpartner", "presence", (403, "forbidden")),
    ):
        async with served.suite.client("partner", partner=partner) as client:
            answer = await client.get(f"/api/helpdesk/v1/inquiries/{case}/{path}")
            assert (answer.status_code, answer.json()["code"]) == code
