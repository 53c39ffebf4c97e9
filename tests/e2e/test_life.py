"""The life of an evaluation: started, stopped, killed, started again."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import httpx
import pytest

from evaluation.testing.suite_process import SuiteProcess
from evaluation.walk.contracting import C, application, flets, subscriber
from evaluation.walk.desk import MORI, SATO, SERVICES, Desk


async def _facts(address: str) -> list[str]:
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        desk = Desk(client)
        found = []
        for prefix in SERVICES.values():
            page = await desk.ask(MORI, f"GET {prefix}/events?limit=500")
            found += [event["id"] for event in page["items"]]
        return found


@pytest.mark.timeout(300)
async def test_the_demo_of_make_run_plays_to_its_end(short_lived_folder: Path) -> None:
    suite = SuiteProcess(short_lived_folder / "demo", demo="1", exit_after_demo="1").start()
    code = suite.wait()
    said = "".join(suite.said)
    assert code == 0, said[-3000:]
    for step in range(1, 9):
        assert f"Step {step} — " in said
    assert "inquiry_quota_exhausted  [R-QUOTA-INQUIRY" in said
    assert "The main job is done" in said


@pytest.mark.timeout(300)
async def test_a_second_start_keeps_data_time_and_tokens(short_lived_folder: Path) -> None:
    folder = short_lived_folder / "kept"
    with SuiteProcess(folder) as first:
        async with httpx.AsyncClient(base_url=first.address, timeout=30) as client:
            desk = Desk(client)
            holder = await subscriber(desk, SATO, "株式会社継続", "カブシキガイシャケイゾク", "03-1111-2222")
            await desk.move_clock("2026-06-10T10:00:00+09:00")
            token = await desk.token(SATO)
        facts = await _facts(first.address)
        port = first.port
        assert first.stop(signal.SIGINT) == 0, first.said
    with SuiteProcess(folder, port=port) as second:
        assert await _facts(second.address) == facts
        async with httpx.AsyncClient(base_url=second.address, timeout=30) as client:
            kept = await client.get(f"{C}/subscribers/{holder}", headers={"Authorization": f"Bearer {token}"})
            clock = await client.get("/api/sandbox/clock")
        assert kept.json()["name"] == "株式会社継続"
        assert clock.json()["now"] >= "2026-06-10T10:00:00+09:00"
        assert second.stop(signal.SIGTERM) == 0, second.said


@pytest.mark.timeout(300)
async def test_killed_in_the_middle_it_loses_nothing_and_goes_on(short_lived_folder: Path) -> None:
    folder = short_lived_folder / "killed"
    answered: list[str] = []
    for round_ in range(3):
        suite = SuiteProcess(folder).start()
        async with httpx.AsyncClient(base_url=suite.address, timeout=30) as client:
            desk = Desk(client)
            sayings = asyncio.create_task(_sign_many(desk, answered, round_))
            await asyncio.sleep(1.5)
            suite.kill()
            with pytest.raises(httpx.HTTPError):
                await sayings
    with SuiteProcess(folder) as suite:
        async with httpx.AsyncClient(base_url=suite.address, timeout=30) as client:
            desk = Desk(client)
            await desk.move_clock("2026-06-02T10:00:00+09:00")
            for contract_id in answered:
                assert (await desk.ask(MORI, f"GET {C}/contracts/{contract_id}"))["status"] == "applied"
            told: list[str] = []
            cursor = ""
            while True:
                page = await desk.ask(MORI, f"GET {C}/events?limit=500&cursor={cursor}")
                told += [e["subject"] for e in page["items"] if e["type"].endswith("ContractApplied.v1")]
                cursor = page["last"]
                if page["next"] is None:
                    break
    assert len(answered) > 3
    assert set(answered) <= set(told)
    assert len(told) == len(set(told))


async def _sign_many(desk: Desk, answered: list[str], round_: int) -> None:
    holder = await subscriber(desk, SATO, "株式会社中断", "カブシキガイシャチュウダン", "03-3333-4444")
    for number in range(10_000):
        body = application(holder, "light-anshin-1", line=flets(f"CAF{round_}{number:09d}"))
        made = await desk.ask(SATO, f"POST {C}/contracts", body)
        answered.append(made["id"])


async def test_outside_evaluation_there_is_no_sandbox(short_lived_folder: Path) -> None:
    with SuiteProcess(short_lived_folder / "closed", sandbox="0") as suite:
        async with httpx.AsyncClient(base_url=suite.address, timeout=30) as client:
            clock = await client.get("/api/sandbox/clock")
            token = await client.post("/api/sandbox/tokens", json={"subject": "x", "roles": ["operator"]})
    assert (clock.status_code, token.status_code) == (404, 404)
