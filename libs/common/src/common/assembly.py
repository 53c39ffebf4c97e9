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
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from common.audit import CHAIN as AUDIT
from common.bus.choice import KAFKA
from common.bus.protocol import Bus
from common.bus_status import REPORT_SECONDS, report
from common.clock import Clock
from common.consuming import Consumer, Handlers
from common.context import system_context
from common.db import Database, Tx
from common.dead_letters import PURGE as PURGE_LETTERS
from common.dead_letters import Redriver
from common.errors import Unavailable
from common.http.access import AccessTable
from common.http.application import build_application, serve_metrics
from common.http.audit import audit_router
from common.http.auditing import Auditor
from common.http.auth import Authenticator
from common.http.bus_status import bus_status_router
from common.http.claims import ClaimNames
from common.http.dead_letters import dead_letters_router
from common.http.edge import Edge
from common.http.events import events_router
from common.http.gate import Gate
from common.http.idempotency import PURGE, cipher_of
from common.http.issuer_keys import KeySource, RemoteKeys
from common.http.metrics import RequestMetrics
from common.http.opaque import Opaque
from common.http.peer import Peers
from common.http.stream import stream_router
from common.ids import new_id
from common.japanese_text import JapaneseTextDead, require_alive
from common.limits import PURGE as PURGE_BUCKETS
from common.limits import Limiter
from common.metrics import bus_families, seal_families
from common.relay import Relay
from common.revocation import Revocations
from common.sealing import Chain, Sealer, Unsealed
from common.settings import ServiceSettings
from common.settling import Recorded, outstanding, recorded
from common.sweeping import Sweep, Sweeper

log = logging.getLogger("anshin.service")

PURGE_SECONDS = 3600.0
GARBAGE = (20_000, 20, 100)


