"""The helpdesk behind a real port, and clients of its live streams that share nothing with it."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from common.events.base import NewEvent
from common.events.helpdesk import InquiryWaiting
from common.http.events import Places
from common.testing import RunningService
from helpdesk.testing import API


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


@dataclass
class Watcher:
    """A client of its own: a socket, the protocol's lines, and the last id it saw."""

    port: int
    token: str
    query: str = ""
    path: str = "/stream"
    last_id: str | None = None
    seen: list[str] = field(default_factory=list)
    bodies: list[dict[str, object]] = field(default_factory=list)
    presence: list[dict[str, Any]] = field(default_factory=list)

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
            f"GET {API}{self.path}{self.query} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {self.token}\r\n"
            f"{resume}\r\n".encode()
        )
        try:
            yield reader
        finally:
            writer.transport.abort()

    async def read(self, reader: asyncio.StreamReader, most: int) -> None:
        """Up to `most` events and messages of presence, or until the stream ends."""
        event = ""
        while most > 0 and (line := await reader.readline()):
            name, _, value = line.decode().strip().partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "event":
                event = value
            elif name == "data" and event != "opened":
                self._keep(event, json.loads(value))
                most -= 1

    def _keep(self, event: str, body: dict[str, Any]) -> None:
        if event == "presence":
            self.presence.append(body)
        else:
            self.seen.append(self.last_id or "")
            self.bodies.append(body)

    async def until(self, reader: asyncio.StreamReader, *operators: str) -> None:
        """Read on until these and no others are said to be there."""
        while not self.presence or {each["operator"] for each in self.presence[-1]["here"]} != set(operators):
            await self.read(reader, 1)

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
