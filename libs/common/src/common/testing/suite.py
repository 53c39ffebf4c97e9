"""One service on real PostgreSQL, called over ASGI with real tokens, fed through its real consumers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
from fastapi import FastAPI

from common.assembly import Service
from common.bus.protocol import Bus, Delivered, Publisher, Subscription
from common.clock import FrozenClock
from common.consuming import Consumer, read_message
from common.context import Context, system_context
from common.db import Database
from common.events.base import EventData, NewEvent, Received
from common.ids import new_id
from common.outbox import headers_of
from common.testing.tokens import AUDIENCE, ISSUER, TestIssuer

SECRET_KEY = "a long and random enough text for tests"
_UNLIMITED = {"rate_limit_house": None, "rate_limit_partner": None, "rate_limit_anonymous": None}

_ALL = """
SELECT topic, key, headers, payload::text AS payload FROM (
    SELECT 0 AS place, position AS n, topic, key, headers, payload FROM published_event
    UNION ALL SELECT 1, seq, topic, key, headers, payload FROM outbox
) e ORDER BY place, n
"""


class NoBus:
    """A bus for services whose background work is off: nothing is ever fetched."""

    def publisher(self, service: str) -> Publisher:
        """There is none."""
        raise LookupError(service)

    def subscription(self, service: str, group: str, topics: Sequence[str]) -> Subscription:
        """A subscription that yields nothing."""
        return _Silence()


class _Silence:
    async def open(self) -> None: ...

    async def fetch(self, *, most: int, wait: float) -> Sequence[Delivered]:
        return []

    async def commit(self, delivered: Sequence[Delivered]) -> None: ...

    async def rewind(self) -> None: ...

    async def lag(self) -> int:
        return 0

    async def close(self) -> None: ...


class RunningService:
    """A started service under test."""

    def __init__(self, app: FastAPI, clock: FrozenClock, issuer: TestIssuer) -> None:
        self.app = app
        self.clock = clock
        self.issuer = issuer
        self.service: Service = app.state.service

    @property
    def database(self) -> Database:
        """The service's pool."""
        return self.service.database

    def client(
        self, role: str | None = "operator", *, subject: str | None = None, partner: str | None = None
    ) -> httpx.AsyncClient:
        """A client with a token of this role (None: without a token)."""
        headers = {}
        if role is not None:
            token = self.issuer.token(subject or f"{role}-1", [role], partner=partner)
            headers["Authorization"] = f"Bearer {token}"
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app), base_url="http://test", headers=headers, timeout=60
        )

    def message(
        self,
        data: EventData,
        *,
        subject: str,
        sequence: int,
        key: str,
        partner: str | None = None,
        correlation_id: str | None = None,
        at: datetime | None = None,
        event_id: str | None = None,
    ) -> Delivered:
        """An event as the bus would deliver it."""
        event = NewEvent(
            data=data,
            subject=subject,
            sequence=sequence,
            key=key,
            time=at or self.clock.now(),
            partner=partner,
            correlation_id=correlation_id or key,
        )
        headers = headers_of(
            event,
            event_id=event_id or new_id("evt"),
            service=data.topic.split(".", 1)[0],
            context=Context(actor=data.actor),
        )
        return Delivered(
            topic=data.topic,
            partition=0,
            offset=0,
            key=key,
            headers=headers,
            value=data.model_dump_json(by_alias=True).encode(),
        )

    def consumers(self) -> list[Consumer]:
        """The service's consumers, projections first."""
        parts = self.service.parts
        return [
            self.service.consumer(handlers, suffix)
            for handlers, suffix in ((parts.projections, "projections"), (parts.reactions, "reactions"))
            if handlers
        ]

    async def deliver(self, data: EventData, **place: Any) -> None:
        """Hand one event to all consumers, the real way; raises when it becomes a dead letter."""
        await self.deliver_messages([self.message(data, **place)])

    async def deliver_messages(self, messages: Sequence[Delivered]) -> None:
        """Hand messages to all consumers; raises `AssertionError` when one becomes a dead letter."""
        for consumer in self.consumers():
            await consumer.apply(messages)
        async with self.database.connection() as connection:
            letters = await connection.fetch(
                "SELECT consumer_group, reason, error FROM dead_letter WHERE redriven_at IS NULL"
            )
        if letters:
            raise AssertionError([dict(letter) for letter in letters])

    async def published(self, kind: type[EventData] | None = None) -> list[Received[Any]]:
        """All events recorded so far, in order; of one type when asked."""
        async with self.database.connection() as connection:
            rows = await connection.fetch(_ALL)
        events = [
            read_message(
                Delivered(
                    topic=row["topic"],
                    partition=0,
                    offset=0,
                    key=row["key"],
                    headers=row["headers"],
                    value=row["payload"].encode(),
                )
            )
            for row in rows
        ]
        return [event for event in events if event is not None and (kind is None or isinstance(event.data, kind))]

    async def sweep(self) -> int:
        """All that is due by the clock."""
        return await self.service.sweep()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """A transaction of the house, to look at rows."""
        async with self.database.transaction(system_context(self.service.parts.name)) as tx:
            yield tx


@asynccontextmanager
async def running(
    create_app: Callable[..., FastAPI],
    settings_type: Callable[..., Any],
    *,
    url: str,
    at: datetime,
    bus: Bus | None = None,
    **settings: Any,
) -> AsyncIterator[RunningService]:
    """Start a service on the database `url` with business time frozen at `at`; background work is off.

    Nobody is limited unless `settings` say so. Without `bus` nothing is ever fetched: events are delivered by hand.
    """
    clock, issuer = FrozenClock(at), TestIssuer()
    chosen = settings_type(
        database_url=url,
        issuer=ISSUER,
        audience=AUDIENCE,
        jwks_url="http://127.0.0.1:9/jwks",
        background=False,
        **{"secret_key": SECRET_KEY, **_UNLIMITED, **settings},
    )
    app = create_app(chosen, bus or NoBus(), clock)
    app.state.keys = issuer.keys()
    async with app.router.lifespan_context(app):
        yield RunningService(app, clock, issuer)
