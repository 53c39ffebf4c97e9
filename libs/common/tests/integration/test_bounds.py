"""No request costs more than it may: time, size, and how slowly its parts may come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import asyncpg
import pytest
import uvicorn

from common.audit import Filter, entries
from common.http import server
from common.testing import RunningService, running
from evaluation.postgres import EmbeddedPostgres
from libs.common.tests.integration import probe

THINGS = "/api/loaner/v1/things"
Suite = Callable[..., AbstractAsyncContextManager[RunningService]]


@pytest.fixture
def suite_with(postgres_cluster: EmbeddedPostgres, probe_database: str, suite: RunningService) -> Suite:
    """Starts the probe with other settings."""
    url = postgres_cluster.role_url("loaner", probe_database)
    return lambda **more: running(probe.create_app, probe.ProbeSettings, url=url, at=suite.clock.now(), **more)


async def test_work_that_takes_too_long_is_given_up_and_nothing_of_it_stays(suite_with: Suite) -> None:
    async with suite_with(request_timeout_seconds=0.3, pool_size=1) as suite, suite.client() as operator:
        begun = time.monotonic()
        slow = await operator.post(THINGS, json={"name": "slow"}, headers={"Idempotency-Key": "k"})
        assert time.monotonic() - begun < 4
        assert (slow.status_code, slow.json()["code"]) == (503, "request_timed_out")
        assert slow.headers["retry-after"] == "1"
        assert await suite.published() == []
        assert (await operator.post(THINGS, json={"name": "quick"})).status_code == 201
        async with suite.transaction() as tx:
            found = await entries(tx, Filter())
    assert [(entry.status, entry.code) for entry in found] == [(201, None), (503, "request_timed_out")]


async def test_a_commit_that_has_begun_is_waited_for(
    suite_with: Suite, postgres_cluster: EmbeddedPostgres, probe_database: str
) -> None:
    admin = await asyncpg.connect(postgres_cluster.admin_url(probe_database), server_settings={"search_path": "loaner"})
    await admin.execute("""
        CREATE FUNCTION rest() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.8); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER rest AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION rest();
    """)
    await admin.close()
    async with suite_with(request_timeout_seconds=0.4) as suite, suite.client() as operator:
        made = await operator.post(THINGS, json={"name": "a"})
        assert made.status_code == 201
        assert (await operator.get(f"{THINGS}/{made.json()['id']}")).status_code == 200


async def test_a_long_poll_may_take_its_time(suite_with: Suite) -> None:
    async with suite_with(request_timeout_seconds=0.1) as suite, suite.client() as operator:
        assert (await operator.get("/api/loaner/v1/news")).status_code == 200


async def test_a_body_that_says_it_is_too_large_is_refused_by_its_length_and_written_down(
    suite: RunningService,
) -> None:
    async with suite.client() as operator:
        refused = await operator.post(THINGS, content=b"x" * 3_000_000)
    assert (refused.status_code, refused.json()["code"], refused.headers["connection"]) == (
        413,
        "body_too_large",
        "close",
    )
    async with suite.transaction() as tx:
        (entry,) = await entries(tx, Filter())
    assert (entry.subject, entry.status, entry.code) == ("operator-1", 413, "body_too_large")


class Line:
    """A connection on which a test says byte by byte what it wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def say(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def drip(self, data: bytes, *, every: float) -> None:
        """Say something again and again, as long as somebody listens."""
        try:
            while not self._reader.at_eof():
                await self.say(data)
                await asyncio.sleep(every)
        except ConnectionError:
            pass

    async def rest(self) -> bytes:
        """What is answered until the other side closes."""
        told = b""
        with suppress(ConnectionError):
            while part := await self._reader.read(65_536):
                told += part
        return told

    async def answer(self) -> bytes:
        """One answer, head and body."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return head + await self._reader.readexactly(length)

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def served(suite: RunningService) -> AsyncIterator[Callable[[], AbstractAsyncContextManager[Line]]]:
    """The service behind a socket, as every process serves it."""
    config = server.server_config(suite.app, host="127.0.0.1", port=0, lifespan="off")
    running_server = uvicorn.Server(config)
    serving = asyncio.create_task(running_server._serve())
    while not running_server.started:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.005)
    host, port = running_server.servers[0].sockets[0].getsockname()

    @asynccontextmanager
    async def line() -> AsyncIterator[Line]:
        opened = Line(*await asyncio.open_connection(host, port))
        async with asyncio.timeout(20):
            yield opened
        opened.close()

    try:
        yield line
    finally:
        running_server.should_exit = True
        await serving


def head(path: str = "/healthz", *more: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: test", *more, "", ""]).encode()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(server, "LINGER_SECONDS", 0.3)


async def test_honest_requests_share_a_connection_and_do_not_learn_what_serves_them(suite: RunningService) -> None:
    async with served(suite) as line, line() as one:
        for _ in range(3):
            await one.say(head())
            answer = await one.answer()
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert b"\r\nserver:" not in answer.lower()


@pytest.mark.usefixtures("impatient")
async def test_who_says_nothing_is_cut_off(suite: RunningService) -> None:
    async with served(suite) as line, line() as silent:
        assert await silent.rest() == b""


@pytest.mark.usefixtures("impatient")
async def test_who_never_ends_the_head_is_cut_off_however_busily_it_drips(suite: RunningService) -> None:
    async with served(suite) as line, line() as slow:
        await slow.say(head()[:-2])
        dripping = asyncio.create_task(slow.drip(b"X-More: 1\r\n", every=0.02))
        assert (await slow.rest()).startswith(b"HTTP/1.1 408 ")
        await dripping


@pytest.mark.usefixtures("impatient")
async def test_the_second_request_of_a_connection_may_not_drip_either(suite: RunningService) -> None:
    async with served(suite) as line, line() as slow:
        await slow.say(head())
        await slow.answer()
        await slow.say(head()[:-2])
        assert (await slow.rest()).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (head("/healthz?" + "x" * 9_000), b"414"),
        (head("/healthz", "X-Long: " + "x" * 40_000), b"431"),
        (head("/healthz", *(f"X-{number}: {'x' * 50}" for number in range(1000))), b"431"),
        (b"NONSENSE\r\n\r\n", b"400"),
    ],
)
async def test_a_head_that_is_too_large_is_refused(suite: RunningService, said: bytes, status: bytes) -> None:
    async with served(suite) as line, line() as one:
        await one.say(said)
        assert (await one.rest()).split(b" ")[1] == status


@pytest.mark.parametrize("begun", [b"GET /healthz HTTP/1.1\r\nX-Endless: ", b"GET /"])
async def test_a_head_without_end_is_not_gathered(suite: RunningService, begun: bytes) -> None:
    async with served(suite) as line, line() as one:
        await one.say(begun)
        await one.drip(
            b"x" * 1000, every=0
        )  # until the connection is closed, long before the ten seconds of a slow one
        assert (await one.rest()).split(b" ")[1:2] in ([b"431"], [])  # what comes after the refusal may undo it


async def test_a_body_that_drips_is_not_waited_for_and_the_refusal_is_written_down(suite_with: Suite) -> None:
    async with suite_with(body_timeout_seconds=0.3) as suite, served(suite) as line, line() as slow:
        token = suite.issuer.token("op-slow", ["operator"])
        said = head(THINGS, f"Authorization: Bearer {token}", "Content-Length: 1000", method="POST")
        await slow.say(said + b"{")
        dripping = asyncio.create_task(slow.drip(b" ", every=0.05))
        answer = await slow.rest()
        await dripping
        async with suite.transaction() as tx:
            (entry,) = await entries(tx, Filter())
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"body_too_slow"' in answer
    assert (entry.subject, entry.status, entry.code) == ("op-slow", 408, "body_too_slow")


@pytest.mark.usefixtures("impatient")
async def test_a_body_nobody_asked_for_keeps_no_connection(suite: RunningService) -> None:
    async with served(suite) as line, line() as pushy:
        await pushy.say(head(THINGS, "Content-Length: 1000000", method="POST"))
        dripping = asyncio.create_task(pushy.drip(b"x", every=0.05))
        assert (await pushy.rest()).startswith(b"HTTP/1.1 401 ")
        await dripping
