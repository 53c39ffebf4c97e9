"""Visits' findings, the story of a case, and what is erased or told twice."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from common.events import dispatch, loaner
from common.events.contracts import SubscriberDirectoryChanged, SubscriberErased
from common.events.helpdesk import FaultIsolated, FaultNotIsolated
from common.testing import RunningService
from helpdesk.consumers import PROJECTIONS, REACTIONS
from helpdesk.testing import (
    CONTRACT,
    SUBSCRIBER,
    a_booked_visit,
    a_completed_visit,
    accepted,
    get,
    jst,
    not_isolated,
    post,
    told,
)


async def overview(client: httpx.AsyncClient) -> dict[str, Any]:
    return await get(client, f"/contracts/{CONTRACT}/overview")


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_a_visits_finding_becomes_the_verdict_of_its_case(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = await not_isolated(operator)
    await told(suite, a_completed_visit(found), "vis_a", 5)
    remote, on_site = (await get(operator, f"/inquiries/{found}/verdicts"))["items"]
    assert (on_site["origin"], on_site["visit_id"], on_site["supersedes"]) == ("visit", "vis_a", remote["id"])
    (event,) = await suite.published(FaultIsolated)
    assert (event.subject, event.data.origin, event.data.visit_id) == (found, "visit", "vis_a")
    assert (event.data.superseded_verdict_id, event.data.failed_device_kind) == (remote["id"], "soho_router")
    assert (event.data.actor, event.causation_id is not None) == ("tech-ito", True)
    (request,) = (await get(operator, f"/inquiries/{found}/onsite-requests"))["items"]
    assert request["status"] == "done"


async def test_a_visits_finding_is_recorded_once(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = await not_isolated(operator)
    for sequence in (5, 6):
        await told(suite, a_completed_visit(found), "vis_a", sequence)
    assert len(await suite.published(FaultIsolated)) == 1
    assert len((await get(operator, f"/inquiries/{found}/verdicts"))["items"]) == 2


async def test_what_a_visit_could_not_locate_is_published_too(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = await not_isolated(operator)
    nothing = a_completed_visit(found, result="not_isolated_on_site", cause=None, failed_device_kind=None)
    await told(suite, nothing, "vis_a", 5)
    last = (await suite.published(FaultNotIsolated))[-1]
    assert (last.data.result, last.data.origin) == ("not_isolated_on_site", "visit")
    again = await post(operator, f"/inquiries/{found}/onsite-requests")
    assert again.json()["code"] == "isolation_evidence_missing"


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([("void", {"reason": "x"})], "voided"),
        ([("resolution", {"outcome": "x"}), ("closing", {})], "closed"),
    ],
)
async def test_a_visits_finding_for_a_finished_case_is_recorded_without_moving_it(
    suite: RunningService, operator: httpx.AsyncClient, steps: list[tuple[str, dict[str, Any]]], status: str
) -> None:
    found = await not_isolated(operator)
    for path, body in steps:
        assert (await post(operator, f"/inquiries/{found}/{path}", body)).is_success
    await told(suite, a_completed_visit(found), "vis_a", 5)
    assert (await get(operator, f"/inquiries/{found}"))["status"] == status
    assert len(await suite.published(FaultIsolated)) == 1


async def test_a_visits_finding_for_a_merged_case_goes_to_its_target(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    source, between, target = (
        await not_isolated(operator),
        str((await accepted(operator))["id"]),
        await not_isolated(operator),
    )
    await post(operator, "/merges", {"source_id": source, "target_id": between})
    await post(operator, "/merges", {"source_id": between, "target_id": target})
    await told(suite, a_completed_visit(source), "vis_a", 5)
    (event,) = await suite.published(FaultIsolated)
    assert (event.subject, event.key) == (target, target)
    assert len((await get(operator, f"/inquiries/{source}/verdicts"))["items"]) == 1


async def test_visits_without_a_case_or_for_setting_work_leave_no_verdict(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await told(suite, a_completed_visit(None), "vis_a", 1)
    await told(suite, a_completed_visit("inq_of_nobody", visit_id="vis_b"), "vis_b", 1)
    assert await suite.published() == []


async def test_a_cancelled_visit_request_frees_the_case_for_another(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = await not_isolated(operator)

    def closed(status: str) -> dispatch.VisitRequestClosed:
        fields = {"actor": "op-dispatch", "visit_request_id": "vrq_a", "inquiry_id": found, "contract_id": CONTRACT}
        return dispatch.VisitRequestClosed.model_validate({**fields, "status": status, "reason": "customer"})

    await told(suite, closed("on_hold"), "vrq_a", 2)
    again = await post(operator, f"/inquiries/{found}/onsite-requests")
    assert again.json()["code"] == "onsite_request_already_open"
    await told(suite, closed("cancelled"), "vrq_a", 3)
    assert (await post(operator, f"/inquiries/{found}/onsite-requests")).status_code == 201


async def test_the_story_holds_every_services_facts_in_order(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = await not_isolated(operator)
    await post(operator, f"/inquiries/{found}/notes", {"body": "calls back at noon"})
    suite.clock.move_to(jst(6, 1, 11))
    await told(suite, a_booked_visit(found), "vis_a", 1)
    suite.clock.move_to(jst(6, 2, 14))
    await told(suite, a_completed_visit(found), "vis_a", 2)
    story = (await get(operator, f"/inquiries/{found}/timeline"))["items"]
    assert [line["type"] for line in story] == [
        "InquiryAccepted",
        "TroubleReported",
        "InquiryStarted",
        "TriageCompleted",
        "FaultNotIsolated",
        "OnsiteIsolationRequested",
        "Note",
        "VisitBooked",
        "VisitCompleted",
        "FaultIsolated",
    ]
    assert all(line["actor"] for line in story)
    assert [line["event_id"] is None for line in story].count(True) == 1


async def test_an_erased_subscriber_leaves_no_name_behind(suite: RunningService, operator: httpx.AsyncClient) -> None:
    directory = SubscriberDirectoryChanged(
        actor="system:contracts", subscriber_id=SUBSCRIBER, name="見本商店", name_kana="ミホン", phones=("+8131",)
    )
    await told(suite, directory, SUBSCRIBER, 1)
    found = await not_isolated(operator)
    consent = {"given_by": "見本 花子", "spoken": True, "recording": False}
    session = {"os": "windows", "terminal": "pc", "consent": consent}
    assert (await post(operator, f"/inquiries/{found}/remote-sessions", session)).is_success
    await told(suite, SubscriberErased(actor="system:contracts", subscriber_id=SUBSCRIBER), SUBSCRIBER, 2)
    assert (await overview(operator))["caller"] is None
    assert (await get(operator, f"/inquiries/{found}"))["caller"] == {"name": None, "phone": None}
    (kept,) = (await get(operator, f"/inquiries/{found}/remote-sessions"))["items"]
    assert (kept["consent_given_by"], kept["os"]) == (None, "windows")
    async with suite.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM subscriber") == 0


async def test_what_is_told_twice_changes_nothing(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = await not_isolated(operator)
    messages = [
        suite.message(a_booked_visit(found), subject="vis_a", sequence=1, key="vis_a"),
        suite.message(a_completed_visit(found), subject="vis_a", sequence=2, key="vis_a"),
    ]
    await suite.deliver_messages(messages)
    before = (await get(operator, f"/inquiries/{found}/timeline"), await overview(operator))
    published = len(await suite.published())
    await suite.deliver_messages(messages)
    assert (await get(operator, f"/inquiries/{found}/timeline"), await overview(operator)) == before
    assert len(await suite.published()) == published


def test_handlers_are_there_for_what_is_read() -> None:
    assert set(REACTIONS) == {dispatch.VisitCompleted, dispatch.VisitRequestClosed}
    visits = {kind for kind in dispatch.EVENTS if issubclass(kind, dispatch.VisitData)}
    assert visits <= set(PROJECTIONS)
    loans = {kind for kind in loaner.EVENTS if issubclass(kind, loaner.LoanData)}
    assert loans <= set(PROJECTIONS)
