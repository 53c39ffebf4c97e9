"""The service on real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from common.testing import running
from contracts.app import create_app
from contracts.settings import ContractsSettings
from contracts.testing import MONDAY_MORNING, Desk


@pytest.fixture
async def desk(service_url: Callable[[str], str]) -> AsyncIterator[Desk]:
    """A running service with its catalogue loaded; Monday, 1 June 2026, 10:00 JST."""
    url = service_url("contracts")
    async with running(create_app, ContractsSettings, url=url, at=MONDAY_MORNING) as suite:
        yield Desk(suite)
