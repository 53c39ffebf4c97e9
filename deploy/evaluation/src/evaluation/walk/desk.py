"""Calls the public API on behalf of people and programs, checks each answer, and keeps a record of what was seen."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from common.ids import new_id
from evaluation.walk.teller import Silence, Teller

PATIENCE_SECONDS = 20.0
SERVICES = {
    "contracts": "/api/contracts/v1",
    "helpdesk": "/api/helpdesk/v1",
    "dispatch": "/api/dispatch/v1",
    "loaner": "/api/loaner/v1",
    "mdm-gateway": "/api/mdm/v1",
}


class WalkFailed(Exception):
    """An answer was not what the main job says."""


@dataclass(frozen=True)
class Person:
    """Who asks: a subject with one role, for a partner its tenant."""

    subject: str
    role: str
    partner: str | None = None


SATO = Person("op-sato", "operator")
MORI = Person("sv-mori", "supervisor")
ABE = Person("dp-abe", "depot")
ONE = Person("api-one", "partner", "partner-one")
TWO = Person("api-two", "partner", "partner-two")
ANA = Person("an-hara", "analyst")


class Tokens(Protocol):
    """Where people and programs get their access tokens."""

    async def token(self, who: Person) -> str:
        """A token that holds now."""
        ...


class SandboxTokens:
    """Tokens of the evaluation issuer, for whoever asks."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._tokens: dict[Person, str] = {}

    async def token(self, who: Person) -> str:
        """The one token of this person."""
        if who not in self._tokens:
            body = {"subject": who.subject, "roles": [who.role], "partner": who.partner}
            answer = await self._client.post("/api/sandbox/tokens", json=body)
            if answer.status_code != httpx.codes.OK:
                raise WalkFailed(f"no token for {who}: {answer.status_code} {answer.text}")
            self._tokens[who] = answer.json()["access_token"]
        return self._tokens[who]


class Record:
    """What the walk met, for those who assert: refusals (code, status, rules), events, and things to come back to."""

    def __init__(self) -> None:
        self.refusals: list[tuple[str, int, tuple[str, ...]]] = []
        self.events: Counter[str] = Counter()
        self.subjects: list[tuple[str, str, int, str]] = []
        self.facts: dict[str, Any] = {}


