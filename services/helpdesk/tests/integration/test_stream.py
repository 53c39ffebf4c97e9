"""The live stream over real TCP: nobody misses anything, nobody sees another tenant's, nobody holds the service."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import httpx
import pytest

from common.bus.embedded import EmbeddedBus
from common.events.base import NewEvent
from common.events.helpdesk import InquiryWaiting
from common.http import stream as live
from common.http.events import Places
from common.relay import Relay
from common.testing import RunningService, running
from common.testing.serving import serving
from helpdesk.app import create_app
from helpdesk.settings import HelpdeskSettings
from helpdesk.testing import API, MONDAY_10

PARTNERS = ("ptn_north", "ptn_south", None)


@dataclass
class Served:
    """The helpdesk behind a real port, its relay at work."""

    suite: RunningService
    port: int

    async def tell(self, partner: str | None, numbers: Sequence[int], *, reason: str = "rings back") -> None:
        """Publish facts of one case of this tenant."""
        case = f"inq_{partner}"
        async with self.suite.transaction() as tx:
            facts = [
                NewEvent(
                    data=InquiryWaiting(actor="op-sato", inquiry_id=case, contract_id=f"ctr_{partner}", reason=reason),
                    subject=case,
                    sequence=number,
                    key=case,
                    time=self.suite.clock.now(),
                    partner=partner,
                    correlation_id=case,
                )
                for number in numbers
            ]
            await tx.publish(*facts)

    async def cursors(self, partner: str | None) -> list[str]:
        """The events that this tenant may see, by the ids it is told; the house sees all."""
        async with self.suite.transaction() as tx:
            rows = await tx.connection.fetch(
                "SELECT position FROM published_event WHERE $1::text IS NULL OR partner = $1 ORDER BY position", partner
            )
        return [self.cursor(partner, row["position"]) for row in rows]

    def cursor(self, partner: str | None, position: int) -> str:
        """The id by which this tenant is told of a position."""
        return Places(self.suite.app.state.edge.opaque, partner).cursor(position)

    def token(self, partner: str | None, subject: str) -> str:
        """A token of this tenant."""
        return self.suite.issuer.token(subject, ["operator" if partner is None else "partner"], partner=partner)


@pytest.fixture
async def served(service_url: Callable[[str], str]) -> AsyncIterator[Served]:
    """The helpdesk, served."""
    url = service_url("helpdesk")
    bus = EmbeddedBus(lambda _: url, poll=0.05)
    async with running(create_app, HelpdeskSettings, url=url, at=MONDAY_10, bus=bus) as suite:
        relay = asyncio.create_task(Relay(suite.database, bus.publisher("helpdesk"), poll=0.02).run())
        async with serving(suite.app) as port:
            yield Served(suite, port)
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)


@dataclass
class Watcher:
    """A client of its own: a socket, the protocol's lines, and the last id it saw."""

    port: int
    token: str
    query: str = ""
    last_id: str | None = None
    seen: list[str] = field(default_factory=list)
    bodies: list[dict[str, object]] = field(default_factory=list)

    @asynccontextmanager
    async def connected(self, *, small: bool = False) -> AsyncIterator[asyncio.StreamReader]:
        """One connection, its request sent; `small`: with next to no room for what comes."""
        sock = socket.socket()
        if small:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
        reader, writer = await asyncio.open_connection(sock=sock, limit=2**16)
        resume = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id is not None else ""
        writer.write(
            f"GET {API}/stream{self.query} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {self.token}\r\n"
            f"{resume}\r\n".encode()
        )
        try:
            yield reader
        finally:
            writer.transport.abort()

    async def read(self, reader: asyncio.StreamReader, most: int) -> None:
        """Up to `most` events, or until the stream ends."""
        event = ""
        while most > 0 and (line := await reader.readline()):
            name, _, value = line.decode().strip().partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "event":
                event = value
            elif name == "data" and event != "opened":
                self.seen.append(self.last_id or "")
                self.bodies.append(json.loads(value))
                most -= 1

    async def opened(self, reader: asyncio.StreamReader) -> None:
        """Until the first id has come."""
        while (line := (await reader.readline()).decode().strip()) != "data: {}":
            name, _, value = line.partition(": ")
            self.last_id = value if name == "id" else self.last_id

    async def watch(self, until: asyncio.Event, expected: Callable[[], int], fate: random.Random) -> None:
        """Watch, cut the line at random, resume, until everything was told and seen."""
        while not (until.is_set() and len(self.seen) >= expected()):
            async with self.connected() as reader:
                try:
                    async with asyncio.timeout(fate.uniform(0.5, 4)):
                        await self.read(reader, fate.randint(10, 60))
                except (TimeoutError, ConnectionError):
                    continue


