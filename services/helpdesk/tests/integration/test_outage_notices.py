"""What all customers of an outage are told, and how their cases end with it: each once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from common.events.helpdesk import InquiryResolved, InquiryToldOfOutage
from common.testing import RunningService, running
from helpdesk.app import create_app
from helpdesk.settings import HelpdeskSettings
from helpdesk.testing import API, MONDAY_10, accepted, entitlements, get, light, post, tell, tell_catalogue
from helpdesk.testing.outages import opened, results, rows

WORDS = {"body_ja": "復旧しました({{inquiry_id}})", "body_en": "It works again."}


@pytest.fixture
async def suite(service_url: Callable[[str], str]) -> AsyncIterator[RunningService]:
    """A partner's contract with enough units, and connections for many at once."""
    url = service_url("helpdesk")
    async with running(create_app, HelpdeskSettings, url=url, at=MONDAY_10, pool_size=16) as service:
        await tell_catalogue(service)
        await tell(service, entitlements(light(inquiry_limit=60), partner="mihon"))
        yield service


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def notes_of(client: httpx.AsyncClient, inquiry_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await get(client, f"/inquiries/{inquiry_id}/notes"))["items"]
    return found


async def test_of_eight_who_tell_all_the_same_at_once_some_cut_off_in_the_middle_each_customer_hears_it_once(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    outage = await opened(operator)
    ids = [(await accepted(operator, outage_id=outage))["id"] for _ in range(10)]
    at_it = [asyncio.create_task(rows(operator, f"{outage}/notices", **WORDS)) for _ in range(8)]
    while not await suite.published(InquiryToldOfOutage):  # noqa: ASYNC110 - what is awaited happens in the database
        await asyncio.sleep(0.01)
    for cut_off in at_it[::2]:
        cut_off.cancel()
    ends = await asyncio.gather(*at_it, return_exceptions=True)
    assert all(isinstance(end, list | asyncio.CancelledError) for end in ends), ends
    late = (await accepted(operator, outage_id=outage))["id"]
    first = await post(operator, f"/outages/{outage}/notices", {**WORDS, "limit": 8})
    rest = await post(operator, f"/outages/{outage}/notices", {**WORDS, "limit": 8, "after": first.json()["next"]})
    assert rest.json()["next"] is None
    told = results(first.json()["items"]) | results(rest.json()["items"])
    assert told == dict.fromkeys(ids, "already_told") | {late: "told"}
    assert len((await get(operator, f"/outages/{outage}/notices"))["items"]) == 1
    events = await suite.published(InquiryToldOfOutage)
    assert Counter(event.subject for event in events) == dict.fromkeys([*ids, late], 1)
    async with suite.client("partner", partner="mihon") as partner:
        for event in events:
            (note,) = await notes_of(partner, event.subject)
            assert (note["id"], note["body"]) == (
                event.data.note_id,
                f"復旧しました({event.subject})\n\nIt works again.",
            )


async def test_who_does_not_listen_any_more_or_was_never_meant_is_told_nothing(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    outage = await opened(operator)
    closed, gone, resolved, listens = [(await accepted(operator, outage_id=outage))["id"] for _ in range(4)]
    apart = (await accepted(operator))["id"]
    for found in (closed, resolved):
        await post(operator, f"/inquiries/{found}/resolution", {"outcome": "explained"})
    await post(operator, f"/inquiries/{closed}/closing")
    await post(operator, f"/inquiries/{gone}/void", {"reason": "a test"})
    chosen = [closed, gone, resolved, listens, apart, "inq_none"]
    told = await rows(operator, f"{outage}/notices", inquiry_ids=chosen, **WORDS)
    assert results(told) == {
        closed: "wrong_state", gone: "wrong_state", resolved: "told", listens: "told", apart: "inquiry_not_linked",
        "inq_none": "inquiry_unknown",
    }  # fmt: skip
    assert told[0]["reasons"][0]["why"]["status"] == "closed"
    assert [len(await notes_of(operator, found)) for found in chosen[:-1]] == [0, 0, 1, 1, 0]


async def test_a_saved_reply_is_told_when_it_is_published_and_asks_for_no_name(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    outage = await opened(operator)
    found = (await accepted(operator, outage_id=outage))["id"]
    title = {"kind": "reply", "title_ja": "復旧", "title_en": "Over"}
    async with suite.client("supervisor") as supervisor:
        reply = (
            await post(supervisor, "/articles", {**title, "body_ja": "{{received_on}}の件", "body_en": "On it"})
        ).json()
        path = f"/outages/{outage}/notices"
        body = {"article_id": reply["id"]}
        assert code_of(await post(operator, path, body)) == (409, "reply_not_ready")
        await post(supervisor, f"/articles/{reply['id']}/publication")
        assert results((await post(operator, path, body)).json()["items"]) == {found: "told"}
        assert [note["body"] for note in await notes_of(operator, found)] == ["2026-06-01の件\n\nOn it"]
        named = {**WORDS, "body_ja": "{{subscriber_name}}様"}
        assert code_of(await post(operator, path, named)) == (422, "place_unknown")
    for wrong in ({"body_ja": "x"}, {**WORDS, **body}, {}, {**WORDS, "limit": 501}):
        assert (await post(operator, path, wrong)).status_code == 422
    assert code_of(await post(operator, "/outages/out_none/notices", WORDS)) == (404, "outage_unknown")


async def test_cases_are_resolved_together_when_the_outage_is_over_and_not_before(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    outage = await opened(operator)
    waits, ended, busy, gone = [(await accepted(operator, outage_id=outage))["id"] for _ in range(4)]
    await post(operator, f"/inquiries/{ended}/resolution", {"outcome": "explained"})
    session = {"os": "windows", "terminal": "pc", "consent": {"given_by": "見本", "spoken": True, "recording": False}}
    assert (await post(operator, f"/inquiries/{busy}/remote-sessions", session)).is_success
    await post(operator, f"/inquiries/{gone}/void", {"reason": "a test"})
    path, body = f"/outages/{outage}/inquiry-resolutions", {"outcome": "outage_over", "solution": "The carrier's fibre"}
    assert code_of(await post(operator, path, body)) == (409, "outage_goes_on")
    await post(operator, f"/outages/{outage}/resolution")
    answers = await asyncio.gather(*(post(operator, path, body) for _ in range(6)))
    rest = {ended: "already_resolved", busy: "remote_session_running", gone: "wrong_state"}
    for answer in answers:
        found = results(answer.json()["items"])
        assert found == {waits: found[waits], **rest}
    assert Counter(results(answer.json()["items"])[waits] for answer in answers) == {
        "resolved": 1,
        "already_resolved": 5,
    }
    shown = await get(operator, f"/inquiries/{waits}")
    assert (shown["status"], shown["outcome"], shown["solution"]) == ("resolved", "outage_over", "The carrier's fibre")
    assert (await get(operator, f"/inquiries/{ended}"))["outcome"] == "explained"
    assert Counter(event.subject for event in await suite.published(InquiryResolved)) == {waits: 1, ended: 1}
    async with suite.client("partner", partner="mihon") as partner:
        assert (await partner.post(f"{API}{path}", json=body)).status_code == 403
