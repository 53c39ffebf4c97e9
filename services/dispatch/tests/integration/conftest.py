"""Dispatch on real PostgreSQL, with a branch, its technicians and what other services have told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import httpx
import pytest

from common.civil import JST
from common.events.base import EventData
from common.events.helpdesk import FaultIsolated, FaultNotIsolated, InquiryAccepted, OnsiteIsolationRequested
from common.testing import RunningService, running
from dispatch.app import create_app
from dispatch.settings import DispatchSettings
from dispatch.testing import CONTRACT, at, calendar, catalogue, entitlements

API = "/api/dispatch/v1"


@dataclass
class World:
    """A running dispatch and short words for what tests do with it."""

    suite: RunningService
    operator: httpx.AsyncClient
    supervisor: httpx.AsyncClient
    branch_id: str = ""
    repair: str = ""
    repair_2: str = ""
    setup: str = ""
    cases: dict[str, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))

    def id(self, prefix: str) -> str:
        return f"{prefix}_{next(self.numbers):032x}"

    async def post(self, path: str, body: Any = None, **how: Any) -> httpx.Response:
        client = how.pop("client", self.operator)
        response: httpx.Response = await client.post(API + path, json=body, **how)
        return response

    async def get(self, path: str, client: httpx.AsyncClient | None = None, **query: Any) -> httpx.Response:
        return await (client or self.operator).get(API + path, params=query)

    async def made(self, path: str, body: Any = None, status: int = 201, **how: Any) -> dict[str, Any]:
        response = await self.post(path, body, **how)
        assert response.status_code == status, response.text
        return dict(response.json())

    async def refused(self, path: str, body: Any, *codes: str, status: int = 409, **how: Any) -> dict[str, Any]:
        """The problem of a refused POST whose causes are exactly `codes`."""
        response = await self.post(path, body, **how)
        assert response.status_code == status, response.text
        problem = dict(response.json())
        assert [reason["code"] for reason in problem["reasons"]] == list(codes), problem
        assert problem["code"] == codes[0]
        return problem

    async def contract(self, contract_id: str = CONTRACT, **over: Any) -> str:
        """Tell dispatch of a contract, or of its newest state."""
        version = self.versions[contract_id] = self.versions.get(contract_id, 0) + 1
        told: dict[str, Any] = {"contract_id": contract_id, "version": version, **over}
        state = entitlements(**told)
        await self.suite.deliver(state, subject=contract_id, sequence=version, key=contract_id, partner=state.partner)
        return contract_id

    async def tell(self, data: EventData, inquiry_id: str, partner: str | None = None) -> None:
        """The next event of a case."""
        sequence = self.cases[inquiry_id] = self.cases.get(inquiry_id, 0) + 1
        await self.suite.deliver(data, subject=inquiry_id, sequence=sequence, key=inquiry_id, partner=partner)

    async def trouble(
        self, contract_id: str = CONTRACT, *, site: str = "contract_address", partner: str | None = None
    ) -> str:
        """An accepted trouble inquiry."""
        inquiry_id = self.id("inq")
        accepted = InquiryAccepted(
            actor="op-sato", inquiry_id=inquiry_id, contract_id=contract_id, kind="trouble", channel="phone",
            site=site, received_at=at("2026-06-01 09:30"), fee_month="2026-06", units=1, unit_source="plan",
            allowed=5, used=1,
        )  # fmt: skip
        await self.tell(accepted, inquiry_id, partner)
        return inquiry_id

    async def not_isolated(self, inquiry_id: str, contract_id: str = CONTRACT, partner: str | None = None) -> None:
        await self.tell(self.verdict(FaultNotIsolated, inquiry_id, contract_id), inquiry_id, partner)

    async def isolated(self, inquiry_id: str, contract_id: str = CONTRACT) -> None:
        await self.tell(self.verdict(FaultIsolated, inquiry_id, contract_id), inquiry_id)

    def verdict(self, kind: Any, inquiry_id: str, contract_id: str) -> Any:
        found = kind is FaultIsolated
        return kind(
            actor="op-sato", inquiry_id=inquiry_id, contract_id=contract_id, verdict_id=self.id("vdt"),
            result="isolated" if found else "not_isolated_remotely", cause="device_fault" if found else None,
            failed_device_kind="soho_router" if found else None, origin="remote", site="contract_address",
        )  # fmt: skip

    async def onsite(self, inquiry_id: str, contract_id: str = CONTRACT, partner: str | None = None) -> None:
        wanted = OnsiteIsolationRequested(
            actor="op-sato", inquiry_id=inquiry_id, contract_id=contract_id, verdict_id=self.id("vdt")
        )
        await self.tell(wanted, inquiry_id, partner)

    async def isolation_request(self, contract_id: str = CONTRACT, partner: str | None = None) -> dict[str, Any]:
        """A case whose fault was not isolated remotely, with its visit request."""
        inquiry_id = await self.trouble(contract_id, partner=partner)
        await self.not_isolated(inquiry_id, contract_id, partner)
        await self.onsite(inquiry_id, contract_id, partner)
        listed = await self.get("/visit-requests", inquiry_id=inquiry_id)
        return dict(listed.json()["items"][0])

    async def setup_request(self, contract_id: str = CONTRACT) -> dict[str, Any]:
        items = [{"menu_code": "pc-internet-connection", "units": 2}, {"menu_code": "printer-setup", "units": 1}]
        return await self.made("/visit-requests", {"contract_id": contract_id, "purpose": "setup", "items": items})

    def wish(self, request: dict[str, Any], start: str, *, who: str | None = None, hours: int = 1) -> dict[str, Any]:
        """A booking by hand."""
        begins = at(start)
        crew = self.repair if request["purpose"] == "isolation" else self.setup
        return {
            "visit_request_id": request["id"],
            "technician_id": who or crew,
            "start": begins.isoformat(),
            "end": begins.replace(hour=begins.hour + hours).isoformat(),
        }

    async def booked(self, request: dict[str, Any], start: str = "2026-06-02 10:00", **how: Any) -> dict[str, Any]:
        return await self.made("/visits", self.wish(request, start, **how))

    async def told(self) -> list[str]:
        """Names of all events so far."""
        return [type(event.data).__name__ for event in await self.suite.published()]


async def _workforce(world: World) -> None:
    async def made(path: str, body: Any) -> str:
        return str((await world.made(path, body, client=world.supervisor))["id"])

    world.branch_id = await made("/branches", {"name": "東京", "prefectures": ["13", "14"]})

    async def technician(name: str, crew: str, subject: str) -> str:
        body = {"name": name, "crew": crew, "branch_id": world.branch_id, "subject": subject}
        who = await made("/technicians", body)
        shift = {"technician_id": who, "weekdays": [1, 2, 3, 4, 5, 6], "from": "08:00", "to": "20:00"}
        await made("/shifts", {**shift, "valid_from": "2026-04-01"})
        return who

    world.repair = await technician("見本 一郎", "fault_repair", "tech-1")
    world.repair_2 = await technician("見本 二郎", "fault_repair", "tech-2")
    world.setup = await technician("見本 三郎", "setup", "tech-3")


@pytest.fixture
async def empty(service_url: Callable[[str], str]) -> AsyncIterator[RunningService]:
    """A dispatch that has been told nothing."""
    start = datetime(2026, 6, 1, 10, tzinfo=JST)
    url = service_url("dispatch")
    async with running(create_app, DispatchSettings, url=url, at=start, pool_size=20) as suite:
        yield suite


@pytest.fixture
async def world(empty: RunningService) -> AsyncIterator[World]:
    """Monday, 1 June 2026, 10:00: a branch, two fault-repair and one setup technician, one contract, the catalogue."""
    async with empty.client("operator", subject="op-sato") as operator, empty.client("supervisor") as supervisor:
        world = World(empty, operator, supervisor)
        for part in ("visit_menu", "required_consents", "loan_kinds", "settings"):
            await empty.deliver(catalogue(part), subject=part, sequence=1, key=part)
        await empty.deliver(calendar(), subject="calendar", sequence=1, key="calendar")
        await world.contract()
        await _workforce(world)
        yield world
