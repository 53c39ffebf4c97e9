"""While `contracts` is away calls are accepted by what it said last; when it is back, both come to the same."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from common.bus.embedded import EmbeddedBus
from common.bus.protocol import Bus
from common.events.helpdesk import InquiryAccepted
from common.relay import Relay
from common.testing import RunningService, running
from contracts import testing as contracts
from helpdesk import testing as helpdesk
from tests.integration.deliveries import application_of

AT = contracts.MONDAY_MORNING
ServiceUrl = Callable[[str], str]


@asynccontextmanager
async def service_on(bus: Bus, name: str, service_url: ServiceUrl) -> AsyncIterator[RunningService]:
    """A service that was started, on its database as it was left."""
    create_app, settings = application_of(name)
    async with running(create_app, settings, url=service_url(name), at=AT, bus=bus, pool_size=20) as suite:
        yield suite


async def told(suite: RunningService, bus: Bus) -> None:
    """What the service has recorded is on the bus."""
    publisher = bus.publisher(suite.service.parts.name)
    relay = Relay(suite.database, publisher, lease=timedelta(0))  # the next one need not wait for it
    while await relay.step():
        pass
    await publisher.close()


async def heard(suite: RunningService) -> None:
    """What is on the bus has its effects in the service."""
    for consumer in suite.consumers():
        while await consumer.step(wait=0) or await consumer.lag():
            pass
        await consumer._subscription.close()


async def reported(client: httpx.AsyncClient, contract_id: str, times: int) -> list[httpx.Response]:
    body = helpdesk.a_report(contract_id=contract_id)
    return await asyncio.gather(*[client.post(f"{helpdesk.API}/inquiries", json=body) for _ in range(times)])


@pytest.mark.timeout(300)
@pytest.mark.rule("R-QUOTA-INQUIRY", "R-EXTRA-INQUIRIES")
async def test_acceptance_goes_on_while_contracts_is_away_and_converges_afterwards(service_url: ServiceUrl) -> None:
    bus = EmbeddedBus(lambda name: service_url(name.replace("-", "_")), poll=0.01)
    async with service_on(bus, "helpdesk", service_url) as desk, desk.client("operator") as operator:
        async with service_on(bus, "contracts", service_url) as office:
            clerk = contracts.Desk(office)
            contract_id = str((await clerk.standard())["id"])
            await told(office, bus)
            await heard(desk)
            assert (await reported(operator, contract_id, 1))[0].json()["quota"]["allowed"] == 20
            await clerk.take(contract_id, "standard-extra-inquiries")

        # It stopped before anybody heard of the option.
        desk.clock.move_to(AT + timedelta(hours=3))
        answers = await reported(operator, contract_id, 30)
        assert Counter(answer.status_code for answer in answers) == {201: 19, 409: 11}
        accepted = next(answer.json() for answer in answers if answer.status_code == 201)
        assert accepted["entitlements"]["age_seconds"] == 3 * 3600
        refused = next(answer.json() for answer in answers if answer.status_code == 409)
        assert (refused["code"], refused["why"]["known_up_to"]) == (
            "inquiry_quota_exhausted",
            "2026-06-01T10:00:00+09:00",
        )
        offered = [help_["what"] for help_ in refused["why"]["help"]]
        assert offered == ["next_fee_month", "option"]

        async with service_on(bus, "contracts", service_url) as office:
            await told(office, bus)
            await heard(desk)
            answers = await reported(operator, contract_id, 30)
            assert Counter(answer.status_code for answer in answers) == {201: 20, 409: 10}
            assert {answer.json()["unit_source"] for answer in answers if answer.status_code == 201} == {"extra"}
            await told(desk, bus)
            await heard(office)
            usage = await contracts.Desk(office).get(f"/contracts/{contract_id}/usage?fee_month=2026-06")
            assert (usage["inquiries_allowed"], usage["inquiries_used"]) == (40, 40)
            overview = await helpdesk.get(operator, f"/contracts/{contract_id}/overview")
            assert (overview["quota"]["allowed"], overview["quota"]["used"]) == (40, 40)
        assert len(await desk.published(InquiryAccepted)) == 40
