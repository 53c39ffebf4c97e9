"""Reports over the API: malformed ones, lists, kept refusals, languages, why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from common.civil import JST
from common.errors import DomainError
from common.testing import RunningService
from helpdesk.testing import (
    API,
    CONTRACT,
    a_report,
    accepted,
    entitlements,
    get,
    post,
    tell,
)


async def refused(client: httpx.AsyncClient, **over: Any) -> dict[str, Any]:
    response = await client.post(f"{API}/inquiries", json=a_report(**over))
    assert response.status_code == 409, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    body: dict[str, Any] = response.json()
    return body


async def test_why_shows_the_inputs_of_the_acceptance(suite: RunningService, operator: httpx.AsyncClient) -> None:
    answer = await accepted(operator)
    why = await get(operator, f"/inquiries/{answer['id']}/why")
    assert why["rule_ids"] == ["R-QUOTA-INQUIRY"]
    assert why["acceptance"]["entitlements_version"] == 1
    assert why["acceptance"]["allowed"] == 5
    assert [entry["inquiry_id"] for entry in why["ledger"]] == [answer["id"]]
    assert [event["type"] for event in why["events"]] == ["InquiryAccepted", "TroubleReported"]
    published = {event.id for event in await suite.published()}
    assert {event["event_id"] for event in why["events"]} == published


@pytest.mark.parametrize(
    "over",
    [
        {"summary": ""},
        {"summary": "x" * 5000},
        {"contract_id": "c" * 65},
        {"surprise": 1},
        {"kind": None},
        {"caller": "me"},
        {"device": {"kind": "a\u0000b"}},
        {"summary": "a\u0000b"},
    ],
)
async def test_malformed_reports_are_invalid_and_leave_nothing(
    suite: RunningService, operator: httpx.AsyncClient, over: dict[str, Any]
) -> None:
    response = await operator.post(f"{API}/inquiries", json=a_report(**over))
    assert response.status_code == 422, response.text
    assert response.json()["code"] == "validation_failed"
    assert await suite.published() == []


async def test_lists_by_contract_status_and_kind(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(contract_id="ctr_b"))
    one = await accepted(operator)
    two = await accepted(operator, kind="how_to")
    three = await accepted(operator, contract_id="ctr_b")
    assert (await post(operator, f"/inquiries/{two['id']}/void", {"reason": "x"})).status_code == 200

    async def ids(query: str) -> list[str]:
        return [item["id"] for item in (await get(operator, f"/inquiries?{query}"))["items"]]

    assert await ids("") == [one["id"], two["id"], three["id"]]
    assert await ids(f"contract_id={CONTRACT}") == [one["id"], two["id"]]
    assert await ids("status=voided") == [two["id"]]
    assert await ids("kind=trouble&contract_id=ctr_b") == [three["id"]]
    first = await get(operator, "/inquiries?limit=2")
    rest = await get(operator, f"/inquiries?limit=2&cursor={first['next']}")
    assert [item["id"] for item in rest["items"]] == [three["id"]]
    assert rest["next"] is None


async def test_refusals_are_listed_by_contract(suite: RunningService, operator: httpx.AsyncClient) -> None:
    problem = await refused(operator, site="telework")
    listed = await get(operator, f"/refusals?contract_id={CONTRACT}")
    assert [item["id"] for item in listed["items"]] == [problem["reference"]]
    assert (await get(operator, "/refusals?contract_id=ctr_b"))["items"] == []
    missing = await operator.get(f"{API}/refusals/ref_none")
    assert (missing.status_code, missing.json()["code"]) == (404, "refusal_unknown")


def test_every_refusal_speaks_both_languages() -> None:
    kinds: list[type[DomainError]] = [
        kind for kind in DomainError.__subclasses__() if kind.__module__ == "helpdesk.domain.refusals"
    ]
    assert len(kinds) > 15
    for kind in kinds:
        assert kind.en
        assert kind.ja
        assert kind.rule_ids, kind.code


async def test_titles_come_in_japanese_when_asked(suite: RunningService, operator: httpx.AsyncClient) -> None:
    suite.clock.move_to(datetime(2026, 6, 7, 10, tzinfo=JST))
    response = await operator.post(f"{API}/inquiries", json=a_report(), headers={"Accept-Language": "ja"})
    assert response.json()["title"] == "サポート受付時間外です。"
