"""A running service: its application, its relay, its consumers and its sweeps, started and stopped together."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
from fastapi import FastAPI

from common.bus.protocol import Bus
from common.clock import Clock
from common.consuming import Consumer, Handlers
from common.context import system_context
from common.db import Database, Tx
from common.errors import Unavailable
from common.http.access import AccessTable
from common.http.application import build_application
from common.http.auth import Authenticator, KeySource, RemoteKeys
from common.http.edge import Edge
from common.http.events import events_router
from common.http.idempotency import PURGE, cipher_of
from common.relay import Relay, waiting
from common.settings import ServiceSettings
from common.sweeping import Sweep, Sweeper

log = logging.getLogger("anshin.service")

PURGE_SECONDS = 3600.0


@dataclass(frozen=True, kw_only=True)
class ServiceParts:
    """All that makes one service what it is.

    `name` is its name in paths' first part unless `api` says otherwise, in groups and topics; `package` its import,
    role and schema. `on_start` runs once in a transaction of its own before requests are taken.
    """

    name: str
    package: str
    title: str
    routers: Sequence[Any]
    access: AccessTable
    projections: Handlers = field(default_factory=dict)
    reactions: Handlers = field(default_factory=dict)
    sweeps: Sequence[Sweep] = ()
    on_start: Callable[[Tx, datetime], Awaitable[None]] | None = None
    api: str | None = None


class Service:
    """One service at run time; `app.state.service` of its application."""

    def __init__(self, parts: ServiceParts, *, settings: ServiceSettings, bus: Bus, clock: Clock) -> None:
        self.parts = parts
        self.settings = settings
        self.clock = clock
        self._bus = bus
        self._database: Database | None = None
        self._consumers: list[Consumer] = []
        self._sweeper: Sweeper | None = None

    @property
    def database(self) -> Database:
        """The pool; raises `Unavailable` before start and after stop."""
        if self._database is None:
            raise Unavailable(reason="not started")
        return self._database

    def consumer(self, handlers: Handlers, suffix: str) -> Consumer:
        """A consumer of this service for one table of handlers; the group is `<name>.<suffix>`."""
        group = f"{self.parts.name}.{suffix}"
        topics = sorted({kind.topic for kind in handlers})
        subscription = self._bus.subscription(self.parts.name, group, topics)
        return Consumer(self.database, subscription, group=group, handlers=handlers, clock=self.clock)

    @asynccontextmanager
    async def running(self, app: FastAPI, keys: KeySource) -> AsyncIterator[None]:
        """Open the pool, start the background work, and take both down again in order."""
        settings = self.settings
        self._database = await Database.open(
            settings.database_url, service=self.parts.name, package=self.parts.package, size=settings.pool_size
        )
        try:
            app.state.edge = Edge(
                database=self._database,
                authenticator=Authenticator(keys, issuer=settings.issuer, audience=settings.audience),
                clock=self.clock,
                access=self.parts.access,
                cipher=cipher_of(settings.secret_key.get_secret_value()),
                settings=settings,
            )
            self._sweeper = Sweeper(self._database, self.parts.sweeps, self.clock)
            if self.parts.on_start is not None:
                async with self._database.transaction(system_context(self.parts.name)) as tx:
                    await self.parts.on_start(tx, self.clock.now())
            tasks = self._start() if settings.background else []
            gc.collect()
            gc.freeze()
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                for done in await asyncio.gather(*tasks, return_exceptions=True):
                    if isinstance(done, Exception):
                        log.error("background work ended badly: %r", done, extra={"service": self.parts.name})
        finally:
            database, self._database = self._database, None
            await database.close()

    def _start(self) -> list[asyncio.Task[None]]:
        relay = Relay(self.database, self._bus.publisher(self.parts.name), poll=self.settings.poll_seconds)
        for handlers, suffix in ((self.parts.projections, "projections"), (self.parts.reactions, "reactions")):
            if handlers:
                self._consumers.append(self.consumer(handlers, suffix))
        work = [relay.run(), self._purge(), *(consumer.run() for consumer in self._consumers)]
        if self._sweeper is not None and self.parts.sweeps:
            work.append(self._sweeper.run())
        return [asyncio.create_task(each) for each in work]

    async def _purge(self) -> None:
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with self.database.connection() as connection:
                    await connection.execute(PURGE)
            await asyncio.sleep(PURGE_SECONDS)

    async def next_due(self) -> datetime | None:
        """The earliest instant at which a sweep of this service has something to do."""
        return await self._sweeper.next_due() if self._sweeper else None

    async def sweep(self) -> int:
        """All that is due now; the number of things done."""
        return await self._sweeper.sweep(self.clock.now()) if self._sweeper else 0

    async def outstanding(self) -> int:
        """Messages not yet applied here plus events not yet published; 0 when this service has caught up.

        In this order: what an applied message causes stands in the outbox before the bus learns that it was applied.
        """
        lags = await asyncio.gather(*(consumer.lag() for consumer in self._consumers if not consumer.stopped))
        async with self.database.connection() as connection:
            return sum(lags) + await waiting(connection)

    async def ready(self) -> Mapping[str, str]:
        """The state of what this service needs, by name; `ok` or what is wrong."""
        parts = {"database": "ok"}
        try:
            async with self.database.connection() as connection:
                await connection.fetchval("SELECT 1")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable) as error:
            parts["database"] = type(error).__name__
        for consumer in self._consumers:
            parts[f"consumer {consumer.group}"] = "stopped" if consumer.stopped else "ok"
        return parts


def assemble(parts: ServiceParts, *, settings: ServiceSettings, bus: Bus, clock: Clock) -> FastAPI:
    """The application of a service.

    Before it is started, `app.state.keys` may be set to another source of verification keys (several services of one
    process share one; tests bring their own).
    """
    service = Service(parts, settings=settings, bus=bus, clock=clock)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with service.running(app, app.state.keys or RemoteKeys(settings.jwks_url)):
            yield

    api = parts.api or parts.name
    events, events_access = events_router(api)
    app = build_application(
        title=parts.title,
        name=api,
        routers=(*parts.routers, events),
        access={**parts.access, **events_access},
        lifespan=lifespan,
        ready=service.ready,
        body_limit=settings.body_limit_bytes,
    )
    app.state.service = service
    app.state.keys = None
    return app
