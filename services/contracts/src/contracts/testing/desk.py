"""The service as an operator, a supervisor or a partner meets it: over its API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from common.events.base import EventData, Received
from common.events.dispatch import ChargeRaised, QuoteLine
from common.testing import RunningService
from contracts.testing.builders import MONDAY_MORNING

Body = dict[str, Any]

ADDRESS: Mapping[str, Any] = {
    "postal_code": "160-0023",
    "prefecture": "東京都",
    "city": "新宿区",
    "street": "見本町1-2-3",
    "building": "見本ビル",
}
OK = range(200, 300)


class Desk:
    """A running service and short ways to use it."""

    def __init__(self, suite: RunningService) -> None:
        self.suite = suite
        self._lines = 0

    async def call(
        self, method: str, path: str, body: Body | None = None, *, role: str = "operator", **caller: Any
    ) -> httpx.Response:
        """One request; `partner`, `subject`, `headers` and `params` may be given."""
        headers, params = caller.pop("headers", None), caller.pop("params", None)
        partner = caller.get("partner")
        async with self.suite.client("partner" if partner else role, **caller) as client:
            return await client.request(method, f"/api/contracts/v1{path}", json=body, headers=headers, params=params)

    async def get(self, path: str, **caller: Any) -> Body:
        """What is read; fails unless it was."""
        return _well(await self.call("GET", path, **caller))

    async def post(self, path: str, body: Body | None = None, **caller: Any) -> Body:
        """What a command answers; fails unless it was done."""
        return _well(await self.call("POST", path, body, **caller))

    async def refused(
        self, path: str, body: Body | None = None, *, method: str = "POST", status: int = 409, **caller: Any
    ) -> Body:
        """The problem with which something is refused; fails unless it is, and unless nothing was told of it."""
        before = len(await self.suite.published())
        response = await self.call(method, path, body, **caller)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        assert len(await self.suite.published()) == before
        problem: Body = response.json()
        return problem

    async def subscriber(self, *, partner: str | None = None, **over: Any) -> Body:
        """A registered subscriber."""
        body = {
            "name": "株式会社見本",
            "name_kana": "カブシキガイシャミホン",
            "address": dict(ADDRESS),
            "phones": ["03-1234-5678"],
        }
        return await self.post("/subscribers", {**body, **over}, partner=partner)

    def application(self, subscriber_id: str, **over: Any) -> Body:
        """The body of an application for Light anshin 1 on a line of its own."""
        self._lines += 1
        body: Body = {
            "subscriber_id": subscriber_id,
            "plan_code": "light-anshin-1",
            "line": {"kind": "flets_hikari_next", "number": f"CAF{self._lines:010d}"},
            "contract_address": dict(ADDRESS),
            "start_on": "2026-06-01",
            "fee_month_start_day": 1,
        }
        return {**body, **over}

    async def applied(self, *, partner: str | None = None, **over: Any) -> Body:
        """A contract that was applied for."""
        subscriber = await self.subscriber(partner=partner)
        return await self.post("/contracts", self.application(subscriber["id"], **over), partner=partner)

    async def consent(self, contract_id: str, document: str = "service_terms", **over: Any) -> Body:
        """A consent in the version that is needed."""
        body = {
            "document": document,
            "version": "2024-04",
            "accepted_by": "見本太郎",
            "accepted_at": MONDAY_MORNING.isoformat(),
        }
        return await self.post(f"/contracts/{contract_id}/consents", {**body, **over})

    async def active(self, *, partner: str | None = None, **over: Any) -> Body:
        """A contract in force."""
        contract = await self.applied(partner=partner, **over)
        await self.consent(contract["id"])
        return await self.post(f"/contracts/{contract['id']}/activation")

    async def standard(self, **over: Any) -> Body:
        """A Standard contract in force."""
        return await self.active(**{"plan_code": "standard-anshin-1", "line": None, **over})

    async def take(self, contract_id: str, code: str, start_on: str = "2026-06-01", **over: Any) -> Body:
        """An option taken."""
        body = {"option_code": code, "start_on": start_on, **over}
        return await self.post(f"/contracts/{contract_id}/options", body)

    async def charge(self, contract_id: str, charge_id: str = "chg_1", **over: Any) -> str:
        """The setup visit of the main job, 18,040 yen, as dispatch tells it; the event's id."""
        amounts = over.pop("amounts", {"basic-work": 4950, "diagnosis": 1650, "pc": 6600, "printer": 4840})
        lines = tuple(QuoteLine(menu_code=code, units=1, unit_price=yen, amount=yen) for code, yen in amounts.items())
        raised = ChargeRaised(
            actor="tec-1",
            charge_id=charge_id,
            visit_id=f"vis_{charge_id}",
            visit_request_id=f"vrq_{charge_id}",
            contract_id=contract_id,
            day=over.pop("day", self.suite.clock.now().date()),
            lines=lines,
            total=sum(amounts.values()),
        )
        event_id = f"evt_{charge_id}"
        await self.hear(raised, charge_id, event_id=event_id, **over)
        return event_id

    async def hear(self, data: EventData, subject: str, sequence: int = 1, **place: Any) -> None:
        """Another service's event arrives."""
        await self.suite.deliver(data, subject=subject, sequence=sequence, key=subject, **place)

    async def close(self, contract_id: str, month: str) -> httpx.Response:
        """A supervisor closes a fee month."""
        path = f"/contracts/{contract_id}/fee-months/{month}/closing"
        return await self.call("POST", path, role="supervisor")

    async def told(self, kind: type[EventData]) -> list[Received[Any]]:
        """Events of one type published so far."""
        return await self.suite.published(kind)

    def at(self, instant: datetime) -> None:
        """It is this instant now."""
        self.suite.clock.move_to(instant)


def _well(response: httpx.Response) -> Body:
    assert response.status_code in OK, response.text
    body: Body = response.json()
    return body
