"""The people and devices around a running service, for integration tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from common.testing import RunningService
from mdm_gateway.testing.builders import CONTRACT, some_entitlements, the_required_consents, the_tool_matrix


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A device that enrolled, with its token."""

    device_id: str
    token: str
    serial: str


class Office:
    """The people around a running service: who tells it of contracts, invites, asks and decides."""

    def __init__(self, suite: RunningService) -> None:
        self.suite = suite
        self.operator = suite.client("operator", subject="op-sato")
        self.supervisor = suite.client("supervisor", subject="sv-suzuki")
        self.devices = suite.client(None)

    async def tell_catalogue(self) -> None:
        """`contracts` publishes the OS matrix and the required consents."""
        for number, event in enumerate((the_tool_matrix(), the_required_consents()), start=1):
            await self.suite.deliver(event, subject=event.part, sequence=number, key=event.part)

    async def tell(self, contract_id: str = CONTRACT, **over: Any) -> None:
        """`contracts` publishes the entitlements of a contract."""
        state = some_entitlements(contract_id, **over)
        await self.suite.deliver(
            state, subject=contract_id, sequence=state.version, key=contract_id, partner=state.partner
        )

    async def invite(self, *, os: str = "android", contract_id: str = CONTRACT, **over: Any) -> httpx.Response:
        """The operator asks for an enrolment code."""
        body = {"contract_id": contract_id, "os": os, **over}
        return await self.operator.post("/api/mdm/v1/enrolment-invitations", json=body)

    async def code(self, **invitation: Any) -> str:
        """An enrolment code."""
        answer = await self.invite(**invitation)
        assert answer.is_success, answer.text
        return str(answer.json()["enrolment_code"])

    async def show(self, code: str, *, os: str = "android", serial: str = "SN-1", **over: Any) -> httpx.Response:
        """A device shows a code."""
        body = {
            "enrolment_code": code,
            "os": os,
            "os_version": "16",
            "model": "Tab A9",
            "serial": serial,
            "facts": {},
        }
        return await self.devices.post("/mdm/agent/v1/enrolments", json=body | over)

    async def enrol(self, *, os: str = "android", serial: str = "SN-1", **invitation: Any) -> Agent:
        """A device that is invited and enrols."""
        answer = await self.show(await self.code(os=os, **invitation), os=os, serial=serial)
        assert answer.is_success, answer.text
        body = answer.json()
        return Agent(device_id=body["device_id"], token=body["device_token"], serial=serial)

    async def ask(self, agent: Agent, function: str, **over: Any) -> httpx.Response:
        """The operator asks something of a device."""
        body = {"function": function, "reason": "asked for by the customer", **over}
        return await self.operator.post(f"/api/mdm/v1/devices/{agent.device_id}/commands", json=body)

    async def asked(self, agent: Agent, function: str, **over: Any) -> dict[str, Any]:
        """A command that was accepted."""
        answer = await self.ask(agent, function, **over)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def report_lost(
        self, agent: Agent, *, passed: bool = True, authorised_by: str | None = "山田 花子"
    ) -> httpx.Response:
        """The operator reports a lost device."""
        check = {"method": "call_back", "passed": passed, "checked_by": "op-sato"}
        body = {"device_id": agent.device_id, "identity_check": check, "authorised_by": authorised_by}
        return await self.operator.post("/api/mdm/v1/lost-reports", json=body)

    async def wipe(self, agent: Agent) -> dict[str, Any]:
        """A wipe of a lost device that waits for a second person."""
        report = await self.report_lost(agent)
        assert report.is_success, report.text
        return await self.asked(agent, "remote_wipe", lost_report_id=report.json()["id"])

    async def decide(
        self,
        command_id: str,
        decision: str,
        by: httpx.AsyncClient | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """The supervisor (or `by`) decides: approval, rejection, cancellation."""
        path = f"/api/mdm/v1/commands/{command_id}/{decision}"
        return await (by or self.supervisor).post(path, headers=headers)

    async def fetch(self, agent: Agent, *, wait: float = 0) -> list[dict[str, Any]]:
        """The device fetches what it is to do."""
        answer = await self.devices.get("/mdm/agent/v1/commands", params={"wait": wait}, headers=bearer(agent.token))
        assert answer.is_success, answer.text
        return list(answer.json()["items"])

    async def reply(self, agent: Agent, command_id: str, status: str, **over: Any) -> httpx.Response:
        """The device answers a command."""
        return await self.devices.post(
            f"/mdm/agent/v1/commands/{command_id}/result",
            json={"status": status, **over},
            headers=bearer(agent.token),
        )

    async def command(self, command_id: str) -> dict[str, Any]:
        """A command as the operator sees it."""
        return dict((await self.operator.get(f"/api/mdm/v1/commands/{command_id}")).json())

    async def seats(self, contract_id: str = CONTRACT) -> dict[str, Any]:
        """The seats as the operator sees them."""
        return dict((await self.operator.get(f"/api/mdm/v1/contracts/{contract_id}/seats")).json())

    async def facts(self) -> list[str]:
        """The names of all events recorded so far."""
        return [type(event.data).__name__ for event in await self.suite.published()]


def bearer(token: str) -> dict[str, str]:
    """The header by which an agent is known."""
    return {"Authorization": f"Bearer {token}"}


def refusal(answer: httpx.Response) -> dict[str, Any]:
    """The problem an answer is, with its status and all its codes; fails when it is none."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = dict(answer.json())
    assert body["status"] == answer.status_code
    return body | {"codes": [reason["code"] for reason in body["reasons"]]}
