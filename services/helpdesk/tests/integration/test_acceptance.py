"""Accepting and refusing over the API: what is answered, what is kept, what is published."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from common.events.helpdesk import InquiryAccepted, InquiryRefused, TroubleReported
from common.testing import RunningService
from helpdesk.testing import (
    API,
    CONTRACT,
    a_report,
    accepted,
    closed_plan,
    entitlements,
    extra,
    get,
    jst,
    light,
    post,
    since_begin,
    standard,
    tell,
)


async def refused(client: httpx.AsyncClient, **over: Any) -> dict[str, Any]:
    response = await client.post(f"{API}/inquiries", json=a_report(**over))
    assert response.status_code == 409, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    body: dict[str, Any] = response.json()
    return body


async def ledger(client: httpx.AsyncClient, contract_id: str = CONTRACT) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await get(client, f"/contracts/{contract_id}/quota-ledger?limit=100"))["items"]
    return items


async def test_accepts_an_inquiry_and_takes_one_unit(suite: RunningService, operator: httpx.AsyncClient) -> None:
    answer = await accepted(operator)
    assert answer["id"].startswith("inq_")
    assert answer["status"] == "accepted"
    assert answer["quota"] == {"fee_month": "2026-06", "allowed": 5, "used": 1, "remaining": 4}
    assert answer["received_at"] == "2026-06-01T10:00:00+09:00"
    (entry,) = await ledger(operator)
    assert (entry["units"], entry["unit_source"], entry["rule_id"]) == (1, "plan", "R-QUOTA-INQUIRY")
    assert (entry["inquiry_id"], entry["actor"], entry["reason"]) == (answer["id"], "op-sato", "accepted")


async def test_publishes_acceptance_and_trouble_in_order(suite: RunningService, operator: httpx.AsyncClient) -> None:
    answer = await accepted(operator)
    first, second = await suite.published()
    assert isinstance(first.data, InquiryAccepted)
    assert isinstance(second.data, TroubleReported)
    assert (first.subject, first.sequence, first.key) == (answer["id"], 1, answer["id"])
    assert (second.subject, second.sequence, second.key) == (answer["id"], 2, answer["id"])
    assert (first.data.units, first.data.used, first.data.allowed, first.data.fee_month) == (1, 1, 5, "2026-06")
    assert answer["version"] == 2


async def test_how_to_questions_are_not_reported_as_trouble(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await accepted(operator, kind="how_to")
    assert await suite.published(TroubleReported) == []
    assert len(await suite.published(InquiryAccepted)) == 1


async def test_who_called_stays_here(suite: RunningService, operator: httpx.AsyncClient) -> None:
    answer = await accepted(operator)
    shown = await get(operator, f"/inquiries/{answer['id']}")
    assert shown["caller"] == {"name": "見本 花子", "phone": "03-1234-5678"}
    for event in await suite.published():
        assert "花子" not in event.data.model_dump_json()
        assert "1234-5678" not in event.data.model_dump_json()


@pytest.mark.rule("R-QUOTA-INQUIRY")
async def test_refuses_the_sixth_inquiry_and_takes_nothing(suite: RunningService, operator: httpx.AsyncClient) -> None:
    for _ in range(5):
        await accepted(operator)
    problem = await refused(operator)
    assert problem["code"] == "inquiry_quota_exhausted"
    assert "R-QUOTA-INQUIRY" in problem["rule_ids"]
    assert (problem["why"]["allowed"], problem["why"]["used"], problem["why"]["remaining"]) == (5, 5, 0)
    assert problem["reference"].startswith("ref_")
    assert sum(entry["units"] for entry in await ledger(operator)) == 5
    kept = await get(operator, f"/refusals/{problem['reference']}")
    assert kept["codes"] == ["inquiry_quota_exhausted"]
    assert kept["reasons"][0]["why"]["allowed"] == 5
    (event,) = await suite.published(InquiryRefused)
    assert (event.subject, event.sequence, event.key) == (problem["reference"], 1, CONTRACT)
    assert (event.data.codes, event.data.units) == (("inquiry_quota_exhausted",), 0)


@pytest.mark.rule("R-HOURS-SUPPORT", "R-CLOSED-DAYS")
@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (jst(6, 7), "2026-06-08T09:00:00+09:00"),
        (jst(6, 2, 8, 59), "2026-06-02T09:00:00+09:00"),
        (jst(6, 2, 18), "2026-06-03T09:00:00+09:00"),
        (jst(7, 20), "2026-07-21T09:00:00+09:00"),
        (jst(12, 31), "2027-01-04T09:00:00+09:00"),
    ],
)
async def test_refuses_outside_support_hours_and_says_when_it_opens(
    suite: RunningService, operator: httpx.AsyncClient, at: datetime, opens: str
) -> None:
    suite.clock.move_to(at)
    problem = await refused(operator)
    assert problem["code"] == "outside_support_hours"
    assert problem["why"]["next_open_at"] == opens
    assert problem["why"]["known_up_to"] == "2026-06-01T10:00:00+09:00"
    assert await ledger(operator) == []
    assert len(await suite.published(InquiryRefused)) == 1
    await tell(suite, entitlements(version=2, hours_extension_periods=(since_begin(),)))
    assert (await accepted(operator))["status"] == "accepted"


@pytest.mark.rule("R-TELEWORK")
async def test_telework_needs_a_standard_plan(suite: RunningService, operator: httpx.AsyncClient) -> None:
    problem = await refused(operator, site="telework")
    assert (problem["code"], problem["rule_ids"]) == ("telework_requires_standard", ["R-TELEWORK"])
    await tell(suite, entitlements(standard(), version=2))
    assert (await accepted(operator, site="telework"))["site"] == "telework"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (entitlements(version=2, status="suspended"), "contract_not_active"),
        (entitlements(closed_plan(), version=2), "limits_not_recorded"),
    ],
)
async def test_refuses_by_the_contracts_standing(
    suite: RunningService, operator: httpx.AsyncClient, state: Any, code: str
) -> None:
    await tell(suite, state)
    problem = await refused(operator)
    assert problem["code"] == code
    assert problem["rule_ids"]
    assert problem["why"]["known_up_to"] == "2026-06-01T10:00:00+09:00"
    assert await ledger(operator) == []
    assert (await get(operator, "/inquiries"))["items"] == []


async def test_names_all_reasons_at_once(suite: RunningService, operator: httpx.AsyncClient) -> None:
    suite.clock.move_to(jst(6, 7))
    problem = await refused(operator, site="telework", kind="gossip")
    assert [reason["code"] for reason in problem["reasons"]] == [
        "inquiry_kind_unknown",
        "telework_requires_standard",
        "outside_support_hours",
    ]
    (event,) = await suite.published(InquiryRefused)
    assert len(event.data.codes) == 3


async def test_an_unknown_contract_is_worth_another_try(suite: RunningService, operator: httpx.AsyncClient) -> None:
    response = await operator.post(f"{API}/inquiries", json=a_report(contract_id="ctr_unheard"))
    assert (response.status_code, response.json()["code"]) == (404, "contract_unknown")
    assert response.headers["Retry-After"] == "1"
    assert await suite.published() == []


@pytest.mark.rule("R-EXTRA-INQUIRIES")
async def test_extra_units_burn_after_the_plans_and_only_in_their_month(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    plan = standard(inquiry_limit=2)
    await tell(suite, entitlements(plan, version=2, extra_inquiries=(extra(units=2),)))
    first = await accepted(operator)
    sources = [first["unit_source"]] + [(await accepted(operator))["unit_source"] for _ in range(3)]
    assert sources == ["plan", "plan", "extra", "extra"]
    assert (await refused(operator))["why"]["allowed"] == 4
    assert (await post(operator, f"/inquiries/{first['id']}/void", {"reason": "twice"})).status_code == 200
    assert (await accepted(operator))["unit_source"] == "plan"
    suite.clock.move_to(jst(7, 1))
    assert (await accepted(operator))["quota"] == {"fee_month": "2026-07", "allowed": 2, "used": 1, "remaining": 1}
    await accepted(operator)
    assert (await refused(operator))["why"]["allowed"] == 2


async def test_a_lowered_limit_keeps_what_was_used_and_gives_no_more(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    for _ in range(4):
        await accepted(operator)
    await tell(suite, entitlements(light(inquiry_limit=2), version=2))
    problem = await refused(operator)
    assert (problem["why"]["allowed"], problem["why"]["used"], problem["why"]["remaining"]) == (2, 4, 0)
    async with suite.transaction() as tx:
        counter = await tx.connection.fetchrow("SELECT used, ceiling, plan_limit FROM quota_counter")
    assert tuple(counter) == (4, 4, 2)
    await tell(suite, entitlements(light(inquiry_limit=10), version=3))
    assert (await accepted(operator))["quota"]["remaining"] == 5


async def test_an_older_state_of_a_contract_changes_nothing(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(light(inquiry_limit=9), version=3))
    await tell(suite, entitlements(light(inquiry_limit=1), version=2))
    assert (await accepted(operator))["quota"]["allowed"] == 9


async def test_nothing_is_decided_without_a_calendar(suite: RunningService, operator: httpx.AsyncClient) -> None:
    async with suite.transaction() as tx:
        await tx.connection.execute("DELETE FROM catalogue_part WHERE part = 'calendar'")
    response = await operator.post(f"{API}/inquiries", json=a_report())
    assert (response.status_code, response.json()["code"]) == (503, "catalogue_unknown")
    assert await suite.published() == []


async def test_the_same_key_takes_one_unit(suite: RunningService, operator: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "call-1"}
    first = await operator.post(f"{API}/inquiries", json=a_report(), headers=headers)
    second = await operator.post(f"{API}/inquiries", json=a_report(), headers=headers)
    assert second.json() == first.json()
    assert len(await ledger(operator)) == 1
