"""A revoked token is refused by all five services within two seconds, and by their live streams; lifted as soon."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from evaluation.testing.suite_process import SuiteProcess
from evaluation.walk.desk import MORI, SERVICES, Desk, Person

pytestmark = pytest.mark.timeout(180)

LONGEST_SECONDS = 2.0
PATH = "/api/contracts/v1/token-revocations"


async def _until(client: httpx.AsyncClient, token: str, wanted: int) -> float:
    """Seconds until all five services answer so."""
    started = time.monotonic()
    headers = {"Authorization": f"Bearer {token}"}

    async def turned(prefix: str) -> None:
        while (await client.get(f"{prefix}/events?limit=1", headers=headers)).status_code != wanted:
            assert time.monotonic() - started < 30, prefix
            await asyncio.sleep(0.02)

    await asyncio.gather(*(turned(prefix) for prefix in SERVICES.values()))
    return time.monotonic() - started


async def test_a_revoked_token_is_refused_everywhere_within_two_seconds(suite: SuiteProcess) -> None:
    fastest = {"revoked": 1e9, "lifted": 1e9}
    async with httpx.AsyncClient(base_url=suite.address, timeout=60) as client:
        desk = Desk(client)
        for number in range(3):  # a machine that is busy with something else is given three tries
            leaked = Person(f"op-leaked-{number}", "operator")
            token = await desk.token(leaked)
            assert await _until(client, token, 200) < 30
            body = {"kind": "subject", "value": leaked.subject, "reason": "found in a log"}
            made = await desk.ask(MORI, f"POST {PATH}", body, status=201)
            fastest["revoked"] = min(fastest["revoked"], await _until(client, token, 401))
            await desk.ask(MORI, f"DELETE {PATH}/{made['id']}")
            fastest["lifted"] = min(fastest["lifted"], await _until(client, token, 200))
    print(f"revoked {fastest['revoked']:.2f} s, lifted {fastest['lifted']:.2f} s")  # noqa: T201 - the figure is asked for
    assert fastest["revoked"] < LONGEST_SECONDS
    assert fastest["lifted"] < LONGEST_SECONDS


async def test_a_live_stream_ends_when_its_token_is_revoked(suite: SuiteProcess) -> None:
    async with httpx.AsyncClient(base_url=suite.address, timeout=60) as client:
        desk = Desk(client)
        leaked = Person("op-watching", "operator")
        headers = {"Authorization": f"Bearer {await desk.token(leaked)}"}
        async with client.stream("GET", "/api/helpdesk/v1/stream", headers=headers) as answer:
            assert answer.status_code == 200
            lines = answer.aiter_lines()
            await anext(lines)
            body = {"kind": "subject", "value": leaked.subject, "reason": "found in a log"}
            await desk.ask(MORI, f"POST {PATH}", body, status=201)
            async with asyncio.timeout(20):
                async for _ in lines:
                    pass
        assert (await client.get("/api/helpdesk/v1/stream", headers=headers)).status_code == 401
