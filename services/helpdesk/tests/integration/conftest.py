"""The helpdesk on real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from common.bus.embedded import EmbeddedBus
from common.relay import Relay
from common.testing import RunningService, running
from common.testing.serving import serving
from helpdesk.app import create_app
from helpdesk.settings import HelpdeskSettings
from helpdesk.testing import MONDAY_10, entitlements, tell, tell_catalogue
from services.helpdesk.tests.integration.watchers import Served


@pytest.fixture
async def suite(service_url: Callable[[str], str]) -> AsyncIterator[RunningService]:
    """A service that was told calendar, catalogue and one Light contract; Monday, 1 June 2026, 10:00."""
    async with running(create_app, HelpdeskSettings, url=service_url("helpdesk"), at=MONDAY_10) as service:
        await tell_catalogue(service)
        await tell(service, entitlements())
        yield service


@pytest.fixture
async def operator(suite: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody on the phone."""
    async with suite.client("operator", subject="op-sato") as client:
        yield client


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
