"""The steps of a case's life over the API, and what they do to the month's units."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from common.events.helpdesk import InquiriesMerged, InquiryReopened, InquirySplit, InquiryVoided, TroubleReported
from common.testing import RunningService
from helpdesk.testing import CONTRACT, accepted, entitlements, get, jst, light, post, standard, tell


def problem(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 409, response.text
    body: dict[str, Any] = response.json()
    return body


async def used(client: httpx.AsyncClient) -> int:
    return int((await get(client, f"/contracts/{CONTRACT}/overview"))["quota"]["used"])


async def ledger(client: httpx.AsyncClient) -> list[tuple[int, str, str]]:
    items = (await get(client, f"/contracts/{CONTRACT}/quota-ledger?limit=100"))["items"]
    return [(item["units"], item["reason"], item["fee_month"]) for item in items]


async def test_each_transition_is_one_event(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = (await accepted(operator, kind="how_to"))["id"]
    walk: list[tuple[str, dict[str, Any], str, list[str]]] = [
        ("waiting", {"reason": "looks for the manual"}, "waiting_for_customer", ["InquiryStarted", "InquiryWaiting"]),
        ("resumption", {}, "in_progress", ["InquiryResumed"]),
        ("resolution", {"outcome": "explained", "solution": "Menu, then print"}, "resolved", ["InquiryResolved"]),
        ("closing", {}, "closed", ["InquiryClosed"]),
        ("reopening", {}, "in_progress", ["InquiryReopened"]),
        ("resolution", {"outcome": "explained again"}, "resolved", ["InquiryResolved"]),
        ("reopening", {}, "in_progress", ["InquiryReopened"]),
        ("void", {"reason": "out of scope"}, "voided", ["InquiryVoided"]),
    ]
    seen = 1
    for path, body, status, names in walk:
        response = await post(operator, f"/inquiries/{found}/{path}", body)
        assert response.status_code == 200, response.text
        assert response.json()["status"] == status
        events = (await suite.published())[seen:]
        assert [type(event.data).__name__ for event in events] == names, path
        assert [event.sequence for event in events] == list(range(seen + 1, seen + 1 + len(names)))
        assert response.json()["version"] == events[-1].sequence
        seen += len(names)


async def test_wrong_steps_change_nothing(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = (await accepted(operator))["id"]
    for path in ("closing", "reopening", "resumption"):
        refused = problem(await post(operator, f"/inquiries/{found}/{path}"))
        assert (refused["code"], refused["why"]["status"]) == ("wrong_state", "accepted")
    assert (await get(operator, f"/inquiries/{found}"))["version"] == 2
    assert len(await suite.published()) == 2


async def test_the_solution_is_kept(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = (await accepted(operator))["id"]
    await post(operator, f"/inquiries/{found}/resolution", {"outcome": "solved_remotely", "solution": "New cable"})
    shown = await get(operator, f"/inquiries/{found}")
    assert (shown["outcome"], shown["solution"], shown["status"]) == ("solved_remotely", "New cable", "resolved")


@pytest.mark.rule("R-QUOTA-COUNT")
async def test_a_void_inquiry_gives_its_unit_back(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = (await accepted(operator))["id"]
    assert (await post(operator, f"/inquiries/{found}/void", {"reason": "wrong number"})).status_code == 200
    assert await used(operator) == 0
    assert await ledger(operator) == [(1, "accepted", "2026-06"), (-1, "voided", "2026-06")]
    (event,) = await suite.published(InquiryVoided)
    assert (event.data.units, event.data.fee_month, event.data.reason) == (-1, "2026-06", "wrong number")
    assert problem(await post(operator, f"/inquiries/{found}/void", {"reason": "again"}))["code"] == "wrong_state"
    assert await used(operator) == 0


@pytest.mark.rule("R-QUOTA-COUNT")
async def test_a_merged_duplicate_gives_its_unit_back_to_its_own_month(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    june = (await accepted(operator))["id"]
    suite.clock.move_to(jst(7, 1))
    july = (await accepted(operator))["id"]
    merged = await post(operator, "/merges", {"source_id": june, "target_id": july})
    assert merged.status_code == 201, merged.text
    assert (merged.json()["source"]["status"], merged.json()["target_id"]) == ("merged", july)
    assert await ledger(operator) == [
        (1, "accepted", "2026-06"),
        (1, "accepted", "2026-07"),
        (-1, "merged", "2026-06"),
    ]
    (event,) = await suite.published(InquiriesMerged)
    assert (event.subject, event.data.target_inquiry_id) == (june, july)
    assert (event.data.units, event.data.fee_month) == (-1, "2026-06")
    assert await used(operator) == 1


async def test_what_cannot_be_merged(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(contract_id="ctr_b"))
    one, two = (await accepted(operator))["id"], (await accepted(operator))["id"]
    other = (await accepted(operator, contract_id="ctr_b"))["id"]
    for source, target in ((one, one), (one, other)):
        refused = problem(await post(operator, "/merges", {"source_id": source, "target_id": target}))
        assert refused["code"] == "merge_not_possible"
    await post(operator, "/merges", {"source_id": one, "target_id": two})
    for source, target in ((one, two), (two, one)):
        refused = problem(await post(operator, "/merges", {"source_id": source, "target_id": target}))
        assert refused["code"] == "wrong_state"
    missing = await post(operator, "/merges", {"source_id": "inq_none", "target_id": two})
    assert (missing.status_code, missing.json()["code"]) == (404, "inquiry_unknown")


async def test_notes_and_story_of_a_duplicate_are_seen_on_its_target(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    one, two, three = [(await accepted(operator))["id"] for _ in range(3)]
    await post(operator, f"/inquiries/{one}/notes", {"body": "first words"})
    await post(operator, "/merges", {"source_id": one, "target_id": two})
    await post(operator, "/merges", {"source_id": two, "target_id": three})
    notes = (await get(operator, f"/inquiries/{three}/notes"))["items"]
    assert [note["body"] for note in notes] == ["first words"]
    story = (await get(operator, f"/inquiries/{three}/timeline"))["items"]
    assert {line["inquiry_id"] for line in story} == {one, two, three}
    assert [line["type"] for line in story].count("InquiriesMerged") == 2


@pytest.mark.rule("R-QUOTA-COUNT")
async def test_a_second_fault_takes_a_unit_of_the_sources_month(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(light(inquiry_limit=2), version=2))
    source = await accepted(operator)
    suite.clock.move_to(jst(7, 1))
    body = {"source_id": source["id"], "kind": "trouble", "summary": "Printer too", "device": {"kind": "printer"}}
    part = await post(operator, "/splits", body)
    assert part.status_code == 201, part.text
    assert part.json()["quota"] == {"fee_month": "2026-06", "allowed": 2, "used": 2, "remaining": 0}
    assert (part.json()["split_from"], part.json()["received_at"]) == (source["id"], source["received_at"])
    (event,) = await suite.published(InquirySplit)
    assert (event.subject, event.data.source_inquiry_id) == (part.json()["id"], source["id"])
    assert (event.data.units, event.data.fee_month, event.data.unit_source) == (1, "2026-06", "plan")
    assert len(await suite.published(TroubleReported)) == 2
    shown = await get(operator, f"/inquiries/{part.json()['id']}")
    assert shown["caller"]["name"] == "見本 花子"
    refused = problem(await post(operator, "/splits", body))
    assert refused["code"] == "inquiry_quota_exhausted"
    assert (refused["why"]["fee_month"], refused["why"]["used"]) == ("2026-06", 2)
    assert (await post(operator, f"/inquiries/{part.json()['id']}/void", {"reason": "x"})).status_code == 200
    assert await ledger(operator) == [(1, "accepted", "2026-06"), (1, "split", "2026-06"), (-1, "voided", "2026-06")]


async def test_a_split_names_all_that_is_wrong(suite: RunningService, operator: httpx.AsyncClient) -> None:
    source = (await accepted(operator))["id"]
    body = {"source_id": source, "kind": "gossip", "summary": "x", "site": "telework"}
    refused = problem(await post(operator, "/splits", body))
    assert [reason["code"] for reason in refused["reasons"]] == ["inquiry_kind_unknown", "telework_requires_standard"]
    await tell(suite, entitlements(standard(), version=2))
    part = await post(operator, "/splits", {**body, "kind": "how_to"})
    assert (part.status_code, part.json()["site"]) == (201, "telework")


@pytest.mark.rule("R-QUOTA-COUNT")
async def test_reopening_takes_no_unit_and_has_its_time(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = (await accepted(operator))["id"]
    await post(operator, f"/inquiries/{found}/resolution", {"outcome": "solved_remotely"})
    await post(operator, f"/inquiries/{found}/closing")
    suite.clock.move_to(jst(6, 8, 9, 59))
    assert (await post(operator, f"/inquiries/{found}/reopening")).status_code == 200
    assert await used(operator) == 1
    (event,) = await suite.published(InquiryReopened)
    assert event.data.units == 0
    await post(operator, f"/inquiries/{found}/resolution", {"outcome": "solved_remotely"})
    suite.clock.move_to(jst(6, 15, 9, 59))
    refused = problem(await post(operator, f"/inquiries/{found}/reopening"))
    assert (refused["code"], refused["why"]["days"]) == ("reopening_too_late", 7)


async def test_nobody_resolves_or_voids_during_a_remote_session(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    one, two = (await accepted(operator))["id"], (await accepted(operator))["id"]
    consent = {"given_by": "見本", "spoken": True, "recording": False}
    session = {"os": "windows", "terminal": "pc", "consent": consent}
    assert (await post(operator, f"/inquiries/{one}/remote-sessions", session)).status_code == 201
    tries: list[tuple[str, dict[str, Any]]] = [
        (f"/inquiries/{one}/resolution", {"outcome": "x"}),
        (f"/inquiries/{one}/void", {"reason": "x"}),
        ("/merges", {"source_id": one, "target_id": two}),
    ]
    for path, body in tries:
        assert problem(await post(operator, path, body))["code"] == "remote_session_running"
    assert await used(operator) == 2
