"""When a service says that nothing is outstanding, nothing is: the sandbox clock moves on its word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from common.assembly import Service, ServiceParts, assemble
from common.bus.embedded import EmbeddedBus
from common.clock import FrozenClock
from common.consuming import Handlers
from common.context import Context
from common.db import Tx
from common.events.base import Received
from common.settings import ServiceSettings
from common.testing import TestIssuer
from tests.bus.probe import HANDLERS, SERVICE, RolledBack, ThingChanged, an_event, change, effects, note_effect, until


@asynccontextmanager
async def a_service(url: str, reactions: Handlers = HANDLERS) -> AsyncIterator[Service]:
    """The probe with its relay and a consumer at work."""
    parts = ServiceParts(name=SERVICE, package=SERVICE, title="Probe", routers=(), access={}, reactions=reactions)
    settings = ServiceSettings(
        database_url=url,
        issuer="https://issuer.test",
        jwks_url="http://127.0.0.1:9/jwks",
        secret_key=SecretStr("a long and random enough text for tests"),
    )
    clock = FrozenClock(datetime(2026, 6, 1, tzinfo=UTC))
    app = assemble(parts, settings=settings, bus=EmbeddedBus(lambda _: url), clock=clock)
    app.state.keys = TestIssuer().keys()
    async with app.router.lifespan_context(app):
        yield app.state.service


async def quiet(service: Service) -> bool:
    return await service.outstanding() == 0


async def test_is_quiet_only_when_each_event_has_had_its_effect(probe_url: str) -> None:
    async with a_service(probe_url) as service:
        for n in range(1, 6):
            for thing in range(4):
                await change(service.database, f"thing-{thing}")
            assert await service.outstanding() > 0 or len(await effects(service.database)) == 4 * n
            await until(lambda: quiet(service))
            assert len(await effects(service.database)) == 4 * n


async def test_is_not_quiet_while_an_effect_is_under_way(probe_url: str) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(event: Received[Any], tx: Tx, now: datetime) -> None:
        begun.set()
        await go_on.wait()
        await note_effect(event, tx, now)

    async with a_service(probe_url, {ThingChanged: slow}) as service:
        await change(service.database, "thing-1")
        await begun.wait()
        assert await service.outstanding() >= 1
        go_on.set()
        await until(lambda: quiet(service))
        assert await effects(service.database) == [("thing-1", 1)]


async def test_what_an_effect_causes_counts_before_the_effect_stops_counting(probe_url: str) -> None:
    async def pass_on(event: Received[Any], tx: Tx, now: datetime) -> None:
        await note_effect(event, tx, now)
        if event.sequence < 20:
            await tx.publish(an_event("thing-1", event.sequence + 1))

    async with a_service(probe_url, {ThingChanged: pass_on}) as service:
        await change(service.database, "thing-1")
        while await service.outstanding():  # noqa: ASYNC110 - as often as can be asked, to meet the moment between the two
            await asyncio.sleep(0)
        assert len(await effects(service.database)) == 20


async def test_does_not_wait_for_what_is_parked(probe_url: str) -> None:
    async with a_service(probe_url) as service:
        async with service.database.transaction(Context(actor="prober")) as tx:
            await tx.publish(an_event("bad", 1), an_event("bad", 2))
            await tx.connection.execute("UPDATE outbox SET parked_reason = 'too large' WHERE aggregate_version = 1")
        await change(service.database, "good")
        await until(lambda: quiet(service))

        assert await effects(service.database) == [("good", 1)]


async def test_a_consumer_that_stopped_is_not_waited_for_and_makes_the_service_unready(probe_url: str) -> None:
    async def never(event: Received[Any], tx: Tx, now: datetime) -> None:
        raise RolledBack

    async with a_service(probe_url, {ThingChanged: never}) as service:
        for n in range(25):
            await change(service.database, f"thing-{n}")
        await until(lambda: quiet(service))

        assert await service.ready() == {"database": "ok", "consumer probe.reactions": "stopped"}
