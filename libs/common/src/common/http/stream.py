"""`GET …/stream`: what a service publishes, as server-sent events, so that screens need no reload.

The ids are the cursors of `GET …/events`: a client that was cut off sends the last one it saw (`Last-Event-ID`, as
browsers do by themselves) and misses nothing. Nothing is queued for a client: it is read on from where it stands, and
one that takes nothing for a while is let go.

A service may tell something of its own beside the events (`event_stream`).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import FastAPI, Header, Query, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from common.db import Database, Record
from common.errors import DomainError, Invalid, Kind
from common.event_tail import Tail, Tails, newest_position
from common.http.access import AccessTable, allow
from common.http.claims import Principal, Role
from common.http.edge import Caller, Edge, FactsOnly, Router, Transact, Transactions
from common.http.events import EventOut, Places, event_of, facts_of
from common.http.opaque import Opaque
from common.http.schemas import IdText

POLL_SECONDS = 0.25
BREATH_SECONDS = 15.0
"""How often a client hears that the line still stands when nothing happens."""
PATIENCE_SECONDS = 20.0
"""How long a client may leave untaken what was sent to it."""
LIFE_SECONDS = 900.0
"""How long one connection is served: its client comes back with a fresh token, so that rights withdrawn are noticed."""
LOOK_SECONDS = 1.0
"""How often the list of revoked tokens is asked for each of them, from memory."""
STREAMS_OF_ONE = 20
STREAMS_OF_ALL = 1000

_BREATH = b": \n\n"

STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Events."}
}
"""What the answer of a route that streams is documented as."""

Beside = Callable[[], AsyncGenerator[bytes, None]]
"""Frames of the moment, told beside the events as long as the stream is open; without an id: none is told again."""


class EventIdUnknown(Invalid):
    """`Last-Event-ID` is none that this stream gave out."""

    code = "event_id_unknown"
    en = "This stream has given out no such event id."
    ja = "指定されたイベント ID は存在しません。"


class TooManyStreams(DomainError):
    """As many streams are open as may be."""

    kind = Kind.UNAVAILABLE
    code = "too_many_streams"
    en = "Too many live streams are open."
    ja = "ライブ配信の同時接続数が上限に達しています。"
    retry_after = 5


@dataclass(frozen=True, slots=True)
class Frame:
    """One event in the bytes that all its watchers are sent; `facts` are for those who may read of no person."""

    subject: str
    correlation_id: str
    content: bytes
    facts: bytes


def _content(cursor: str, event: EventOut) -> bytes:
    # JSON holds no line break outside of strings, and none unescaped within.
    return f"id: {cursor}\nevent: {event.type}\ndata: {event.model_dump_json(exclude_none=True)}\n\n".encode()


class Streams:
    """The open streams of one process of a service."""

    def __init__(self, database: Database, opaque: Opaque) -> None:
        self.database = database
        self._opaque = opaque
        self.tails = Tails(database, self._frame, poll=POLL_SECONDS)
        self.closing = asyncio.Event()
        self._of: Counter[str] = Counter()

    def places(self, partner: str | None) -> Places:
        """How this tenant is told where it stands."""
        return Places(self._opaque, partner)

    def _frame(self, row: Record, partner: str | None) -> Frame:
        event, cursor = event_of(row, partner), self.places(partner).cursor(row["position"])
        content, facts = _content(cursor, event), facts_of(event)
        return Frame(
            subject=event.subject,
            correlation_id=event.correlationid,
            content=content,
            facts=content if facts is event else _content(cursor, facts),
        )

    def of(self, subject: str) -> int:
        """How many this subject has open."""
        return self._of[subject]

    def check(self, subject: str) -> None:
        """Raise `TooManyStreams` when this subject, or all together, have as many as they may."""
        if self._of[subject] >= STREAMS_OF_ONE or self._of.total() >= STREAMS_OF_ALL:
            raise TooManyStreams(yours=self._of[subject], most_of_yours=STREAMS_OF_ONE, most=STREAMS_OF_ALL)

    @contextmanager
    def counted(self, subject: str) -> Iterator[None]:
        """One more of this subject's, as long as it lasts."""
        self._of[subject] += 1
        try:
            yield
        finally:
            self._of[subject] -= 1
            if not self._of[subject]:
                del self._of[subject]


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Whose stream, from which position on, of what: of one case or contract, of one thing, or of all."""

    subject: str
    partner: str | None
    position: int
    about: str | None
    correlation_id: str | None
    facts_only: bool

    def shown(self, frame: Frame) -> bytes:
        """The bytes this watcher may have."""
        return frame.facts if self.facts_only else frame.content

    def wants(self, frame: Frame) -> bool:
        """Whether this watcher asked for it."""
        return self.about in {None, frame.subject} and self.correlation_id in {None, frame.correlation_id}


class EventStream(Response):
    """The answer that goes on: events as they are published, until its client goes, stalls, or its time is over."""

    def __init__(
        self,
        streams: Streams,
        watch: Watch,
        *,
        revoked: Callable[[], Awaitable[bool]],
        beside: Beside | None = None,
    ) -> None:
        super().__init__(media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._streams = streams
        self._watch = watch
        self._revoked = revoked
        self._beside = beside
        self._opened = asyncio.Event()
        self._sending = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve until the first of: its life is over, the client has gone, the process closes, the token is revoked."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        with self._streams.counted(self._watch.subject):
            serving = asyncio.create_task(self._serve(send))
            leaving = asyncio.create_task(_left(receive))
            closing = asyncio.create_task(self._streams.closing.wait())
            withdrawn = asyncio.create_task(self._withdrawn())
            telling = [asyncio.create_task(self._tell(self._beside, send))] if self._beside is not None else []
            tasks: set[asyncio.Task[Any]] = {serving, leaving, closing, withdrawn, *telling}
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        if not leaving.cancelled():
            return
        for task in (serving, *telling):
            if not task.cancelled():
                task.result()
        await self._put(send, b"", more=False)

    async def _withdrawn(self) -> None:
        while True:
            if await self._revoked():
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _serve(self, send: Send) -> None:
        until = time.monotonic() + LIFE_SECONDS
        position = self._watch.position
        async with self._streams.tails.watching(self._watch.partner) as tail:
            # The first id lets a client resume that was cut off before anything happened.
            cursor = self._streams.places(self._watch.partner).cursor(position)
            await self._put(send, f"retry: 2000\nid: {cursor}\nevent: opened\ndata: {{}}\n\n".encode())
            self._opened.set()
            while (left := until - time.monotonic()) > 0:
                content, position = await self._next(tail, position, min(left, BREATH_SECONDS))
                if content:
                    await self._put(send, content)

    async def _tell(self, beside: Beside, send: Send) -> None:
        await self._opened.wait()
        async with aclosing(beside()) as frames:
            async for frame in frames:
                await self._put(send, frame)

    async def _put(self, send: Send, content: bytes, *, more: bool = True) -> None:
        """Send; raises `TimeoutError` when the client does not take it."""
        async with self._sending, asyncio.timeout(PATIENCE_SECONDS):
            await send({"type": "http.response.body", "body": content, "more_body": more})

    async def _next(self, tail: Tail[Frame], position: int, seconds: float) -> tuple[bytes, int]:
        """What to send, and up to which position that leads."""
        told = await tail.after(position)
        if told:
            wanted = [self._watch.shown(each.shape) for each in told if self._watch.wants(each.shape)]
            return b"".join(wanted), told[-1].position
        if await tail.news(position, seconds):
            return b"", position
        return _BREATH, position


async def _left(receive: Receive) -> None:
    """Until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _position(told: str | None, newest: int, places: Places) -> int:
    """Where to begin: behind what the client saw last, or with what comes from now on. Raises `EventIdUnknown`."""
    if told is None or told == "":
        return newest
    position = places.position(told)
    if position is None or position > newest:  # beyond: what was published then is no longer there
        raise EventIdUnknown(last_event_id=told)
    return position


