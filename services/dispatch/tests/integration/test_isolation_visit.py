"""Step 4 of the main job: from the on-site request to the finding."""

from __future__ import annotations

from typing import Any

import pytest

from common.events.contracts import AddressChanged
from common.events.dispatch import VisitBooked, VisitCompleted, VisitRequested
from dispatch.testing import ADDRESS, CONTRACT, a_png_text

SIGNATURE = {"name": "見本 花子", "image_png_base64": a_png_text()}
VERDICT = {
    "result": "isolated",
    "cause": "device_fault",
    "failed_device": {"kind": "soho_router", "maker": "見本電機", "model": "R-1", "serial": "S-1"},
    "evidence": "No power LED with a known good adapter.",
}


async def test_an_onsite_request_opens_one_request_of_the_same_case(world: Any) -> None:
    inquiry_id = await world.trouble()
    await world.not_isolated(inquiry_id)
    await world.onsite(inquiry_id)
    await world.onsite(inquiry_id)
    found = (await world.get("/visit-requests", inquiry_id=inquiry_id)).json()
    assert [(item["purpose"], item["status"]) for item in found["items"]] == [("isolation", "open")]
    (event,) = await world.suite.published(VisitRequested)
    assert (event.key, event.correlation_id, event.data.contract_id) == (inquiry_id, inquiry_id, CONTRACT)


async def test_a_visit_from_search_to_finding(world: Any) -> None:
    request = await world.isolation_request()
    search = {"visit_request_id": request["id"], "from": "2026-06-02", "to": "2026-06-07"}
    found = await world.made("/slot-searches", search, status=200)
    assert len(found["slots"]) == 25
    assert found["slots"][0]["start"] == "2026-06-02T09:00:00+09:00"
    assert [day["date"] for day in found["refused"]] == ["2026-06-07"]

    visit = await world.made("/visits", {"visit_request_id": request["id"], "slot_id": found["slots"][0]["slot_id"]})
    assert (visit["status"], visit["right"], visit["right_fee_month"]) == ("booked", "held", "2026-06")
    assert visit["address_id"] == ADDRESS
    for step, status in (("departure", "departed"), ("arrival", "arrived")):
        moved = await world.made(f"/visits/{visit['id']}/{step}", status=200)
        assert moved["status"] == status
    done = await world.made(
        f"/visits/{visit['id']}/completion", {"verdict": VERDICT, "signature": SIGNATURE, "work": "checked"}, status=200
    )
    assert (done["status"], done["right"], done["finding"]["cause"]) == ("completed", "used", "device_fault")
    assert (await world.get(f"/visit-requests/{request['id']}")).json()["status"] == "completed"

    assert await world.told() == ["VisitRequested", "VisitBooked", "CrewDeparted", "CrewArrived", "VisitCompleted"]
    (completed,) = await world.suite.published(VisitCompleted)
    assert completed.data.finding.failed_device_kind == "soho_router"
    assert (completed.key, completed.sequence, completed.data.right) == (request["inquiry_id"], 4, "used")
    signed = (await world.get(f"/visits/{visit['id']}/signature")).json()
    assert signed["image_png_base64"] == SIGNATURE["image_png_base64"]


async def test_why_names_rules_inputs_and_events(world: Any) -> None:
    visit = await world.booked(await world.isolation_request())
    why = (await world.get(f"/visits/{visit['id']}/why")).json()
    (step,) = why["steps"]
    assert step["event"] == "VisitBooked"
    assert {"R-ISOLATION-QUOTA", "R-ISOLATION-EVIDENCE", "R-VISIT-CREW"} <= set(step["rule_ids"])
    assert step["inputs"]["evidence"]["verdict"] == "not_isolated_remotely"
    (event,) = await world.suite.published(VisitBooked)
    assert (step["event_id"], step["sequence"]) == (event.id, event.sequence)


@pytest.mark.rule("R-ISOLATION-QUOTA")
async def test_a_second_isolation_visit_of_the_month_is_refused_and_its_days_are_not_offered(world: Any) -> None:
    first = await world.booked(await world.isolation_request())
    second = await world.isolation_request()
    search = {"visit_request_id": second["id"], "from": "2026-06-29", "to": "2026-07-01"}
    found = await world.made("/slot-searches", search, status=200)
    assert found["refused"] == [
        {"date": "2026-06-29", "code": "isolation_visit_used", "rule_ids": ["R-ISOLATION-QUOTA"]},
        {"date": "2026-06-30", "code": "isolation_visit_used", "rule_ids": ["R-ISOLATION-QUOTA"]},
    ]
    assert {slot["start"][:10] for slot in found["slots"]} == {"2026-07-01"}
    events = await world.told()
    problem = await world.refused("/visits", world.wish(second, "2026-06-03 10:00"), "isolation_visit_used")
    assert problem["why"] == {"fee_month": "2026-06", "allowed": 1, "visit_id": first["id"]}
    assert problem["rule_ids"] == ["R-ISOLATION-QUOTA"]
    assert await world.told() == events
    assert (await world.get(f"/visit-requests/{second['id']}")).json()["status"] == "open"
    july = await world.booked(second, "2026-07-01 10:00")
    assert july["right_fee_month"] == "2026-07"