class Desk:
    """One address, many callers."""

    def __init__(
        self, client: httpx.AsyncClient, teller: Teller | None = None, *, tokens: Tokens | None = None
    ) -> None:
        self._client = client
        self._tokens = tokens or SandboxTokens(client)
        self._cursors = dict.fromkeys(SERVICES, "")
        self.tell: Teller = teller or Silence()
        self.seen = Record()

    async def token(self, who: Person) -> str:
        """An access token of this person."""
        return await self._tokens.token(who)

    async def send(self, who: Person, call: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """One request, unchecked. `call` is method and path; POSTs carry an idempotency key of their own."""
        method, path = call.split(" ", 1)
        headers = {"Authorization": f"Bearer {await self.token(who)}"}
        if method == "POST":
            headers["Idempotency-Key"] = new_id("key")
        return await self._client.request(method, path, json=body, headers=headers)

    async def ask(
        self, who: Person, call: str, body: Mapping[str, Any] | None = None, *, status: int | None = None
    ) -> Any:
        """A request that must succeed (with `status`, when given); its JSON."""
        self.tell.asked(f"{who.role} {who.subject}", call, body)
        answer = await self.send(who, call, body)
        if not answer.is_success or (status is not None and answer.status_code != status):
            raise WalkFailed(f"{who.subject}: {call} {body}\n→ {answer.status_code} {answer.text}")
        self.tell.answered(answer.status_code, answer.json())
        return answer.json()

    async def refused(
        self, who: Person, call: str, body: Mapping[str, Any] | None = None, *, code: str, status: int = 409
    ) -> Any:
        """A request that must be refused with this code (as the lead or among the reasons); its problem."""
        self.tell.asked(f"{who.role} {who.subject}", call, body)
        answer = await self.send(who, call, body)
        problem = answer.json()
        codes = [problem.get("code"), *(reason["code"] for reason in problem.get("reasons", []))]
        if answer.status_code != status or code not in codes:
            raise WalkFailed(
                f"expected {status} {code}: {who.subject}: {call} {body}\n→ {answer.status_code} {answer.text}"
            )
        self.seen.refusals.append((code, status, tuple(problem["rule_ids"])))
        self.tell.refused(status, code, problem["rule_ids"], problem["why"])
        return problem

    async def eventually_refused(self, who: Person, call: str, body: Mapping[str, Any], *, code: str) -> Any:
        """`refused`, once the service has heard of the case (before, it answers 404 or 409 with `Retry-After`)."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = await self.send(who, call, body)
            if code in {reason["code"] for reason in answer.json().get("reasons", [])}:
                break
            await asyncio.sleep(0.02)
        return await self.refused(who, call, body, code=code)

    async def eventually(
        self, who: Person, call: str, until: Callable[[Any], bool], body: Mapping[str, Any] | None = None
    ) -> Any:
        """Ask again until the answer is good: two services apart, knowledge arrives a moment later."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        self.tell.asked(f"{who.role} {who.subject}", call, body)
        while True:
            answer = await self.send(who, call, body)
            if answer.is_success and until(answer.json()):
                self.tell.answered(answer.status_code, answer.json())
                return answer.json()
            if time.monotonic() > deadline:
                raise WalkFailed(f"never came true: {call}\n→ {answer.status_code} {answer.text}")
            await asyncio.sleep(0.02)

    async def soon(self, who: Person, call: str, body: Mapping[str, Any]) -> Any:
        """A command that may meet a service which has not heard yet (404 or 409 with `Retry-After`): tried again."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = await self.send(who, call, body)
            if answer.is_success or "retry-after" not in answer.headers or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.02)
        self.tell.asked(f"{who.role} {who.subject}", call, body)
        if not answer.is_success:
            raise WalkFailed(f"{who.subject}: {call} {body}\n→ {answer.status_code} {answer.text}")
        self.tell.answered(answer.status_code, answer.json())
        return answer.json()

    async def device_enrols(self, code: str, *, os: str, serial: str) -> dict[str, Any]:
        """A device's companion agent redeems its code; `id` and `token`."""
        facts = {"encryption": "on", "passcode": "set"}
        body = {
            "enrolment_code": code,
            "os": os,
            "os_version": "16",
            "model": "simulated",
            "serial": serial,
            "facts": facts,
        }
        self.tell.asked(f"device {serial}", "POST /mdm/agent/v1/enrolments", {**body, "enrolment_code": "…"})
        answer = await self._client.post("/mdm/agent/v1/enrolments", json=body)
        if not answer.is_success:
            raise WalkFailed(f"{serial} did not enrol: {answer.status_code} {answer.text}")
        self.tell.answered(answer.status_code, {"device_id": answer.json()["device_id"]})
        return {"id": answer.json()["device_id"], "token": answer.json()["device_token"], "serial": serial}

    async def device_answers(self, device: Mapping[str, Any], command_id: str, status: str) -> None:
        """The device fetches its commands, does this one and says so."""
        headers = {"Authorization": f"Bearer {device['token']}"}
        self.tell.asked(f"device {device['serial']}", "GET /mdm/agent/v1/commands", None)
        answer = await self._client.get("/mdm/agent/v1/commands", headers=headers)
        if not answer.is_success or command_id not in answer.text:
            raise WalkFailed(f"{device['serial']} was not told: {answer.status_code} {answer.text}")
        self.tell.answered(answer.status_code, answer.json())
        path = f"/mdm/agent/v1/commands/{command_id}/result"
        self.tell.asked(f"device {device['serial']}", f"POST {path}", {"status": status})
        answer = await self._client.post(path, json={"status": status}, headers=headers)
        if not answer.is_success:
            raise WalkFailed(f"{device['serial']} could not report: {answer.status_code} {answer.text}")
        self.tell.answered(answer.status_code, answer.json())

    async def move_clock(self, to: str) -> None:
        """Business time goes forward; all that becomes due on the way has happened when this returns."""
        await self.ask(MORI, "PUT /api/sandbox/clock", {"now": to})

    async def pass_over_events(self) -> None:
        """What was published before the walk (the catalogue, the master data) is no part of its story."""
        async for _ in self._new_events():
            pass

    async def tell_events(self) -> None:
        """What was published since the last time, from all services."""
        async for service, event in self._new_events():
            name = event["type"].split(".")[2]
            self.seen.events[name] += 1
            self.seen.subjects.append((service, event["subject"], int(event["sequence"]), name))
            self.tell.event(service, name, event["subject"])

    async def _new_events(self) -> AsyncIterator[tuple[str, Any]]:
        for service, prefix in SERVICES.items():
            page: Any = {"next": self._cursors[service]}
            while page["next"] is not None:
                answer = await self.send(MORI, f"GET {prefix}/events?limit=500&cursor={self._cursors[service]}")
                page = answer.json()
                self._cursors[service] = page["last"]
                for event in page["items"]:
                    yield service, event
