"""Line faults at their carriers: handed over, followed up, answered."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from common.events.helpdesk import FaultReferred, ReferralAnswered, ReferralFollowedUp
from common.testing import RunningService
from helpdesk.testing import accepted, entitlements, get, jst, post, tell

LINE_FAULT = {"result": "isolated", "cause": "line_fault", "evidence": "The lamp of the ONU is red."}
HANDED = {"carrier": "NTT East", "ticket_number": "A-17"}


async def with_line_fault(client: httpx.AsyncClient, **over: Any) -> str:
    found = str((await accepted(client, **over))["id"])
    assert (await post(client, f"/inquiries/{found}/verdict", LINE_FAULT)).status_code == 201
    return found


async def referred(client: httpx.AsyncClient, inquiry: str, **over: Any) -> dict[str, Any]:
    answer = await post(client, f"/inquiries/{inquiry}/referrals", {**HANDED, **over})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def overdue(client: httpx.AsyncClient) -> list[str]:
    return [each["id"] for each in (await get(client, "/referrals?overdue=true"))["items"]]


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_a_line_fault_is_followed_up_until_the_carrier_has_answered(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    inquiry = await with_line_fault(operator)
    referral = await referred(operator, inquiry)
    assert (referral["status"], referral["follow_up_at"]) == ("open", "2026-06-02T10:00:00+09:00")
    assert await overdue(operator) == []
    suite.clock.move_to(jst(6, 2))
    assert await overdue(operator) == [referral["id"]]
    path = f"/inquiries/{inquiry}/referrals/{referral['id']}"
    asked = await post(operator, f"{path}/follow-ups", {"words": "They dig", "next_at": "2026-06-04T09:00:00+09:00"})
    assert asked.status_code == 200, asked.text
    assert await overdue(operator) == []
    suite.clock.move_to(jst(6, 4))
    assert await overdue(operator) == [referral["id"]]
    await post(operator, f"/inquiries/{inquiry}/resolution", {"outcome": "handed_over"})
    answered = (await post(operator, f"{path}/answer", {"outcome": "repaired", "words": "A cable was cut"})).json()
    assert (answered["status"], answered["outcome"], answered["answered_by"]) == ("answered", "repaired", "op-sato")
    assert await overdue(operator) == []
    assert (await get(operator, "/referrals"))["items"] == []
    (asked_once,) = (await get(operator, f"{path}/follow-ups"))["items"]
    assert (asked_once["words"], asked_once["actor"]) == ("They dig", "op-sato")
    told = [await suite.published(kind) for kind in (FaultReferred, ReferralFollowedUp, ReferralAnswered)]
    assert [len(events) for events in told] == [1, 1, 1]
    assert (told[0][0].data.ticket_number, told[2][0].data.outcome) == ("A-17", "repaired")
    assert "cable was cut" not in str([event.data for events in told for event in events])
    again = await post(operator, f"{path}/answer", {"outcome": "repaired", "words": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_only_a_line_fault_is_handed_to_the_carrier(suite: RunningService, operator: httpx.AsyncClient) -> None:
    inquiry = (await accepted(operator))["id"]
    early = {**HANDED, "follow_up_at": "2026-06-01T09:59:00+09:00"}
    refused = (await post(operator, f"/inquiries/{inquiry}/referrals", early)).json()
    assert [reason["code"] for reason in refused["reasons"]] == ["line_fault_needed", "follow_up_not_ahead"]
    assert refused["rule_ids"] == ["R-ISOLATION-EVIDENCE"]
    assert refused["why"]["latest_cause"] is None
    dead = {"result": "isolated", "cause": "device_fault", "failed_device": {"kind": "hub"}, "evidence": "x"}
    await post(operator, f"/inquiries/{inquiry}/verdict", dead)
    refused = (await post(operator, f"/inquiries/{inquiry}/referrals", HANDED)).json()
    assert (refused["code"], refused["why"]["latest_cause"]) == ("line_fault_needed", "device_fault")
    assert (await get(operator, f"/inquiries/{inquiry}/referrals"))["items"] == []
    assert await suite.published(FaultReferred) == []


async def test_one_referral_at_a_time(suite: RunningService, operator: httpx.AsyncClient) -> None:
    inquiry = await with_line_fault(operator)
    answers = await asyncio.gather(
        *[post(operator, f"/inquiries/{inquiry}/referrals", {**HANDED, "ticket_number": f"A-{n}"}) for n in range(4)]
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "referral_already_open"}
    (open_one,) = (await get(operator, "/referrals"))["items"]
    path = f"/inquiries/{inquiry}/referrals/{open_one['id']}"
    wrong = await post(operator, f"{path}/answer", {"outcome": "gone", "words": "x"})
    assert (wrong.json()["code"], wrong.json()["why"]["allowed"]) == (
        "referral_outcome_unknown",
        ["repaired", "no_fault", "planned"],
    )
    late = await post(operator, f"{path}/follow-ups", {"words": "x", "next_at": "2026-05-01T00:00:00+09:00"})
    assert late.json()["code"] == "follow_up_not_ahead"
    assert (await post(operator, f"{path}/answer", {"outcome": "no_fault", "words": "x"})).status_code == 200
    assert (await referred(operator, inquiry, ticket_number="A-99"))["status"] == "open"
    unknown = await post(
        operator, f"/inquiries/{inquiry}/referrals/rfr_none/answer", {"outcome": "planned", "words": "x"}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "referral_unknown")


async def test_a_partner_follows_its_own_referrals_without_the_carriers_words(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(contract_id="ctr_ours", partner="itpartner"))
    ours, houses = await with_line_fault(operator, contract_id="ctr_ours"), await with_line_fault(operator)
    for inquiry in (ours, houses):
        referral = await referred(operator, inquiry)
        body = {"outcome": "planned", "words": "Told Ms Hara"}
        await post(operator, f"/inquiries/{inquiry}/referrals/{referral['id']}/answer", body)
    async with suite.client("partner", partner="itpartner") as partner:
        (shown,) = (await get(partner, f"/inquiries/{ours}/referrals"))["items"]
        assert (shown["outcome"], shown["answer"]) == ("planned", None)
        foreign = await partner.get(f"/api/helpdesk/v1/inquiries/{houses}/referrals")
        assert (foreign.status_code, foreign.json()["code"]) == (404, "inquiry_unknown")
        assert (await post(partner, f"/inquiries/{ours}/referrals", HANDED)).status_code == 403
        assert (await partner.get("/api/helpdesk/v1/referrals")).status_code == 403
