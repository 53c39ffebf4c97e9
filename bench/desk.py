"""A helpdesk in processes of its own, as it is served, and callers on sixteen connections."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count

from bench.grounds import Grounds
from bench.measuring import tree_seconds
from common.testing.tokens import TestIssuer

CONNECTIONS = 16
PROCESSES = 2
_STARTS_WITHIN = 300.0


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Running processes of the API, where they listen, and an operator's token for each connection.

    One operator would meet the limit of requests that each client has.
    """

    pids: Sequence[int]
    ports: Sequence[int]
    tokens: Sequence[str]

    def cpu_seconds(self) -> float:
        """CPU seconds of all of them so far."""
        return sum(tree_seconds(pid) for pid in self.pids)


@dataclass(kw_only=True)
class Called:
    """What came of many calls: how many answers of each status, and how long each took."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


@asynccontextmanager
async def helpdesk(grounds: Grounds, database: str) -> AsyncIterator[Desk]:
    """The API of the helpdesk in as many processes as the machine of the benchmark has cores."""
    async with _issuer() as (issuer, address):
        ports = [_free_port() for _ in range(PROCESSES)]
        environment = {
            **os.environ,
            "HELPDESK_DATABASE_URL": grounds.cluster.role_url("helpdesk", database),
            "HELPDESK_ISSUER": issuer.url,
            "HELPDESK_JWKS_URL": address,
            "HELPDESK_SECRET_KEY": "a long and random enough text for benchmarks",
            "HELPDESK_POOL_SIZE": str(CONNECTIONS // PROCESSES),
        }
        with _processes(environment, ports) as pids:
            await asyncio.gather(*[_ready(port) for port in ports])
            until = int(time.time()) + 36_000
            tokens = [issuer.token(f"op-{n}", ["operator"], exp=until) for n in range(CONNECTIONS)]
            yield Desk(pids=pids, ports=ports, tokens=tokens)


async def called(desk: Desk, body: Callable[[], bytes], calls: int) -> Called:
    """So many reports on sixteen connections at once, each under an idempotency key of its own."""
    outcome, left = Called(), count(calls, -1)
    head = "POST /api/helpdesk/v1/inquiries HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
    heads = [f"{head}Authorization: Bearer {token}\r\n" for token in desk.tokens]
    await asyncio.gather(
        *[_caller(desk.ports[n % len(desk.ports)], each, body, left, outcome) for n, each in enumerate(heads)]
    )
    return outcome


async def _caller(port: int, head: str, body: Callable[[], bytes], left: Iterator[int], outcome: Called) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while next(left) > 0:
            content = body()
            key = os.urandom(12).hex()
            begun = time.perf_counter()
            writer.write(f"{head}Idempotency-Key: {key}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(answer.split(b"content-length:", 1)[1].split(b"\r", 1)[0])
            await reader.readexactly(length)
            outcome.seconds.append(time.perf_counter() - begun)
            outcome.statuses[int(answer[9:12])] += 1
    finally:
        writer.close()


@contextmanager
def _processes(environment: dict[str, str], ports: Sequence[int]) -> Iterator[list[int]]:
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "helpdesk", "api"],
            env={**environment, "HELPDESK_PORT": str(port)},
            stderr=subprocess.DEVNULL,
        )
        for port in ports
    ]
    try:
        yield [process.pid for process in started]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


async def _ready(port: int) -> None:
    async with asyncio.timeout(_STARTS_WITHIN):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


@asynccontextmanager
async def _issuer() -> AsyncIterator[tuple[TestIssuer, str]]:
    """An issuer whose keys are read over HTTP, as any provider's."""
    issuer = TestIssuer("RS256")
    keys = json.dumps(issuer.jwks).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(keys)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + keys)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield issuer, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks"
    finally:
        server.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