def keep_what_lives() -> None:
    """Tell the garbage collector, once all is started, to leave alone what is there and to look for more less often.

    Nearly all that a request or an event makes is gone without it; what refers to itself in a circle is still found.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


@dataclass(frozen=True, kw_only=True)
class ServiceParts:
    """All that makes one service what it is.

    `name` is its name in paths' first part unless `api` says otherwise, in groups and topics; `package` its import,
    role and schema. `on_start` runs once in a transaction of its own before requests are taken. `projection_tables` are
    those that nothing but `projections` (and reactions that keep the same facts) writes: they can be rebuilt. `chains`
    are sealed by a sweep, beside the audit trail that every service has, and so are the many small ones that `unsealed`
    takes.
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
    projection_tables: Sequence[str] = ()
    chains: Sequence[Chain] = ()
    unsealed: Unsealed | None = None

    def groups(self) -> dict[str, Handlers]:
        """The handlers of each consumer group that has any."""
        tables = {"projections": self.projections, "reactions": self.reactions}
        return {f"{self.name}.{suffix}": handlers for suffix, handlers in tables.items() if handlers}


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
        self.requests = RequestMetrics(parts.name)
        self.auditor: Auditor

    @property
    def database(self) -> Database:
        """The pool; raises `Unavailable` before start and after stop."""
        if self._database is None:
            raise Unavailable(reason="not started")
        return self._database

    def redriver(self) -> Redriver:
        """Who tries dead letters again; raises `Unavailable` before start and after stop."""
        return Redriver(self.database, self.parts.groups(), self.clock)

    def consumer(self, handlers: Handlers, suffix: str) -> Consumer:
        """A consumer of this service for one table of handlers; the group is `<name>.<suffix>`."""
        group = f"{self.parts.name}.{suffix}"
        topics = sorted({kind.topic for kind in handlers})
        subscription = self._bus.subscription(self.parts.name, group, topics)
        return Consumer(self.database, subscription, group=group, handlers=handlers, clock=self.clock)

    @property
    def chains(self) -> Sequence[Chain]:
        """All that is sealed here: the audit trail, and what the service adds."""
        return (AUDIT, *self.parts.chains)

    def sealer(self) -> Sealer:
        """Who seals what this service keeps unchangeable; raises `Unavailable` before start and after stop."""
        every = self.settings.seal_seconds
        return Sealer(self.database, self.chains, every=every, unsealed=self.parts.unsealed)

    @property
    def bus(self) -> Bus:
        """The bus this service is on."""
        return self._bus

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Database]:
        """Open the pool and nothing else, for what is done from the command line."""
        settings = self.settings
        self._database = await Database.open(
            settings.database_url, service=self.parts.name, package=self.parts.package, size=settings.pool_size
        )
        try:
            yield self._database
        finally:
            database, self._database = self._database, None
            await database.close()

    @asynccontextmanager
    async def running(self, app: FastAPI, keys: KeySource) -> AsyncIterator[None]:
        """Open the pool, start the background work, and take both down again in order."""
        settings = self.settings
        async with self.connected() as database:
            self.auditor = Auditor(database, self.clock, Peers(settings.trusted_proxies))
            app.state.edge = Edge(
                database=database,
                gate=Gate(
                    authenticator_of(settings, keys), Revocations(database), Limiter(database, settings.rate_limits())
                ),
                clock=self.clock,
                access=self.parts.access,
                cipher=cipher_of(settings.secrets()),
                opaque=Opaque(settings.secrets(), service=self.parts.name),
                settings=settings,
                auditor=self.auditor,
            )
            self._sweeper = Sweeper(database, self.parts.sweeps, self.clock)
            async with database.connection() as connection:
                await require_alive(connection)
            if self.parts.on_start is not None:
                async with database.transaction(system_context(self.parts.name)) as tx:
                    await self.parts.on_start(tx, self.clock.now())
            tasks = [asyncio.create_task(self.auditor.run()), *(self._start() if settings.background else ())]
            keep_what_lives()
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                for done in await asyncio.gather(*tasks, return_exceptions=True):
                    if isinstance(done, Exception):
                        log.error("background work ended badly: %r", done, extra={"service": self.parts.name})
                await self.auditor.flush()

    def _start(self) -> list[asyncio.Task[None]]:
        relay = Relay(self.database, self._bus.publisher(self.parts.name), poll=self.settings.poll_seconds)
        for handlers, suffix in ((self.parts.projections, "projections"), (self.parts.reactions, "reactions")):
            if handlers:
                self._consumers.append(self.consumer(handlers, suffix))
        work = [
            relay.run(),
            self.sealer().run(),
            self._purge(),
            self._report(),
            *(consumer.run() for consumer in self._consumers),
        ]
        if self._sweeper is not None and self.parts.sweeps:
            work.append(self._sweeper.run())
        return [asyncio.create_task(each) for each in work]

    async def _purge(self) -> None:
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with self.database.connection() as connection:
                    await connection.execute(PURGE)
                    await connection.execute(PURGE_LETTERS)
                    await connection.execute(PURGE_BUCKETS)
            await asyncio.sleep(PURGE_SECONDS)

    async def _report(self) -> None:
        member = new_id("mbr")
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await report(self.database, member, self._consumers)
            await asyncio.sleep(REPORT_SECONDS)

    async def next_due(self) -> datetime | None:
        """The earliest instant at which a sweep of this service has something to do."""
        return await self._sweeper.next_due() if self._sweeper else None

    async def sweep(self) -> int:
        """All that is due now; the number of things done."""
        return await self._sweeper.sweep(self.clock.now()) if self._sweeper else 0

    async def recorded(self) -> Recorded:
        """How many events this service has recorded, and how many of them are not yet published."""
        async with self.database.connection() as connection:
            return await recorded(connection)

    async def lag(self) -> int:
        """Messages that the consumers of this service have not applied yet; those that stopped are not waited for."""
        return sum(await asyncio.gather(*[consumer.lag() for consumer in self._consumers if not consumer.stopped]))

    async def outstanding(self) -> int:
        """Messages not yet applied here plus events not yet published; 0 only when this service has caught up."""
        return await outstanding([self])

    async def metrics(self) -> list[Metric]:
        """Requests of this process, and how the service stands with the bus (absent while the database is away)."""
        families = list(self.requests.families())
        up = GaugeMetricFamily("anshin_database_up", "1 while the database answers.", labels=["service"])
        lag_of_group = sum if self.settings.bus.startswith(KAFKA) else max
        try:
            async with self.database.transaction(system_context(self.parts.name), readonly=True) as tx:
                families += await bus_families(tx, list(self.parts.groups()), lag_of_group=lag_of_group)
                families += await seal_families(tx, self.chains)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable):
            up.add_metric([self.parts.name], 0)
        else:
            up.add_metric([self.parts.name], 1)
        return [*families, up]

    async def ready(self) -> Mapping[str, str]:
        """The state of what this service needs, by name; `ok` or what is wrong."""
        parts = {"database": "ok"}
        try:
            async with self.database.connection() as connection:
                await require_alive(connection)
        except JapaneseTextDead:
            parts["database"] = "japanese_text_dead"
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable) as error:
            parts["database"] = type(error).__name__
        for consumer in self._consumers:
            parts[f"consumer {consumer.group}"] = "stopped" if consumer.stopped else "ok"
        return parts


def keys_of(settings: ServiceSettings) -> RemoteKeys:
    """The keys of the one issuer that is trusted."""
    return RemoteKeys(settings.issuer, jwks_url=settings.jwks_url, refresh_seconds=settings.keys_refresh_seconds)


def authenticator_of(settings: ServiceSettings, keys: KeySource) -> Authenticator:
    """Who reads the tokens of that issuer."""
    names = ClaimNames(
        roles=settings.roles_claim,
        scope=settings.scope_claim,
        partner=settings.partner_claim,
        person=settings.person_claim,
    )
    return Authenticator(keys, issuer=settings.issuer, audience=settings.audience, names=names)


def assemble(parts: ServiceParts, *, settings: ServiceSettings, bus: Bus, clock: Clock) -> FastAPI:
    """The application of a service.

    Before it is started, `app.state.keys` may be set to another source of verification keys (several services of one
    process share one; tests bring their own).
    """
    service = Service(parts, settings=settings, bus=bus, clock=clock)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with service.running(app, app.state.keys or keys_of(settings)):
            yield

    api = parts.api or parts.name
    platform = (
        events_router(api),
        stream_router(api),
        bus_status_router(api, list(parts.groups())),
        dead_letters_router(api, service.redriver),
        audit_router(api, parts.chains),
    )
    app = build_application(
        title=parts.title,
        name=api,
        routers=(*parts.routers, *(router for router, _ in platform)),
        access={**parts.access, **{route: rule for _, access in platform for route, rule in access.items()}},
        lifespan=lifespan,
        ready=service.ready,
        settings=settings,
        metrics=service.requests,
    )
    serve_metrics(app, service.metrics)
    app.state.service = service
    app.state.keys = None
    return app
