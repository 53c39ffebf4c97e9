"""The service on real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from common.testing import running
from loaner.app import create_app
from loaner.settings import LoanerSettings
from loaner.testing import NOW, House


@pytest.fixture
async def house(service_url: Callable[[str], str]) -> AsyncIterator[House]:
    """A running service that knows the catalogue and has one empty depot; Monday, 1 June 2026, 10:00 JST."""
    async with running(create_app, LoanerSettings, url=service_url("loaner"), at=NOW) as suite:
        house = House(suite)
        await house.open()
        yield house
