"""All that one tenant can ask, with its own ids and with another's, and what of the other's the answers show."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import urlencode

from tests.authorisation.counting import counts_in
from tests.authorisation.ground import Answered, Ground
from tests.authorisation.routes import Route, routes_of
from tests.authorisation.two_partners import Tenant

_TOGETHER = 8


@dataclass(frozen=True)
class Question:
    """One request of a tenant; whatever of the other's it names itself is no secret in its answer."""

    method: str
    path: str
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path} {json.dumps(self.body, ensure_ascii=False)[:200] if self.body else ''}"

    def names(self, secret: str) -> bool:
        """Whether the asker itself brought it."""
        return secret in self.path or secret in json.dumps(self.body, ensure_ascii=False)


def reading(ground: Ground, asker: Tenant, other: Tenant) -> Iterator[Question]:
    """Each GET by its own ids and by the other's, bare, with each filter by itself, and with the longest page."""
    for route in routes_of(ground.documents):
        if not route.reads or route.path.startswith("/mdm/agent"):
            continue
        for whose in (asker, other) if route.places else (asker,):
            path = route.of(whose)
            yield Question(route.method, path)
            for parameter in route.operation.get("parameters", ()):
                if parameter["in"] == "query":
                    for value in _values(ground, route, parameter, (asker, other)):
                        more = urlencode({parameter["name"]: value})
                        yield Question(route.method, f"{path}{'&' if '?' in path else '?'}{more}")


def _values(ground: Ground, route: Route, parameter: Any, tenants: tuple[Tenant, Tenant]) -> Iterator[str]:
    name, schema = parameter["name"], parameter["schema"]
    kinds = {each.get("type") for each in schema.get("anyOf", [schema])}
    if name == "cursor":
        yield from ground.beginnings(route.api, (tenants[0].partner, None))
    elif name == "limit":
        yield str(schema.get("maximum", 200))
    elif "integer" in kinds or "boolean" in kinds:
        yield "1"
    elif "string" in kinds:
        yield from (route.value_of(name, tenant) for tenant in tenants)
        yield tenants[1].mark


def changing(ground: Ground, asker: Tenant, other: Tenant) -> Iterator[Question]:
    """Each POST, PUT and DELETE with paths and bodies that name own things and the other's; what a tenant may not, too.

    What would only change the asker's own things stands at the end.
    """
    own: list[Question] = []
    for route in routes_of(ground.documents):
        if route.reads or route.path.startswith("/mdm/agent"):
            continue
        for of_path, of_body in product((other, asker) if route.places else (asker,), (other, asker)):
            question = Question(route.method, route.of(of_path), route.body_of(of_body))
            (own if of_path is of_body is asker else []).append(question)
            if not of_path is of_body is asker:
                yield question
    yield from own
    yield from _collisions(asker, other)


def _collisions(asker: Tenant, other: Tenant) -> Iterator[Question]:
    """Own things that meet the other's in the database: the same line, the same id, the same number."""
    contracts = "/api/contracts/v1/contracts"
    applied: dict[str, Any] = {
        "subscriber_id": asker.ids["subscriber_id"],
        "contract_address": asker.address(),
        "start_on": "2026-08-01",
    }
    for number in "123":
        line = {"kind": "flets_hikari_next", "number": f"{other.mark}-LINE-{number}"}
        yield Question("POST", contracts, {**applied, "plan_code": "light-anshin-1", "line": line})
    yield Question("POST", contracts, {**applied, "plan_code": "standard-anshin-1", "service_id": other.named("SVC")})
    yield Question("POST", contracts, {**applied, "plan_code": "standard-anshin-1", "partner": other.partner})
    body = {"name": "x", "name_kana": "x", "phones": [other.phone], "address": other.address()}
    yield Question("POST", "/api/contracts/v1/subscribers", body)
    yield Question("POST", "/api/contracts/v1/subscribers", {**body, "partner": other.partner})
    caller = {"name": other.named("caller"), "phone": other.phone}
    report = {"contract_id": asker.ids["contract_id"], "kind": "trouble", "channel": "phone", "caller": caller}
    yield Question("POST", "/api/helpdesk/v1/inquiries", {**report, "summary": "x", "site": "telework"})


@dataclass(frozen=True)
class Leak:
    """An answer that showed what it must not."""

    question: Question
    status: int
    secret: str

    def __str__(self) -> str:
        return f"{self.question} → {self.status} shows {self.secret}"


class Sweep:
    """Asks questions with one token after another and looks through the whole of each answer."""

    def __init__(
        self, ground: Ground, tokens: Sequence[str], secrets: frozenset[str], *, brought: Iterable[str] = ()
    ) -> None:
        """`brought` are secrets that the askers named in what they asked before: their own trail repeats them."""
        self._ground = ground
        self._tokens = tokens
        self._secrets = secrets
        self.asked = 0
        self.succeeded = 0
        self.faults: list[str] = []
        self._brought = set(brought)

    async def ask(self, questions: Iterator[Question]) -> list[Leak]:
        """Leaks found in the answers."""
        gate = asyncio.Semaphore(_TOGETHER)

        async def one(question: Question, token: str) -> list[Leak]:
            async with gate:
                return await self._one(question, token)

        found = await asyncio.gather(*(one(each, token) for each in questions for token in self._tokens))
        return [leak for leaks in found for leak in leaks]

    async def _one(self, question: Question, token: str) -> list[Leak]:
        answer = await self._ground.call(
            question.method, question.path, token=token, body=question.body, accept_language="ja"
        )
        self.asked += 1
        named = {secret for secret in self._secrets if question.names(secret)}
        self._brought |= named
        # The trail of what the asker did repeats what it asked for.
        known = self._brought if "/audit" in question.path else named
        self.succeeded += answer.status < 300
        if answer.status >= 500:
            self.faults.append(f"{question}: {answer.status} {answer.body[:200]!r}")
        return [Leak(question, answer.status, secret) for secret in self.shown_in(answer) if secret not in known]

    def shown_in(self, answer: Answered) -> list[str]:
        """Which secrets an answer shows, and which numbers that count for everybody."""
        counts = counts_in(answer.body, *(value for _, value in answer.headers))
        return [*(secret for secret in self._secrets if answer.shows(secret)), *counts]
