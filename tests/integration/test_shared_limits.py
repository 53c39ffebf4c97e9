"""Two real processes of one service behind one limit."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
import uvicorn
from starlette.responses import JSONResponse

from common.http.server import server_config
from common.limits import Limit
from common.testing.tokens import ISSUER, TestIssuer
from evaluation.ports import free_port

LIMIT = Limit(5, 60)
DEPOTS = "/api/loaner/v1/depots"
SECONDS = 3.0


@asynccontextmanager
async def published(issuer: TestIssuer) -> AsyncIterator[str]:
    """Where the issuer's keys are read."""
    port = free_port()
    server = uvicorn.Server(server_config(JSONResponse(issuer.jwks), host="127.0.0.1", port=port, lifespan="off"))
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.005)
    yield f"http://127.0.0.1:{port}/jwks"
    server.should_exit = True
    await serving


@asynccontextmanager
async def process(database_url: str, jwks_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """`python -m loaner api`, ready to answer."""
    port = free_port()
    settings = {
        "DATABASE_URL": database_url,
        "ISSUER": ISSUER,
        "JWKS_URL": jwks_url,
        "SECRET_KEY": "a long and random enough text for tests",
        "PORT": str(port),
        "RATE_LIMIT_HOUSE": f"{LIMIT.rate:g}/s burst {LIMIT.burst}",
    }
    environment = {**os.environ, **{f"LOANER_{name}": value for name, value in settings.items()}}
    started: Process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "loaner", "api", env=environment, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            async with asyncio.timeout(90):
                while not await answers(client):
                    assert started.returncode is None
                    await asyncio.sleep(0.1)
            yield client
    finally:
        started.terminate()
        await started.wait()


async def answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def asked(client: httpx.AsyncClient, token: str) -> int:
    return (await client.get(DEPOTS, headers={"Authorization": f"Bearer {token}"})).status_code


async def asked_all_the_time(client: httpx.AsyncClient, token: str, until: float) -> list[int]:
    codes = []
    while time.monotonic() < until:
        codes.append(await asked(client, token))
    return codes


@pytest.mark.timeout(240)
async def test_two_processes_let_a_client_through_as_often_as_one_would(service_url: Callable[[str], str]) -> None:
    issuer = TestIssuer()
    flood, calm = (issuer.token(subject, ["operator"]) for subject in ("op-flood", "op-calm"))
    async with AsyncExitStack() as stack:
        jwks_url = await stack.enter_async_context(published(issuer))
        both = [await stack.enter_async_context(process(service_url("loaner"), jwks_url)) for _ in range(2)]
        for each in both:  # fetches the keys, and meets every part for the first time
            assert await asked(each, calm) == 200
        begun = time.monotonic()
        streams = [asked_all_the_time(each, flood, begun + SECONDS) for each in both for _ in range(4)]
        flooding = asyncio.gather(*streams)
        calm_codes: list[int] = []
        while not flooding.done():
            calm_codes += [await asked(each, calm) for each in both]
            await asyncio.sleep(0.4)
        codes = [code for stream in await flooding for code in stream]
        passed = time.monotonic() - begun
    through = codes.count(200)
    assert set(codes) == {200, 429}
    assert set(calm_codes) == {200}
    assert LIMIT.burst + LIMIT.rate * SECONDS - 2 * LIMIT.lease <= through <= LIMIT.burst + LIMIT.rate * (passed + 1)
