"""A service on a bus whose events all come from a test, and its projections built again under observation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from common.bus.embedded import EmbeddedBus
from common.bus.protocol import Bus, Delivered, Message, Subscription
from common.events import TOPICS
from common.rebuilding import rebuild
from common.testing import RunningService, running
from loaner import testing as loaner
from tests.integration.deliveries import AT, application_of, written_down

ServiceUrl = Callable[[str], str]


class Watched:
    """A bus that calls `look` before whatever a rebuild fetches."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.look: Callable[[], Awaitable[None]] | None = None

    def publisher(self, service: str) -> Any:
        return self._bus.publisher(service)

    def subscription(self, service: str, group: str, topics: Sequence[str]) -> Subscription:
        subscription = self._bus.subscription(service, group, topics)
        if ".rbd_" in group:
            fetch = subscription.fetch

            async def watched(*, most: int, wait: float) -> Sequence[Delivered]:
                if self.look is not None:
                    await self.look()
                return await fetch(most=most, wait=wait)

            subscription.fetch = watched  # type: ignore[method-assign]
        return subscription


class Stage:
    """A started service, the bus it is on, and the publishers of all the others."""

    def __init__(self, suite: RunningService, bus: Watched, admin_url: str) -> None:
        self.suite = suite
        self.bus = bus
        self.admin_url = admin_url
        self.service = suite.service.parts.package
        self._publishers: dict[str, Any] = {}

    async def publish(self, told: Sequence[Delivered]) -> None:
        """Put messages on the bus, as the relays of their owners would."""
        for message in told:
            owner = TOPICS[message.topic]
            if owner not in self._publishers:
                self._publishers[owner] = self.bus.publisher(owner)
                await self._publishers[owner].open(1)
            sent = Message(topic=message.topic, key=message.key or "", headers=message.headers, value=message.value)
            await self._publishers[owner].publish([sent])

    async def consume(self) -> None:
        """Let the service's own consumers take in everything there is."""
        for consumer in self.suite.consumers():
            while await consumer.step(wait=0) or await consumer.lag():
                pass
            await consumer._subscription.close()

    async def rebuild(self, *tables: str, may_remove: bool = False) -> dict[str, tuple[int, int, int]]:
        """By table: rows added, changed, removed."""
        done = await rebuild(self.suite.service, self.admin_url, tables=tables, may_remove=may_remove)
        return {each.table: (each.added, each.changed, each.removed) for each in done}

    async def rows(self) -> dict[str, list[str]]:
        """Every row of every table of the service, what remembers consumed events included."""
        found = await written_down(self.admin_url, self.service)
        async with self.suite.database.connection() as connection:
            for table in ("inbox", "consumed_subject"):
                found[table] = sorted(row[0] for row in await connection.fetch(f"SELECT t::text FROM {table} t"))
        return found

    async def execute(self, statement: str) -> None:
        """As the service itself."""
        async with self.suite.database.connection() as connection:
            await connection.execute(statement)

    async def close(self) -> None:
        """Let go of the publishers."""
        for publisher in self._publishers.values():
            await publisher.close()


@asynccontextmanager
async def staged(
    service: str, service_url: ServiceUrl, admin_url: str, *, bus: Bus | None = None
) -> AsyncIterator[Stage]:
    create_app, settings = application_of(service)
    bus = Watched(bus or EmbeddedBus(lambda name: service_url(name.replace("-", "_")), poll=0.01))
    async with running(create_app, settings, url=service_url(service), at=AT, bus=bus) as suite:
        stage = Stage(suite, bus, admin_url)
        yield stage
        await stage.close()


def entitled(stage: Stage, contract: str, version: int) -> Delivered:
    state = loaner.entitlements(contract_id=contract, version=version)
    return stage.suite.message(state, subject=contract, sequence=version, key=contract)


async def versions(stage: Stage) -> dict[str, int]:
    async with stage.suite.database.connection() as connection:
        return dict(await connection.fetch("SELECT contract_id, version FROM entitlement ORDER BY 1"))  # type: ignore[arg-type]
