"""Working on a case over the API: triage, remote sessions, verdicts, visits asked for."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from common.events.helpdesk import FaultIsolated, FaultNotIsolated, OnsiteIsolationRequested, RemoteSessionEnded
from common.testing import RunningService
from helpdesk.testing import (
    API,
    CONTRACT,
    accepted,
    closed_plan,
    entitlements,
    get,
    jst,
    light,
    post,
    standard,
    tell,
)

SESSION = {"os": "windows", "terminal": "pc", "consent": {"given_by": "見本 花子", "spoken": True, "recording": False}}
TRIAGE = {"answers": [{"question": "Lamps?", "answer": "All dark"}], "suspected": "soho_router"}
NOT_ISOLATED = {"result": "not_isolated_remotely", "evidence": "Rebooted everything, still dark."}
ROUTER = {
    "result": "isolated",
    "cause": "device_fault",
    "failed_device": {"kind": "soho_router", "maker": "Mihon", "model": "R1", "serial": "S-1"},
    "evidence": "Power lamp dark with a known good adapter.",
}


def problem(response: httpx.Response, status: int = 409) -> dict[str, Any]:
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body


async def case(client: httpx.AsyncClient, **over: Any) -> str:
    return str((await accepted(client, **over))["id"])


async def isolation_candidate(client: httpx.AsyncClient, **over: Any) -> str:
    found = await case(client, **over)
    assert (await post(client, f"/inquiries/{found}/triage", TRIAGE)).status_code == 201
    assert (await post(client, f"/inquiries/{found}/verdict", NOT_ISOLATED)).status_code == 201
    return found


async def test_triage_begins_the_work_and_is_remembered(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = await case(operator)
    done = await post(operator, f"/inquiries/{found}/triage", TRIAGE)
    assert (done.status_code, done.json()["suspected"]) == (201, "soho_router")
    shown = await get(operator, f"/inquiries/{found}")
    assert (shown["status"], shown["suspected"], shown["version"]) == ("in_progress", "soho_router", 4)
    names = [(event.sequence, type(event.data).__name__) for event in await suite.published()][2:]
    assert names == [(3, "InquiryStarted"), (4, "TriageCompleted")]


async def test_a_remote_session_begins_and_ends(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = await case(operator)
    started = (await post(operator, f"/inquiries/{found}/remote-sessions", SESSION)).json()
    assert started["id"].startswith("rms_")
    suite.clock.move_to(jst(6, 1, 10, 20))
    path = f"/inquiries/{found}/remote-sessions/{started['id']}/end"
    ended = await post(operator, path, {"stopped_by": "customer"})
    assert (ended.status_code, ended.json()["stopped_by"]) == (200, "customer")
    assert ended.json()["ended_at"] == "2026-06-01T10:20:00+09:00"
    (event,) = await suite.published(RemoteSessionEnded)
    assert (event.data.seconds, event.data.stopped_by) == (1200, "customer")
    assert problem(await post(operator, path, {"stopped_by": "operator"}))["code"] == "remote_session_ended"
    unknown = await post(operator, f"/inquiries/{found}/remote-sessions/rms_x/end", {"stopped_by": "operator"})
    assert problem(unknown, 404)["code"] == "remote_session_unknown"


@pytest.mark.rule("R-CONSENT")
@pytest.mark.parametrize(
    ("documents", "missing"),
    [
        (("service_terms",), ["remote_support_licence"]),
        (("remote_support_licence",), ["service_terms"]),
        ((), ["service_terms", "remote_support_licence"]),
    ],
)
async def test_no_remote_session_without_the_accepted_documents(
    suite: RunningService, operator: httpx.AsyncClient, documents: tuple[str, ...], missing: list[str]
) -> None:
    await tell(suite, entitlements(version=2, documents=documents))
    found = await case(operator)
    refused = problem(await post(operator, f"/inquiries/{found}/remote-sessions", SESSION))
    assert (refused["code"], refused["why"]["missing"]) == ("consent_missing", missing)
    assert refused["rule_ids"] == ["R-CONSENT"]
    assert refused["why"]["known_up_to"]
    assert (await get(operator, f"/inquiries/{found}"))["status"] == "accepted"
    assert len(await suite.published()) == 2


@pytest.mark.rule("R-CONSENT", "R-TOOL-OS")
async def test_names_missing_words_and_an_unsupported_system_together(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = await case(operator)
    body = {"os": "linux", "terminal": "pc", "consent": {"given_by": "見本", "spoken": False}}
    refused = problem(await post(operator, f"/inquiries/{found}/remote-sessions", body))
    assert [reason["code"] for reason in refused["reasons"]] == ["consent_missing", "os_not_supported"]
    assert set(refused["rule_ids"]) == {"R-CONSENT", "R-TOOL-OS"}


async def test_a_verdict_is_published_and_the_next_supersedes_it(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = await isolation_candidate(operator)
    second = await post(operator, f"/inquiries/{found}/verdict", ROUTER)
    assert second.status_code == 201, second.text
    first, last = (await get(operator, f"/inquiries/{found}/verdicts"))["items"]
    assert (first["result"], last["result"]) == ("not_isolated_remotely", "isolated")
    assert (first["supersedes"], last["supersedes"]) == (None, first["id"])
    assert last["failed_device"] == {"kind": "soho_router", "maker": "Mihon", "model": "R1", "serial": "S-1"}
    (not_isolated,) = await suite.published(FaultNotIsolated)
    (isolated,) = await suite.published(FaultIsolated)
    assert not_isolated.data.verdict_id == first["id"]
    assert isolated.data.superseded_verdict_id == first["id"]
    assert (isolated.data.origin, isolated.data.failed_device_kind) == ("remote", "soho_router")
    assert (await get(operator, f"/inquiries/{found}"))["verdict_id"] == last["id"]


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_giving_up_remotely_needs_remote_work(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = await case(operator)
    refused = problem(await post(operator, f"/inquiries/{found}/verdict", NOT_ISOLATED))
    assert (refused["code"], refused["rule_ids"]) == ("isolation_evidence_missing", ["R-ISOLATION-EVIDENCE"])
    session = (await post(operator, f"/inquiries/{found}/remote-sessions", SESSION)).json()["id"]
    assert problem(await post(operator, f"/inquiries/{found}/verdict", NOT_ISOLATED))["code"] == refused["code"]
    await post(operator, f"/inquiries/{found}/remote-sessions/{session}/end", {"stopped_by": "operator"})
    given = await post(operator, f"/inquiries/{found}/verdict", NOT_ISOLATED)
    assert given.json()["rests_on"] == {"triage": [], "ended_remote_sessions": [session]}


async def test_a_verdict_that_contradicts_itself_is_refused_by_name(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = await case(operator)
    broken = {"result": "isolated", "cause": "device_fault", "failed_device": {"kind": "toaster"}, "evidence": "x"}
    refused = problem(await post(operator, f"/inquiries/{found}/verdict", broken))
    assert refused["code"] == "verdict_inconsistent"
    assert refused["why"]["problems"] == ["failed_device_kind_unknown"]
    assert "soho_router" in refused["why"]["failed_kinds"]
    assert (await get(operator, f"/inquiries/{found}/verdicts"))["items"] == []


async def test_asks_for_a_visit_once(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = await isolation_candidate(operator)
    wanted = await post(operator, f"/inquiries/{found}/onsite-requests")
    assert (wanted.status_code, wanted.json()["status"]) == (201, "live")
    (event,) = await suite.published(OnsiteIsolationRequested)
    assert (event.data.verdict_id, event.data.suspected) == (wanted.json()["verdict_id"], "soho_router")
    again = problem(await post(operator, f"/inquiries/{found}/onsite-requests"))
    assert (again["code"], again["why"]["onsite_request_id"]) == ("onsite_request_already_open", wanted.json()["id"])
    assert len((await get(operator, f"/inquiries/{found}/onsite-requests"))["items"]) == 1


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_no_visit_without_evidence(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = await case(operator)
    refused = problem(await post(operator, f"/inquiries/{found}/onsite-requests"))
    assert (refused["code"], refused["rule_ids"]) == ("isolation_evidence_missing", ["R-ISOLATION-EVIDENCE"])
    assert await suite.published(OnsiteIsolationRequested) == []
    assert (await get(operator, f"/inquiries/{found}"))["version"] == 2


@pytest.mark.rule("R-ADDRESS")
async def test_no_visit_to_a_telework_site(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(standard(), version=2))
    found = await isolation_candidate(operator, site="telework")
    refused = problem(await post(operator, f"/inquiries/{found}/onsite-requests"))
    assert (refused["code"], refused["rule_ids"]) == ("fault_response_contract_address_only", ["R-ADDRESS"])


@pytest.mark.parametrize(
    ("state", "codes"),
    [
        (entitlements(version=2, status="suspended"), ["contract_not_active"]),
        (entitlements(light(isolation=0), version=2), ["feature_not_in_plan"]),
        (entitlements(closed_plan(), version=2, status="suspended"), ["contract_not_active", "feature_not_in_plan"]),
    ],
)
async def test_no_visit_that_the_contract_does_not_give(
    suite: RunningService, operator: httpx.AsyncClient, state: Any, codes: list[str]
) -> None:
    found = await isolation_candidate(operator)
    await tell(suite, state)
    response = await post(operator, f"/inquiries/{found}/onsite-requests")
    assert [reason["code"] for reason in problem(response)["reasons"]] == codes
    assert response.headers["Retry-After"] == "1"


async def test_stale_writes_are_told_so(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = await case(operator)
    response = await operator.get(f"{API}/inquiries/{found}")
    etag = response.headers["ETag"]
    assert etag == '"2"'
    waiting = {"reason": "buys a cable"}
    first = await post(operator, f"/inquiries/{found}/waiting", waiting, **{"If-Match": etag})
    assert (first.status_code, first.json()["status"]) == (200, "waiting_for_customer")
    stale = await post(operator, f"/inquiries/{found}/resumption", None, **{"If-Match": etag})
    assert problem(stale, 412)["code"] == "stale_version"


async def test_work_on_an_unknown_inquiry_is_not_found(suite: RunningService, operator: httpx.AsyncClient) -> None:
    tries: list[tuple[str, dict[str, Any]]] = [
        ("triage", TRIAGE),
        ("remote-sessions", SESSION),
        ("verdict", ROUTER),
        ("onsite-requests", {}),
        ("notes", {"body": "x"}),
        ("waiting", {"reason": "x"}),
        ("resumption", {}),
        ("resolution", {"outcome": "x"}),
        ("closing", {}),
        ("reopening", {}),
        ("void", {"reason": "x"}),
    ]
    for path, body in tries:
        missing = problem(await post(operator, f"/inquiries/inq_none/{path}", body), 404)
        assert missing["code"] == "inquiry_unknown", path
    for path in ("", "/timeline", "/why", "/notes", "/remote-sessions", "/verdicts", "/onsite-requests"):
        response = await operator.get(f"{API}/inquiries/inq_none{path}")
        assert problem(response, 404)["code"] == "inquiry_unknown", path


async def test_nobody_works_on_a_finished_inquiry(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = await isolation_candidate(operator)
    await post(operator, f"/inquiries/{found}/resolution", {"outcome": "solved_remotely"})
    for path, body in (("triage", TRIAGE), ("remote-sessions", SESSION), ("verdict", ROUTER), ("onsite-requests", {})):
        refused = problem(await post(operator, f"/inquiries/{found}/{path}", body))
        assert (refused["code"], refused["why"]["status"]) == ("wrong_state", "resolved"), path


async def test_the_work_of_another_contract_is_no_evidence(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await isolation_candidate(operator)
    other = await case(operator)
    refused = problem(await post(operator, f"/inquiries/{other}/verdict", NOT_ISOLATED))
    assert refused["code"] == "isolation_evidence_missing"
    assert (await get(operator, f"/contracts/{CONTRACT}/overview"))["quota"]["used"] == 2