def streams_of(request: Request) -> Streams:
    """The streams of the service that answers `request`."""
    state = request.app.state
    database = state.service.database
    known: Streams | None = getattr(state, "streams", None)
    if known is None or known.database is not database:
        known = state.streams = Streams(database, state.edge.opaque)
    return known


def close_streams(app: FastAPI) -> None:
    """End the open streams of an application that is about to stop; nobody would end them otherwise."""
    streams: Streams | None = getattr(app.state, "streams", None)
    if streams is not None:
        streams.closing.set()


async def event_stream(
    request: Request,
    caller: Principal,
    transactions: Transact,
    *,
    last_seen: str | None,
    about: str | None = None,
    correlation_id: str | None = None,
    facts_only: bool = False,
    beside: Beside | None = None,
) -> EventStream:
    """A caller's stream, begun behind `last_seen`, or with what comes from now on; of one thing or case, where named.

    Raises `TooManyStreams`, `EventIdUnknown`.
    """
    streams = streams_of(request)
    streams.check(caller.subject)
    async with transactions() as tx:
        newest = await newest_position(tx)
    watch = Watch(
        subject=caller.subject,
        partner=caller.partner,
        position=_position(last_seen, newest, streams.places(caller.partner)),
        about=about,
        correlation_id=correlation_id,
        facts_only=facts_only,
    )
    edge: Edge = request.state.edge

    async def revoked() -> bool:
        return await edge.gate.revocations.struck(caller.signatory, caller.partner) is not None

    return EventStream(streams, watch, revoked=revoked, beside=beside)


def stream_router(api: str) -> tuple[Router, AccessTable]:
    """The route for a service whose paths begin with `/api/<api>`, and who may call it: whoever may read its events."""
    router = Router(prefix=f"/api/{api}/v1", tags=["events"])

    @router.get("/stream", response_class=Response, responses=STREAMED)
    async def stream(
        request: Request,
        caller: Caller,
        transactions: Transactions,
        facts_only: FactsOnly,
        last_event_id: Annotated[str | None, Header(max_length=80)] = None,
        cursor: Annotated[str | None, Query(max_length=80)] = None,
        correlation_id: IdText | None = None,
        subject: IdText | None = None,
    ) -> Response:
        """Published events as they come: `id` is the cursor of `GET …/events`, `data` the event as shown there.

        Begins behind `Last-Event-ID` (or `cursor`, for a first connection), without either with what comes from now on.
        Ends after a quarter of an hour; clients resume. No transaction is open while it waits.
        """
        return await event_stream(
            request,
            caller,
            transactions,
            last_seen=last_event_id or cursor,
            about=subject,
            correlation_id=correlation_id,
            facts_only=facts_only,
        )

    readers = (Role.OPERATOR, Role.SUPERVISOR, Role.ANALYST, Role.PARTNER)
    return router, {"GET /stream": allow(*readers, scope=f"{api}:read", own_transactions=True)}
