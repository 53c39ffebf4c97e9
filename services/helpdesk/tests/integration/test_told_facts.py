"""What other services' facts do here: projections, reactions, the overview, the story."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from common.events import dispatch, loaner, mdm_gateway
from common.events.base import EventData
from common.events.contracts import SubscriberDirectoryChanged, SubscriberErased
from common.events.helpdesk import FaultIsolated, FaultNotIsolated
from common.testing import RunningService
from helpdesk.consumers import PROJECTIONS, REACTIONS
from helpdesk.testing import (
    API,
    CONTRACT,
    SUBSCRIBER,
    a_completed_visit,
    accepted,
    closed_plan,
    entitlements,
    extra,
    get,
    jst,
    post,
    since_begin,
    standard,
    tell,
)

ACTOR = "op-dispatch"


async def told(suite: RunningService, data: EventData, subject: str, sequence: int) -> None:
    await suite.deliver(data, subject=subject, sequence=sequence, key=subject)


def visit(kind: type[dispatch.VisitData], inquiry_id: str | None, **over: Any) -> dispatch.VisitData:
    fields: dict[str, Any] = {
        "actor": ACTOR,
        "visit_id": "vis_a",
        "visit_request_id": "vrq_a",
        "inquiry_id": inquiry_id,
        "contract_id": CONTRACT,
        "purpose": "isolation",
        "right": "held",
        "right_fee_month": "2026-06",
    }
    return kind(**{**fields, **over})


def booked(inquiry_id: str | None, **over: Any) -> dispatch.VisitData:
    window = {"technician_id": "tec_a", "start": jst(6, 2, 13), "end": jst(6, 2, 15)}
    return visit(dispatch.VisitBooked, inquiry_id, **{**window, **over})


def loan(kind: type[loaner.LoanData], inquiry_id: str, **over: Any) -> loaner.LoanData:
    fields = {"actor": ACTOR, "loan_id": "loan_a", "inquiry_id": inquiry_id, "contract_id": CONTRACT}
    return kind(**{**fields, "kind": "soho_router", **over})


async def case(client: httpx.AsyncClient, *, not_isolated: bool = True) -> str:
    found = str((await accepted(client))["id"])
    if not_isolated:
        answers = [{"question": "Lamps?", "answer": "Dark"}]
        await post(client, f"/inquiries/{found}/triage", {"answers": answers, "suspected": "soho_router"})
        verdict = {"result": "not_isolated_remotely", "evidence": "Still dark."}
        assert (await post(client, f"/inquiries/{found}/verdict", verdict)).is_success
        assert (await post(client, f"/inquiries/{found}/onsite-requests")).is_success
    return found


async def overview(client: httpx.AsyncClient) -> dict[str, Any]:
    return await get(client, f"/contracts/{CONTRACT}/overview")


async def test_the_overview_shows_everything_on_one_screen(suite: RunningService, operator: httpx.AsyncClient) -> None:
    directory = SubscriberDirectoryChanged(
        actor="system:contracts",
        subscriber_id=SUBSCRIBER,
        name="株式会社見本",
        name_kana="カブシキガイシャミホン",
        phones=("+81312345678",),
        contract_ids=(CONTRACT,),
    )
    await told(suite, directory, SUBSCRIBER, 1)
    found = await case(operator)
    suite.clock.move_to(jst(6, 1, 11))
    await told(suite, booked(found), "vis_a", 1)
    await told(suite, loan(loaner.LoanReserved, found, unit_id="unit_a"), "loan_a", 2)
    enrolled = mdm_gateway.DeviceEnrolled(
        actor=ACTOR,
        device_id="dev_a",
        contract_id=CONTRACT,
        os="android",
        os_version="16",
        model="Tab A9",
        enrolment_generation=1,
        seats_used=1,
        seats=3,
    )
    await told(suite, enrolled, "dev_a", 1)
    shown = await overview(operator)
    assert (shown["status"], shown["plan_code"]) == ("active", "light-anshin-1")
    assert shown["hours"] == {
        "open_now": True,
        "next_open_at": "2026-06-01T11:00:00+09:00",
        "closes_at": "2026-06-01T18:00:00+09:00",
        "hours_extension": False,
    }
    assert shown["quota"] == {
        "fee_month": "2026-06",
        "allowed": 5,
        "used": 1,
        "remaining": 4,
        "plan_units": 5,
        "extra_units": 0,
    }
    assert [inquiry["id"] for inquiry in shown["open_inquiries"]] == [found]
    assert shown["visit_right"] == {"fee_month": "2026-06", "allowed": 1, "held": 1, "used": 0, "free": 0}
    assert [(each["id"], each["status"]) for each in shown["visits"]] == [("vis_a", "booked")]
    assert [(each["id"], each["kind"], each["status"]) for each in shown["loans"]] == [
        ("loan_a", "soho_router", "reserved")
    ]
    assert [(each["id"], each["os"], each["lost_report_id"]) for each in shown["devices"]] == [
        ("dev_a", "android", None)
    ]
    assert shown["caller"] == {"id": SUBSCRIBER, "name": "株式会社見本", "phones": ["+81312345678"]}
    assert shown["known_up_to"] == "2026-06-01T11:00:00+09:00"


async def test_the_overview_says_when_it_opens_next(suite: RunningService, operator: httpx.AsyncClient) -> None:
    suite.clock.move_to(jst(6, 7))
    hours = (await overview(operator))["hours"]
    assert (hours["open_now"], hours["closes_at"]) == (False, None)
    assert hours["next_open_at"] == "2026-06-08T09:00:00+09:00"
    await tell(suite, entitlements(version=2, hours_extension_periods=(since_begin(),)))
    assert (await overview(operator))["hours"]["open_now"] is True


async def test_the_overview_guesses_nothing_that_was_not_recorded(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(closed_plan(), version=2))
    shown = await overview(operator)
    assert shown["quota"] is None
    assert shown["hours"]["open_now"] is None
    assert shown["visit_right"]["allowed"] == 0


async def test_the_overview_counts_extra_units_apart(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(standard(), version=2, extra_inquiries=(extra(),)))
    quota = (await overview(operator))["quota"]
    assert (quota["allowed"], quota["plan_units"], quota["extra_units"]) == (40, 20, 20)


async def test_an_unknown_contract_has_no_overview_yet(suite: RunningService, operator: httpx.AsyncClient) -> None:
    response = await operator.get(f"{API}/contracts/ctr_none/overview")
    assert (response.status_code, response.json()["code"]) == (404, "contract_unknown")
    assert response.headers["Retry-After"] == "1"


async def test_the_visit_right_follows_the_visit(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = await case(operator)
    await told(suite, booked(found), "vis_a", 1)
    moved = visit(
        dispatch.VisitRebooked,
        found,
        technician_id="tec_a",
        start=jst(7, 2),
        end=jst(7, 2, 12),
        previous_start=jst(6, 2),
        right_fee_month="2026-07",
    )
    await told(suite, moved, "vis_a", 2)
    assert (await overview(operator))["visit_right"]["free"] == 1
    suite.clock.move_to(jst(7, 1))
    assert (await overview(operator))["visit_right"]["held"] == 1
    await told(suite, visit(dispatch.VisitHeld, found, right_fee_month="2026-07", reasons=("moved",)), "vis_a", 3)
    assert [each["status"] for each in (await overview(operator))["visits"]] == ["booked"]
    cancelled = visit(dispatch.VisitCancelled, found, right="returned", right_fee_month="2026-07", reason="rain")
    await told(suite, cancelled, "vis_a", 4)
    shown = await overview(operator)
    assert (shown["visit_right"]["free"], shown["visits"]) == (1, [])


async def test_a_loan_is_shown_until_it_is_over(suite: RunningService, operator: httpx.AsyncClient) -> None:
    found = await case(operator, not_isolated=False)
    steps: list[tuple[loaner.LoanData, str | None]] = [
        (loan(loaner.LoanRequested, found, days=14), None),
        (loan(loaner.LoanWaitlisted, found, position=1), "waitlisted"),
        (loan(loaner.LoanReserved, found, unit_id="unit_a"), "reserved"),
        (
            loan(loaner.LoanIssued, found, unit_id="unit_a", carrier="y", tracking_number="1", shipped_at=jst(6, 2)),
            "shipped",
        ),
        (loan(loaner.LoanDelivered, found, delivered_at=jst(6, 3), due_at=jst(6, 18, 0)), "delivered"),
        (loan(loaner.LoanHeld, found, held=True, reason="verdict superseded"), "delivered"),
        (loan(loaner.LoanReleased, found), "delivered"),
        (loan(loaner.LoanOverdue, found, due_at=jst(6, 18, 0)), "overdue"),
        (
            loan(
                loaner.LoanReturned,
                found,
                unit_id="unit_a",
                handed_over_at=jst(6, 19),
                received_at=jst(6, 20),
                days_late=1,
            ),
            None,
        ),
    ]
    for sequence, (step, status) in enumerate(steps, start=1):
        await told(suite, step, "loan_a", sequence)
        shown = [each["status"] for each in (await overview(operator))["loans"]]
        assert shown == ([] if status is None else [status]), type(step).__name__
    story = (await get(operator, f"/inquiries/{found}/timeline"))["items"]
    from_loaner = [line["type"] for line in story if line["source"] == "loaner"]
    assert from_loaner == [type(step).__name__ for step, _ in steps]


async def test_a_lost_device_is_marked_until_it_is_enrolled_anew(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    lost = mdm_gateway.LostDeviceReported(
        actor=ACTOR, lost_report_id="lost_a", device_id="dev_a", contract_id=CONTRACT, lock_command_id="cmd_a"
    )
    enrolled = mdm_gateway.DeviceEnrolled(
        actor=ACTOR,
        device_id="dev_a",
        contract_id=CONTRACT,
        os="android",
        os_version="16",
        model="Tab A9",
        enrolment_generation=2,
        seats_used=1,
        seats=3,
    )
    reported = mdm_gateway.DeviceStateReported(
        actor=ACTOR, device_id="dev_a", contract_id=CONTRACT, reported_at=jst(6, 1, 12), state={}
    )
    await told(suite, enrolled, "dev_a", 1)
    await told(suite, lost, "lost_a", 1)
    await told(suite, reported, "dev_a", 2)
    (device,) = (await overview(operator))["devices"]
    assert (device["lost_report_id"], device["model"]) == ("lost_a", "Tab A9")
    assert device["reported_at"] == "2026-06-01T12:00:00+09:00"
    await told(suite, enrolled, "dev_a", 3)
    (device,) = (await overview(operator))["devices"]
    assert device["lost_report_id"] is None
    gone = mdm_gateway.DeviceUnenrolled(actor=ACTOR, device_id="dev_a", contract_id=CONTRACT, reason="sold")
    await told(suite, gone, "dev_a", 4)
    assert (await overview(operator))["devices"] == []


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_a_visits_finding_becomes_the_verdict_of_its_case(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = await case(operator)
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
    found = await case(operator)
    for sequence in (5, 6):
        await told(suite, a_completed_visit(found), "vis_a", sequence)
    assert len(await suite.published(FaultIsolated)) == 1
    assert len((await get(operator, f"/inquiries/{found}/verdicts"))["items"]) == 2


async def test_what_a_visit_could_not_locate_is_published_too(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = await case(operator)
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
    found = await case(operator)
    for path, body in steps:
        assert (await post(operator, f"/inquiries/{found}/{path}", body)).is_success
    await told(suite, a_completed_visit(found), "vis_a", 5)
    assert (await get(operator, f"/inquiries/{found}"))["status"] == status
    assert len(await suite.published(FaultIsolated)) == 1


async def test_a_visits_finding_for_a_merged_case_goes_to_its_target(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    source, between, target = await case(operator), await case(operator, not_isolated=False), await case(operator)
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
    found = await case(operator)

    def closed(status: str) -> dispatch.VisitRequestClosed:
        fields = {"actor": ACTOR, "visit_request_id": "vrq_a", "inquiry_id": found, "contract_id": CONTRACT}
        return dispatch.VisitRequestClosed.model_validate({**fields, "status": status, "reason": "customer"})

    await told(suite, closed("on_hold"), "vrq_a", 2)
    again = await post(operator, f"/inquiries/{found}/onsite-requests")
    assert again.json()["code"] == "onsite_request_already_open"
    await told(suite, closed("cancelled"), "vrq_a", 3)
    assert (await post(operator, f"/inquiries/{found}/onsite-requests")).status_code == 201


async def test_the_story_holds_every_services_facts_in_order(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = await case(operator)
    await post(operator, f"/inquiries/{found}/notes", {"body": "calls back at noon"})
    suite.clock.move_to(jst(6, 1, 11))
    await told(suite, booked(found), "vis_a", 1)
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
    found = await case(operator)
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
    found = await case(operator)
    messages = [
        suite.message(booked(found), subject="vis_a", sequence=1, key="vis_a"),
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