@pytest.mark.rule("R-ISOLATION-QUOTA")
async def test_a_cancelled_visit_gives_the_month_back_but_an_absent_customer_does_not(world: Any) -> None:
    request = await world.isolation_request()
    visit = await world.booked(request)
    cancelled = await world.made(f"/visits/{visit['id']}/cancellation", {"reason": "not today"}, status=200)
    assert (cancelled["status"], cancelled["right"]) == ("cancelled", "returned")
    assert (await world.get(f"/visit-requests/{request['id']}")).json()["status"] == "open"

    again = await world.booked(request)
    await world.made(f"/visits/{again['id']}/departure", status=200)
    failed = await world.made(f"/visits/{again['id']}/failure", {"reason": "customer_absent"}, status=200)
    assert (failed["status"], failed["right"]) == ("failed", "used")
    await world.refused("/visits", world.wish(request, "2026-06-04 10:00"), "isolation_visit_used")
    assert (await world.booked(request, "2026-07-02 10:00"))["status"] == "booked"


@pytest.mark.rule("R-ISOLATION-QUOTA")
async def test_a_failure_through_us_returns_the_right_and_a_late_cancellation_uses_it(world: Any) -> None:
    request = await world.isolation_request()
    visit = await world.booked(request)
    failed = await world.made(f"/visits/{visit['id']}/failure", {"reason": "crew_unable"}, status=200)
    assert failed["right"] == "returned"
    again = await world.booked(request)
    await world.made(f"/visits/{again['id']}/departure", status=200)
    late = await world.made(f"/visits/{again['id']}/cancellation", {"reason": "too late"}, status=200)
    assert late["right"] == "used"
    assert await world.told() == [
        "VisitRequested", "VisitBooked", "VisitFailed", "VisitBooked", "CrewDeparted", "VisitCancelled",
    ]  # fmt: skip


@pytest.mark.rule("R-ISOLATION-QUOTA")
async def test_rebooking_moves_the_right_with_the_visit(world: Any) -> None:
    request = await world.isolation_request()
    visit = await world.booked(request, "2026-06-30 10:00")
    search = {"visit_request_id": request["id"], "from": "2026-06-30", "to": "2026-07-01"}
    offers = await world.made("/slot-searches", search, status=200)
    assert offers["refused"] == []
    to_july = next(slot for slot in offers["slots"] if slot["start"].startswith("2026-07-01"))
    moved = await world.made(f"/visits/{visit['id']}/rebooking", {"slot_id": to_july["slot_id"]}, status=200)
    assert (moved["right"], moved["right_fee_month"], moved["start"]) == ("held", "2026-07", to_july["start"])
    other = await world.isolation_request()
    await world.refused("/visits", world.wish(other, "2026-07-03 10:00"), "isolation_visit_used")
    assert (await world.booked(other, "2026-06-30 10:00"))["right_fee_month"] == "2026-06"


async def test_a_completed_visit_closes_its_request_for_good(world: Any) -> None:
    request = await world.isolation_request()
    visit = await world.booked(request)
    for step in ("departure", "arrival"):
        await world.made(f"/visits/{visit['id']}/{step}", status=200)
    await world.made(f"/visits/{visit['id']}/completion", {"verdict": VERDICT, "signature": SIGNATURE}, status=200)
    await world.refused("/visits", world.wish(request, "2026-07-02 10:00"), "wrong_state")
    await world.refused(f"/visits/{visit['id']}/cancellation", {"reason": "no"}, "wrong_state")
    await world.refused(f"/visits/{visit['id']}/departure", None, "wrong_state")


async def test_completion_names_everything_that_is_missing(world: Any) -> None:
    visit = await world.booked(await world.isolation_request())
    path = f"/visits/{visit['id']}/completion"
    await world.refused(path, {"signature": SIGNATURE, "verdict": VERDICT}, "wrong_state")
    for step in ("departure", "arrival"):
        await world.made(f"/visits/{visit['id']}/{step}", status=200)
    await world.refused(path, {}, "verdict_missing", "signature_missing")
    await world.refused(path, {"signature": SIGNATURE, "verdict": {**VERDICT, "result": "solved"}}, "verdict_invalid")
    broken = {"name": "見本 花子", "image_png_base64": "aGVsbG8="}
    await world.refused(path, {"signature": broken, "verdict": VERDICT}, "signature_unreadable", status=422)
    assert (await world.get(f"/visits/{visit['id']}")).json()["status"] == "arrived"


async def test_the_visit_sheet_shows_the_contract_address(world: Any) -> None:
    told = AddressChanged(
        actor="op-sato", address_id=ADDRESS, contract_id=CONTRACT, partner="acme", postal_code="1600023",
        prefecture="東京都", city="新宿区", street="見本町1-2-3", building="見本ビル",
    )  # fmt: skip
    await world.suite.deliver(told, subject=ADDRESS, sequence=1, key=ADDRESS)
    await world.contract(partner="acme")
    visit = await world.booked(await world.isolation_request(partner="acme"))
    async with (
        world.suite.client("technician", subject="tech-1") as technician,
        world.suite.client("partner", partner="acme") as acme,
    ):
        for reader in (technician, acme):
            sheet = (await world.get(f"/visits/{visit['id']}", reader)).json()
            assert (sheet["address"]["city"], sheet["address"]["building"]) == ("新宿区", "見本ビル")
    assert "見本町" not in str([event.data for event in await world.suite.published()])
