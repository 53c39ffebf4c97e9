"""Going through decision trees on real inquiries, while supervisors write them anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from common.events.helpdesk import TriageCompleted
from common.testing import RunningService
from helpdesk.testing import API, accepted, entitlements, get, post, tell

DARK = [("which-devices", "all"), ("carrier-lamp", "green"), ("router-power", "off")]


@pytest.fixture
async def supervisor(suite: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    """Who may write trees."""
    async with suite.client("supervisor", subject="sv-mori") as client:
        yield client


async def begun(client: httpx.AsyncClient, inquiry: str, tree: str = "no-internet") -> dict[str, Any]:
    answer = await post(client, f"/inquiries/{inquiry}/triage-runs", {"tree": tree})
    assert answer.status_code == 201, answer.text
    run: dict[str, Any] = answer.json()
    return run


async def answered(client: httpx.AsyncClient, run: dict[str, Any], question: str, choice: str) -> httpx.Response:
    path = f"/inquiries/{run['inquiry_id']}/triage-runs/{run['id']}/answers"
    return await post(client, path, {"question": question, "choice": choice})


async def gone(client: httpx.AsyncClient, inquiry: str, way: list[tuple[str, str]]) -> dict[str, Any]:
    run = await begun(client, inquiry)
    for question, choice in way:
        answer = await answered(client, run, question, choice)
        assert answer.status_code == 200, answer.text
        run = answer.json()
    return run


async def written(client: httpx.AsyncClient, code: str, version: int | None = None, **over: Any) -> httpx.Response:
    """PUT the tree as it stands with something changed."""
    tree = await get(client, "/triage-trees/no-internet")
    names = ("title", "start", "questions", "outcomes")
    body = {name: tree[name] for name in names} | {"reason": "New routers"} | over
    for named in ("questions", "outcomes"):
        body[named] = {name: {k: v for k, v in each.items() if k != "code"} for name, each in body[named].items()}
    headers = {"If-Match": f'"{version}"'} if version is not None else {}
    return await client.put(f"{API}/triage-trees/{code}", json=body, headers=headers)


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_the_way_through_a_tree_is_the_evidence_of_the_verdict(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    inquiry = (await accepted(operator))["id"]
    run = await begun(operator, inquiry)
    assert (run["status"], run["tree_version"], run["question"]["code"]) == ("running", 1, "which-devices")
    assert run["question"]["choices"][0]["text"] == {"ja": "すべて", "en": "All of them"}
    for question, choice in DARK:
        run = (await answered(operator, run, question, choice)).json()
    assert (run["status"], run["question"], run["outcome"]["code"]) == ("finished", None, "router-dead")
    assert run["outcome"]["verdict"]["failed_device_kind"] == "soho_router"
    (event,) = await suite.published(TriageCompleted)
    told = event.data
    assert (told.triage_id, told.suspected, told.answers) == (run["triage_id"], "soho_router", 3)
    assert (told.tree, told.tree_version, told.outcome) == ("no-internet", 1, "router-dead")
    assert (await get(operator, f"/inquiries/{inquiry}"))["suspected"] == "soho_router"
    verdict = await post(
        operator, f"/inquiries/{inquiry}/verdict", {"result": "not_isolated_remotely", "evidence": "As the tree says"}
    )
    assert verdict.json()["rests_on"]["triage"] == [run["triage_id"]]
    (shown,) = (await get(operator, f"/inquiries/{inquiry}/triage-runs"))["items"]
    assert shown == run


async def test_an_operator_leaves_a_tree_at_any_time(suite: RunningService, operator: httpx.AsyncClient) -> None:
    inquiry = (await accepted(operator))["id"]
    run = await begun(operator, inquiry)
    left = (await post(operator, f"/inquiries/{inquiry}/triage-runs/{run['id']}/leaving")).json()
    assert (left["status"], left["triage_id"], left["question"]["code"]) == ("left", None, "which-devices")
    assert await suite.published(TriageCompleted) == []
    run = await gone(operator, inquiry, DARK[:2])
    left = (await post(operator, f"/inquiries/{inquiry}/triage-runs/{run['id']}/leaving")).json()
    (event,) = await suite.published(TriageCompleted)
    assert (event.data.triage_id, event.data.answers, event.data.outcome) == (left["triage_id"], 2, None)
    again = await answered(operator, run, "router-power", "on")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    plain = {"answers": [{"question": "Lamps?", "answer": "Dark"}], "suspected": "hub"}
    assert (await post(operator, f"/inquiries/{inquiry}/triage", plain)).status_code == 201


async def test_a_tree_written_anew_does_not_disturb_who_is_on_the_way(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    one, two = (await accepted(operator))["id"], (await accepted(operator))["id"]
    run = await gone(operator, one, DARK[:1])
    tree = await get(operator, "/triage-trees/no-internet")
    only = {"which-devices": tree["questions"]["which-devices"]}
    for choice in only["which-devices"]["choices"]:
        choice["to"] = "ask-for-visit"
    outcomes = {"ask-for-visit": tree["outcomes"]["ask-for-visit"]}
    answer = await written(supervisor, "no-internet", 1, questions=only, outcomes=outcomes)
    assert (answer.status_code, answer.json()["version"], answer.headers["etag"]) == (200, 2, '"2"')
    other = await begun(operator, two)
    assert other["tree_version"] == 2
    assert (await answered(operator, other, "which-devices", "all")).json()["outcome"]["code"] == "ask-for-visit"
    for question, choice in DARK[1:]:
        run = (await answered(operator, run, question, choice)).json()
    assert (run["tree_version"], run["outcome"]["code"]) == (1, "router-dead")
    heads = (await get(operator, "/triage-trees/no-internet/versions"))["items"]
    assert [(head["version"], head["actor"], head["reason"]) for head in heads] == [
        (2, "sv-mori", "New routers"),
        (1, "system:helpdesk", "shipped"),
    ]
    assert (await get(operator, "/triage-trees/no-internet?version=1"))["outcomes"] == tree["outcomes"]
    listed = {head["code"]: head["version"] for head in (await get(operator, "/triage-trees"))["items"]}
    assert (len(listed), listed["no-internet"], listed["mail"]) == (7, 2, 1)


async def test_what_is_no_sound_tree_is_refused_with_every_problem(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    answer = await written(supervisor, "no-internet", start="nowhere")
    assert (answer.status_code, answer.json()["code"]) == (409, "triage_tree_unsound")
    assert "start: leads to nowhere, which does not exist" in answer.json()["why"]["problems"]
    assert answer.json()["rule_ids"] == ["R-ISOLATION-EVIDENCE"]
    wordless = await written(supervisor, "no-internet", title={"ja": "題", "en": ""})
    assert (wordless.status_code, wordless.json()["code"]) == (422, "validation_failed")
    assert (await get(operator, "/triage-trees/no-internet"))["version"] == 1
    assert (await written(operator, "no-internet")).status_code == 403
    new = await written(supervisor, "no-internet-2", title={"ja": "新しい問診", "en": "A new one"})
    assert (new.status_code, new.json()["version"]) == (200, 1)


async def test_of_two_supervisors_at_once_one_has_to_read_again(
    suite: RunningService, supervisor: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(*[written(supervisor, "no-internet", 1) for _ in range(4)])
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert (await written(supervisor, "no-internet", 1)).status_code == 412


async def test_what_cannot_be_asked(suite: RunningService, operator: httpx.AsyncClient) -> None:
    inquiry = (await accepted(operator))["id"]
    tries = [
        (f"/inquiries/{inquiry}/triage-runs", {"tree": "crystal-ball"}, 404, "triage_tree_unknown"),
        ("/inquiries/inq_none/triage-runs", {"tree": "mail"}, 404, "inquiry_unknown"),
        (f"/inquiries/{inquiry}/triage-runs/trr_none/leaving", {}, 404, "triage_run_unknown"),
    ]
    for path, body, status, code in tries:
        answer = await post(operator, path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
    run = await begun(operator, inquiry)
    second = await post(operator, f"/inquiries/{inquiry}/triage-runs", {"tree": "mail"})
    assert (second.status_code, second.json()["code"]) == (409, "triage_run_open")
    assert (await answered(operator, run, "router-power", "on")).json()["code"] == "question_not_asked"
    assert (await answered(operator, run, "which-devices", "some")).json()["code"] == "choice_unknown"
    unknown = await operator.get(f"{API}/triage-trees/no-internet", params={"version": 7})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "triage_tree_unknown")
    await post(operator, f"/inquiries/{inquiry}/void", {"reason": "wrong number"})
    assert (await answered(operator, run, "which-devices", "all")).json()["code"] == "wrong_state"


async def test_of_two_answers_at_once_none_is_lost(suite: RunningService, operator: httpx.AsyncClient) -> None:
    run = await begun(operator, (await accepted(operator))["id"])
    answers = await asyncio.gather(*[answered(operator, run, "which-devices", "all") for _ in range(5)])
    assert {answer.status_code for answer in answers} == {200}
    (shown,) = (await get(operator, f"/inquiries/{run['inquiry_id']}/triage-runs"))["items"]
    assert [each["withdrawn"] for each in shown["path"]] == [True, True, True, True, False]


async def test_the_report_says_which_questions_lead_where(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(version=2))
    ids = [(await accepted(operator))["id"] for _ in range(3)]
    ways = [DARK, DARK, [("which-devices", "all"), ("carrier-lamp", "none")]]
    for inquiry, way in zip(ids, ways, strict=True):
        await gone(operator, inquiry, way)
    dead = {"result": "isolated", "cause": "device_fault", "failed_device": {"kind": "soho_router"}, "evidence": "x"}
    assert (await post(operator, f"/inquiries/{ids[0]}/verdict", dead)).status_code == 201
    unclear = {"result": "not_isolated_remotely", "evidence": "x"}
    assert (await post(operator, f"/inquiries/{ids[2]}/verdict", unclear)).status_code == 201
    assert (await post(operator, f"/inquiries/{ids[2]}/onsite-requests")).status_code == 201
    path = "/triage-trees/no-internet/report?from=2026-06-01T00:00:00%2B09:00&to=2026-07-01T00:00:00%2B09:00"
    async with suite.client("analyst") as analyst:
        lines = (await get(analyst, path))["items"]
        earlier = (await get(analyst, path.replace("2026-0", "2025-0")))["items"]
    figures = {
        (line["question"], line["choice"]): (line["inquiries"], line["isolated_remotely"], line["visits"])
        for line in lines
    }
    assert figures == {
        ("which-devices", "all"): (3, 1, 1),
        ("carrier-lamp", "green"): (2, 1, 0),
        ("carrier-lamp", "none"): (1, 0, 1),
        ("router-power", "off"): (2, 1, 0),
    }
    assert earlier == []


async def test_a_second_start_leaves_edited_trees_alone(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    await written(supervisor, "no-internet", 1)
    on_start = suite.service.parts.on_start
    assert on_start is not None
    async with suite.transaction() as tx:
        await on_start(tx, suite.clock.now())
    assert (await get(operator, "/triage-trees/no-internet"))["version"] == 2
