from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from common.testing import RunningService, running
from mdm_gateway.app import create_app
from mdm_gateway.settings import MdmGatewaySettings
from mdm_gateway.testing import NOW, Office


@pytest.fixture
async def suite(service_url: Callable[[str], str]) -> AsyncIterator[RunningService]:
    url = service_url("mdm_gateway")
    async with running(create_app, MdmGatewaySettings, url=url, at=NOW, agent_poll_seconds=0.1) as service:
        yield service


@pytest.fixture
async def office(suite: RunningService) -> Office:
    office = Office(suite)
    await office.tell_catalogue()
    await office.tell()
    return office
