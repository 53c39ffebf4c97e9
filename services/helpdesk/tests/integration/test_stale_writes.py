"""Whoever writes on an inquiry that another has changed meanwhile is told so, and by whom: nothing is overwritten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from common.testing import RunningService
from helpdesk.api.access import ACCESS
from helpdesk.testing import API, MONDAY_10, accepted, entitlements, get, jst, post, tell

_ANSWERS = {"answers": [{"question": "Lamp?", "answer": "dark"}]}
_SESSION = {"os": "windows", "terminal": "pc", "consent": {"given_by": "the holder", "spoken": True}}
WRITES: dict[str, dict[str, Any]] = {
    "notes": {"body": "rang twice"},
    "triage": _ANSWERS,
    "triage-runs": {"tree": "no-internet"},
    "triage-runs/{run_id}/answers": {"question": "lamps", "choice": "dark"},
    "triage-runs/{run_id}/leaving": {},
    "remote-sessions": _SESSION,
    "remote-sessions/{session_id}/end": {"stopped_by": "customer"},
    "remote-bookings": {"starts_at": jst(6, 1, 13).isoformat(), "os": "windows", "terminal": "pc"},
    "remote-bookings/{booking_id}/moving": {"starts_at": jst(6, 1, 13).isoformat()},
    "remote-bookings/{booking_id}/cancellation": {"reason": "solved"},
    "remote-bookings/{booking_id}/missed": {"missed_by": "house"},
    "remote-bookings/{booking_id}/session": {"consent": {"given_by": "the holder", "spoken": True}},
    "verdict": {"result": "not_isolated_remotely", "evidence": "dark"},
    "referrals": {"carrier": "NTT East", "ticket_number": "A-1"},
    "referrals/{referral_id}/follow-ups": {"words": "tomorrow"},
    "referrals/{referral_id}/answer": {"outcome": "repaired", "words": "a cable"},
    "onsite-requests": {},
    "waiting": {"reason": "new cable"},
    "resumption": {},
    "resolution": {"outcome": "solved_remotely"},
    "closing": {},
    "reopening": {},
    "void": {"reason": "out of scope"},
    "merge-undo": {},
    "recounting": {"reason": "no outage"},
    "assignment": {"assignee": "op-sato"},
    "takeover": {"reason": "on leave"},
    "queueing": {},
    "escalations": {"level": "maker", "due_at": jst(6, 1, 12).isoformat(), "question": "A loop?"},
    "escalations/{escalation_id}/answer": {"words": "yes"},
}
"""Every write below `/inquiries/{inquiry_id}/`, with a body that can be read."""

_OF_ONE = "POST /inquiries/{inquiry_id}/"


@pytest.fixture
async def operator(suite: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may do all of it."""
    async with suite.client("supervisor", subject="op-sato") as client:
        yield client


def test_the_table_names_every_write_on_an_inquiry() -> None:
    writes = {route for route in ACCESS if "{inquiry_id}" in route and not route.startswith("GET ")}
    assert writes == {_OF_ONE + path for path in WRITES}


async def written(
    client: httpx.AsyncClient, found: dict[str, Any], other: str, version: int
) -> dict[str, httpx.Response]:
    """Every write with this version in `If-Match`."""
    match = {"If-Match": f'"{version}"'}
    answers = {}
    for path, body in WRITES.items():
        answers[path] = await post(client, f"/inquiries/{found['id']}/{path}", body, **match)
    merge = {"source_id": found["id"], "target_id": other}
    answers["merges"] = await post(client, "/merges", merge, **match)
    part = {"source_id": found["id"], "kind": "trouble", "summary": "And the printer"}
    answers["splits"] = await post(client, "/splits", part, **match)
    name = {"inquiry_id": found["id"], "file_name": "log.txt"}
    answers["attachments"] = await client.post(f"{API}/attachments", params=name, content=b"log", headers=match)
    return answers


async def test_every_write_on_a_version_that_is_past_is_refused_with_the_present_one_and_who_made_it(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found, other = await accepted(operator), (await accepted(operator))["id"]
    async with suite.client("operator", subject="op-tanaka") as tanaka:
        assert (await post(tanaka, f"/inquiries/{found['id']}/waiting", {"reason": "new cable"})).is_success
    now = await get(operator, f"/inquiries/{found['id']}")
    before = len(await suite.published())
    for path, answer in (await written(operator, found, other, found["version"])).items():
        assert (answer.status_code, answer.json()["code"]) == (412, "stale_version"), path
        assert answer.json()["why"] == {
            "version": now["version"],
            "expected": found["version"],
            "changed_by": "op-tanaka",
            "changed_at": MONDAY_10.isoformat(),
            "change": "InquiryWaiting",
        }, path
    assert len(await suite.published()) == before
    assert await get(operator, f"/inquiries/{found['id']}") == now
    assert (await get(operator, f"/inquiries/{found['id']}/notes"))["items"] == []
    assert (await get(operator, f"/inquiries/{found['id']}/attachments"))["items"] == []


async def test_no_write_on_the_present_version_is_called_stale(operator: httpx.AsyncClient) -> None:
    case = f"/inquiries/{(await accepted(operator))['id']}"
    for path, body in WRITES.items():
        version = (await get(operator, case))["version"]
        answer = await post(operator, f"{case}/{path}", body, **{"If-Match": f'"{version}"'})
        assert answer.status_code in {200, 201, 404, 409}, (path, answer.text)


async def test_a_partner_is_told_that_it_is_late_but_not_by_whom(suite: RunningService) -> None:
    await tell(suite, entitlements(contract_id="ctr_ours", partner="itpartner"))
    async with suite.client("partner", partner="itpartner") as partner:
        found = await accepted(partner, contract_id="ctr_ours", channel="partner")
        stale = await post(partner, f"/inquiries/{found['id']}/notes", {"body": "Hello"}, **{"If-Match": '"1"'})
    assert stale.status_code == 412
    assert stale.json()["why"] == {"version": found["version"], "expected": 1}
