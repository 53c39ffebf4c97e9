"""The helpdesk on real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from common.testing import RunningService, running
from helpdesk.app import create_app
from helpdesk.settings import HelpdeskSettings
from helpdesk.testing import MONDAY_10, entitlements, tell, tell_catalogue


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
