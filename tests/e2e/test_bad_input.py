"""Hostile input to every route of all five services: a named problem each time, and nothing half done."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from evaluation.testing.suite_process import SuiteProcess
from evaluation.walk.desk import ABE, MORI, ONE, SERVICES, Desk, Person
from tests.e2e.hostile import Document, concrete

APIS = ("contracts", "helpdesk", "dispatch", "loaner", "mdm")
REFUSED = {401, 403, 404, 409, 412, 413, 422}
TOGETHER = 8
TECHNICIAN = Person("tc-aoki", "technician")


async def _document(client: httpx.AsyncClient, api: str) -> Document:
    return Document((await client.get(f"/api/{api}/openapi.json")).json())


async def _state(desk: Desk) -> dict[str, Any]:
    """What a change would show in: the last published event of each service."""
    found = {}
    for service, prefix in SERVICES.items():
        page = await desk.ask(MORI, f"GET {prefix}/events?limit=1")
        while page["next"] is not None:
            page = await desk.ask(MORI, f"GET {prefix}/events?limit=500&cursor={page['last']}")
        found[service] = page["last"]
    return found


def _as(operation_roles: list[str]) -> Person:
    for who in (MORI, ABE, TECHNICIAN, ONE):
        if who.role in operation_roles:
            return who
    return MORI


@pytest.mark.timeout(300)
@pytest.mark.parametrize("api", APIS)
async def test_hostile_bodies_are_named_problems_and_change_nothing(suite: SuiteProcess, api: str) -> None:
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    async with httpx.AsyncClient(base_url=suite.address, timeout=60) as client:
        desk = Desk(client)
        document = await _document(client, api)
        roles = {(m, concrete(p, o)): o.get("x-roles", []) for m, p, o in document.operations()}
        before = await _state(desk)
        gate = asyncio.Semaphore(TOGETHER)

        async def attack(one: Any) -> None:
            async with gate:
                token = await desk.token(_as(roles[one.method, one.path]))
                headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
                answer = await client.request(one.method, one.path, content=one.content, headers=headers)
            statuses[answer.status_code] += 1
            problem = answer.headers.get("content-type", "").startswith("application/problem+json")
            if answer.status_code not in REFUSED or not problem or not answer.json().get("code"):
                wrong.append(f"{one} → {answer.status_code} {answer.text[:200]}")

        await asyncio.gather(*(attack(one) for one in document.attacks()))
        after = await _state(desk)
    print(f"{api}: {sum(statuses.values())} hostile requests: {dict(statuses)}")  # noqa: T201 - the figure is asked for
    assert wrong == []
    assert sum(statuses.values()) > 50
    assert after == before


@pytest.mark.parametrize("api", APIS)
async def test_strange_ids_in_paths_and_queries_are_never_a_fault_of_ours(suite: SuiteProcess, api: str) -> None:
    wrong: list[str] = []
    async with httpx.AsyncClient(base_url=suite.address, timeout=60) as client:
        desk = Desk(client)
        for method, path, operation in (await _document(client, api)).operations():
            headers = {"Authorization": f"Bearer {await desk.token(_as(operation.get('x-roles', [])))}"}
            for strange in ("a%00b", "%ff", "'; DROP TABLE x; --", "9" * 300, "%F0%9F%98%80"):
                calls = [concrete(path, operation, strange)] if "{" in path else []
                calls += [
                    f"{concrete(path, operation)}?{parameter['name']}={strange}"
                    for parameter in operation.get("parameters", ())
                    if parameter["in"] == "query"
                ]
                for call in calls:
                    body: dict[str, str] | None = {} if method != "GET" else None
                    # Only the head of an answer is waited for: that of `GET …/stream` has no end.
                    async with client.stream(method, call, headers=headers, json=body) as answer:
                        if answer.status_code >= 500:
                            wrong.append(f"{method} {call} → {answer.status_code} {(await answer.aread())[:200]!r}")
    assert wrong == []


async def test_without_a_token_or_with_a_broken_one_nothing_is_said(suite: SuiteProcess) -> None:
    async with httpx.AsyncClient(base_url=suite.address, timeout=60) as client:
        desk = Desk(client)
        token = await desk.token(MORI)
        for api in APIS:
            for method, path, operation in (await _document(client, api)).operations():
                if operation.get("security") == []:
                    continue
                where = concrete(path, operation)
                for authorization in (None, "Bearer nonsense", f"Bearer {token[:-8]}AAAAAAAA", f"Basic {token}"):
                    headers = {} if authorization is None else {"Authorization": authorization}
                    answer = await client.request(method, where, headers=headers)
                    assert answer.status_code == 401, (method, where, authorization, answer.text)
                    assert answer.json()["code"] == "unauthenticated"