async def test_two_hundred_clients_cut_off_and_resumed_miss_nothing_and_see_no_other_tenant(served: Served) -> None:
    seed = random.SystemRandom().randrange(2**32)
    fate = random.Random(seed)  # noqa: S311 - chance, not a secret
    subjects = [PARTNERS[number % 3] for number in range(200)]
    watchers = [
        Watcher(served.port, served.token(partner, f"sub-{number}"), last_id=served.cursor(partner, 0))
        for number, partner in enumerate(subjects)
    ]
    rounds, told, expected = 20, asyncio.Event(), dict.fromkeys(PARTNERS, 0)

    async def tell() -> None:
        for at in range(rounds):
            for partner in PARTNERS:
                await served.tell(partner, range(at * 4 + 1, at * 4 + 5))
            await asyncio.sleep(0.05)
        for partner in PARTNERS:
            expected[partner] = rounds * 4 * (3 if partner is None else 1)
        told.set()

    async with asyncio.timeout(100):
        await asyncio.gather(
            tell(),
            *(
                watcher.watch(told, partial(expected.__getitem__, partner), random.Random(fate.random()))  # noqa: S311
                for watcher, partner in zip(watchers, subjects, strict=True)
            ),
        )

    due = {partner: await served.cursors(partner) for partner in PARTNERS}
    for watcher, partner in zip(watchers, subjects, strict=True):
        assert watcher.seen == due[partner], f"seed {seed}"
        if partner is not None:
            assert {body["partner"] for body in watcher.bodies} == {partner}
            others = {name for name in PARTNERS if name not in {None, partner}}
            assert not any(str(name) in json.dumps(body) for body in watcher.bodies for name in others)


async def test_a_client_that_takes_nothing_is_let_go_and_holds_nobody(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PATIENCE_SECONDS", 2.0)
    slow = Watcher(served.port, served.token(None, "slow"))
    quick = Watcher(served.port, served.token(None, "quick"))
    async with slow.connected(small=True) as asleep, quick.connected() as awake, asyncio.timeout(60):
        await slow.opened(asleep)
        await quick.opened(awake)
        reading = asyncio.create_task(quick.read(awake, 4000))
        for at in range(20):
            await served.tell(None, range(at * 200 + 1, at * 200 + 201), reason="x" * 1900)
        await reading
        assert quick.seen == await served.cursors(None)
        streams: live.Streams = served.suite.app.state.streams
        while streams.of("slow"):  # noqa: ASYNC110 - a count of the service
            await asyncio.sleep(0.05)
        assert streams.of("quick") == 1


async def test_tells_only_of_the_case_that_was_asked_for(served: Served) -> None:
    start = served.cursor(None, 0)
    watcher = Watcher(served.port, served.token(None, "sv"), query="?correlation_id=inq_ptn_north", last_id=start)
    await served.tell("ptn_south", [1, 2])
    await served.tell("ptn_north", [1, 2])
    async with watcher.connected() as reader, asyncio.timeout(30):
        await watcher.read(reader, 2)
    assert [body["subject"] for body in watcher.bodies] == ["inq_ptn_north"] * 2
    assert {"id", "type", "time", "sequence", "data"} <= watcher.bodies[0].keys()


async def test_begins_with_what_comes_when_nothing_was_seen_before(served: Served) -> None:
    watcher = Watcher(served.port, served.token(None, "sv"))
    await served.tell(None, [1])
    async with asyncio.timeout(30):
        while not await served.cursors(None):  # noqa: ASYNC110 - rows that the relay moves
            await asyncio.sleep(0.02)
        async with watcher.connected() as reader:
            await watcher.opened(reader)
            await served.tell(None, [2])
            await watcher.read(reader, 1)
    assert watcher.bodies[0]["sequence"] == "2"


@pytest.mark.parametrize("told", ["7", "abc", "9" * 40, "１", "another tenant's", "not yet published"])
async def test_refuses_an_id_that_it_never_gave_out(served: Served, told: str) -> None:
    told = {
        "another tenant's": served.cursor("ptn_north", 0),
        "not yet published": served.cursor(None, 7),
    }.get(told, told)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        response = await client.get(
            f"{API}/stream",
            params={"cursor": told},
            headers={"Authorization": f"Bearer {served.token(None, 'sv')}"},
        )
    assert (response.status_code, response.json()["code"]) == (422, "event_id_unknown")


async def test_one_subject_may_hold_so_many_streams_and_no_more(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STREAMS_OF_ONE", 1)
    first = Watcher(served.port, served.token(None, "sv"))
    second = Watcher(served.port, served.token(None, "sv"))
    async with first.connected() as reader, asyncio.timeout(30):
        await first.opened(reader)
        async with second.connected() as refused:
            assert b"503" in await refused.readline()


async def test_open_streams_end_when_the_process_is_to_stop(served: Served) -> None:
    watcher = Watcher(served.port, served.token(None, "sv"))
    async with watcher.connected() as reader, asyncio.timeout(10):
        await watcher.opened(reader)
        live.close_streams(served.suite.app)
        rest = await reader.readuntil(b"0\r\n\r\n")
    assert rest.endswith(b"0\r\n\r\n")


async def test_a_stream_ends_when_its_time_is_over_so_that_rights_are_judged_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LIFE_SECONDS", 0.3)
    watcher = Watcher(served.port, served.token(None, "sv"))
    async with watcher.connected() as reader, asyncio.timeout(10):
        assert (await reader.readuntil(b"0\r\n\r\n")).endswith(b"0\r\n\r\n")
