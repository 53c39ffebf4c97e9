"""The desk: who is there, whose case it is, what comes next, what was escalated."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from common.events.helpdesk_desk import EscalationAnswered, InquiryAssigned, InquiryQueued, InquiryTakenOver
from common.testing import RunningService
from helpdesk.testing import API, accepted, entitlements, get, jst, light, post, tell
from helpdesk.testing.goal_histories import promises

OPERATORS = 16


@pytest.fixture(autouse=True)
async def told(suite: RunningService) -> None:
    await suite.deliver(promises(), subject="service_goals", sequence=1, key="service_goals")
    await tell(suite, entitlements(light(inquiry_limit=60), version=2))


async def there(client: httpx.AsyncClient, availability: str = "available") -> None:
    answer = await client.put(f"{API}/operators/me", json={"availability": availability})
    assert answer.is_success, answer.text


async def group(suite: RunningService, code: str, *members: str, **headers: str) -> httpx.Response:
    async with suite.client("supervisor") as supervisor:
        body = {"name_ja": "回線", "name_en": "Network", "members": list(members)}
        return await supervisor.put(f"{API}/desk-groups/{code}", json=body, headers=headers)


async def taken(client: httpx.AsyncClient) -> dict[str, Any] | None:
    answer = await post(client, "/queue/next")
    assert answer.is_success, answer.text
    found: dict[str, Any] | None = answer.json()["inquiry"]
    return found


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_sixteen_who_ask_for_the_next_at_once_never_get_the_same(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    waiting = {(await accepted(operator))["id"] for _ in range(OPERATORS - 4)}
    clients = [suite.client("operator", subject=f"op-{number}") for number in range(OPERATORS)]
    await asyncio.gather(*(there(client) for client in clients))
    found = await asyncio.gather(*(taken(client) for client in clients))
    got = [inquiry for inquiry in found if inquiry is not None]
    assert sorted(inquiry["id"] for inquiry in got) == sorted(waiting), "each once, and whoever is left gets none"
    events = await suite.published(InquiryAssigned)
    assert {event.subject: event.data.assignee for event in events} == {it["id"]: it["assignee"] for it in got}
    assert len(events) == len(waiting)
    for client in clients:
        await client.aclose()


async def test_the_next_is_what_is_due_first_in_ones_own_queues(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    assert (await group(suite, "network", "op-tanaka")).json()["version"] == 1
    old = (await accepted(operator))["id"]
    suite.clock.move_to(jst(6, 1, 10, 20))
    begun, others, waits = [(await accepted(operator))["id"] for _ in range(3)]
    await post(operator, f"/inquiries/{old}/triage", {"answers": [{"question": "Lamp?", "answer": "no"}]})
    assert (await post(operator, f"/inquiries/{others}/queueing", {"group": "network"})).json()["group"] == "network"
    assert (await post(operator, f"/inquiries/{waits}/waiting", {"reason": "new cable"})).is_success
    await suite.sweep()
    assert [line["inquiry_id"] for line in (await get(operator, "/queue"))["items"]] == [begun, others, old, waits]
    first = await get(operator, "/queue?unassigned=true&limit=2")
    rest = await get(operator, f"/queue?unassigned=true&limit=2&cursor={first['next']}")
    assert [line["inquiry_id"] for line in rest["items"]] == [old, waits]
    await there(operator)
    assert [(await taken(operator) or {}).get("id") for _ in range(3)] == [begun, old, None]
    async with suite.client("operator", subject="op-tanaka") as tanaka:
        await there(tanaka)
        assert (await taken(tanaka) or {})["id"] == others
    mine = await get(operator, "/queue?assignee=op-sato")
    assert [line["inquiry_id"] for line in mine["items"]] == [begun, old]
    assert [line["inquiry_id"] for line in (await get(operator, "/queue?group=network"))["items"]] == [others]


@pytest.mark.parametrize("availability", [None, "on_a_call", "away"])
async def test_who_is_not_available_gets_no_next(operator: httpx.AsyncClient, availability: str | None) -> None:
    found = (await accepted(operator))["id"]
    if availability is not None:
        await there(operator, availability)
    refused = await post(operator, "/queue/next")
    assert code_of(refused) == (409, "operator_not_available")
    assert refused.json()["why"] == {"availability": availability or "away"}
    assert (await get(operator, f"/inquiries/{found}"))["assignee"] is None


async def test_a_case_is_given_handed_on_taken_over_with_a_reason_and_put_back(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = (await accepted(operator))["id"]
    of_case = f"/inquiries/{found}"
    async with suite.client("operator", subject="op-tanaka") as tanaka:
        assert code_of(await post(operator, f"{of_case}/takeover", {"reason": "x"})) == (409, "not_assigned")
        assert code_of(await post(operator, f"{of_case}/assignment", {"assignee": "op-tanaka"})) == (
            409,
            "operator_unknown",
        )
        await there(tanaka, "away")
        assert (await post(operator, f"{of_case}/assignment", {"assignee": "op-tanaka"})).json()[
            "assignee"
        ] == "op-tanaka"
        for path, body in (("assignment", {"assignee": "op-sato"}), ("queueing", {})):
            assert code_of(await post(operator, f"{of_case}/{path}", body)) == (409, "assigned_to_another")
        stale = await post(operator, f"{of_case}/takeover", {"reason": "on leave"}, **{"If-Match": '"1"'})
        assert code_of(stale) == (412, "stale_version")
        assert (await post(operator, f"{of_case}/takeover", {"reason": "on leave"})).json()["assignee"] == "op-sato"
        again = await post(operator, f"{of_case}/takeover", {"reason": "on leave"})
        assert again.json()["assignee"] == "op-sato"
    assert code_of(await post(operator, f"{of_case}/queueing", {"group": "nobody"})) == (404, "desk_group_unknown")
    assert (await post(operator, f"{of_case}/queueing")).json()["assignee"] is None
    (over,) = await suite.published(InquiryTakenOver)
    assert (over.data.previous_assignee, over.data.assignee, over.data.reason) == ("op-tanaka", "op-sato", "on leave")
    (queued,) = await suite.published(InquiryQueued)
    assert (queued.data.previous_assignee, queued.data.group) == ("op-sato", None)
    await post(operator, f"{of_case}/resolution", {"outcome": "solved_remotely"})
    assert code_of(await post(operator, f"{of_case}/assignment", {"assignee": "op-sato"})) == (409, "wrong_state")


async def test_an_escalation_goes_to_a_group_is_due_and_is_answered_once(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await group(suite, "network", "op-tanaka")
    found = (await accepted(operator))["id"]
    path = f"/inquiries/{found}/escalations"
    ask = {"level": "second_line", "group": "network", "due_at": jst(6, 1, 12).isoformat(), "question": "A loop?"}
    wrong = await post(operator, path, {**ask, "level": "oracle", "due_at": jst(6, 1, 9).isoformat()})
    assert [it["code"] for it in wrong.json()["reasons"]] == ["escalation_level_unknown", "escalation_due_not_ahead"]
    asked = (await post(operator, path, ask)).json()
    assert code_of(await post(operator, path, ask)) == (409, "escalation_already_open")
    shown = await get(operator, f"/inquiries/{found}")
    assert (shown["group"], shown["assignee"], shown["status"]) == ("network", None, "in_progress")
    assert (await get(operator, "/escalations?overdue=true"))["items"] == []
    suite.clock.move_to(jst(6, 1, 12))
    assert [it["id"] for it in (await get(operator, "/escalations?overdue=true"))["items"]] == [asked["id"]]
    answer = await post(operator, f"{path}/{asked['id']}/answer", {"words": "Yes, port 4."})
    assert (answer.json()["answer"], answer.json()["answered_by"]) == ("Yes, port 4.", "op-sato")
    assert code_of(await post(operator, f"{path}/{asked['id']}/answer", {"words": "No"})) == (409, "wrong_state")
    assert code_of(await post(operator, f"{path}/esc_none/answer", {"words": "No"})) == (404, "escalation_unknown")
    assert (await get(operator, "/escalations"))["items"] == []
    (event,) = await suite.published(EscalationAnswered)
    assert event.data.in_time is True


async def test_a_group_is_written_whole_and_not_over_anothers_change(suite: RunningService) -> None:
    await group(suite, "network", "op-sato", "op-sato", "op-tanaka")
    written = await group(suite, "network", "op-tanaka", **{"If-Match": '"1"'})
    assert (written.json()["members"], written.json()["version"]) == (["op-tanaka"], 2)
    assert code_of(await group(suite, "network", **{"If-Match": '"1"'})) == (412, "stale_version")
