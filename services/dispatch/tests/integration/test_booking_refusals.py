"""Why a booking is refused: code, rules and inputs; afterwards nothing has changed."""

from __future__ import annotations

from typing import Any

import pytest

from common.events.contracts import CalendarException, StatusPeriod
from dispatch.testing import (
    CONTRACT,
    SINCE,
    a_plan,
    an_address_period,
    at,
    calendar,
)


async def unchanged(world: Any, request: dict[str, Any], *codes: str, start: str, **how: Any) -> dict[str, Any]:
    """Booking is refused with exactly these codes, and request and events are as before."""
    events = await world.told()
    problem = dict(await world.refused("/visits", world.wish(request, start, **how), *codes))
    assert await world.told() == events
    assert (await world.get(f"/visit-requests/{request['id']}")).json() == request
    return problem


@pytest.mark.rule("R-HOURS-VISIT")
@pytest.mark.parametrize("start", ["2026-06-02 16:30", "2026-06-02 08:30", "2026-06-07 10:00"])
async def test_outside_visit_hours(world: Any, start: str) -> None:
    await world.made(
        "/shifts",
        {"technician_id": world.repair, "weekdays": [7], "from": "00:00", "to": "24:00", "valid_from": "2026-04-01"},
        client=world.supervisor,
    )
    body = world.wish(await world.isolation_request(), start)
    body["end"] = at(start).replace(hour=at(start).hour + 1).isoformat()
    problem = await world.refused("/visits", body, "outside_visit_hours")
    assert problem["rule_ids"] == ["R-HOURS-VISIT", "R-HOURS-EXT"]
    assert problem["why"]["hours_extension"] is False


@pytest.mark.rule("R-CLOSED-DAYS")
async def test_a_day_closed_by_an_operator(world: Any) -> None:
    request = await world.isolation_request()
    typhoon = calendar(closed=(CalendarException(day=at("2026-06-02 00:00").date(), reason="typhoon"),))
    await world.suite.deliver(typhoon, subject="calendar", sequence=2, key="calendar")
    problem = await unchanged(world, request, "outside_visit_hours", start="2026-06-02 10:00")
    assert "R-CLOSED-DAYS" in problem["rule_ids"]
    search = {"visit_request_id": request["id"], "from": "2026-06-02", "to": "2026-06-02"}
    found = await world.made("/slot-searches", search, status=200)
    assert [day["code"] for day in found["refused"]] == ["closed_day"]


@pytest.mark.rule("R-HOURS-EXT")
async def test_with_the_extension_isolation_goes_at_night_and_setup_does_not(world: Any) -> None:
    await world.contract(extended=True)
    isolation, setup = await world.isolation_request(), await world.setup_request()
    assert (await world.booked(isolation, "2026-06-02 18:30"))["status"] == "booked"
    await unchanged(world, setup, "outside_visit_hours", start="2026-06-02 18:00")


@pytest.mark.rule("R-VISIT-CREW")
async def test_the_wrong_crew_skill_shift_and_branch(world: Any) -> None:
    isolation, setup = await world.isolation_request(), await world.setup_request()
    await unchanged(world, isolation, "crew_mismatch", start="2026-06-02 10:00", who=world.setup)
    await unchanged(world, setup, "crew_mismatch", start="2026-06-02 10:00", who=world.repair)
    skill = {"name_ja": "ルーター", "name_en": "Router", "purposes": ["isolation"]}
    put = await world.supervisor.put("/api/dispatch/v1/skills/router", json=skill)
    assert put.status_code == 200
    problem = await unchanged(world, isolation, "skill_missing", start="2026-06-02 10:00")
    assert problem["why"] == {"missing": ["router"]}
    await world.contract(address_periods=(an_address_period(prefecture_code="27"),))
    osaka = await world.made("/branches", {"name": "大阪", "prefectures": ["27"]}, client=world.supervisor)
    problem = await unchanged(world, setup, "other_branch", start="2026-06-02 10:00")
    assert problem["why"]["branch_id"] == osaka["id"]


@pytest.mark.rule("R-VISIT-CREW")
async def test_an_absent_technician_is_not_booked(world: Any) -> None:
    request = await world.isolation_request()
    absence = {
        "technician_id": world.repair,
        "start": "2026-06-02T10:30:00+09:00",
        "end": "2026-06-02T12:00:00+09:00",
        "reason": "doctor",
    }
    await world.made("/absences", absence)
    await unchanged(world, request, "not_on_shift", start="2026-06-02 10:00")
    assert (await world.booked(request, "2026-06-02 09:30"))["status"] == "booked"


@pytest.mark.rule("R-CONSENT")
async def test_visits_need_the_service_terms(world: Any) -> None:
    isolation, setup = await world.isolation_request(), await world.setup_request()
    await world.contract(consents=())
    problem = await unchanged(world, isolation, "consent_missing", start="2026-06-02 10:00")
    assert problem["why"]["missing"] == ["service_terms"]
    await unchanged(world, setup, "consent_missing", start="2026-06-02 10:00")
    items = [{"menu_code": "printer-setup", "units": 1}]
    body = {"contract_id": CONTRACT, "purpose": "setup", "items": items}
    await world.refused("/visit-requests", body, "consent_missing")


async def test_a_contract_that_is_not_active(world: Any) -> None:
    isolation = await world.isolation_request()
    await world.contract(status_periods=(StatusPeriod(**{"from": SINCE}, status="suspended"),))
    problem = await unchanged(world, isolation, "contract_not_active", start="2026-06-02 10:00")
    assert problem["why"]["status"] == "suspended"
    body = {"contract_id": CONTRACT, "purpose": "setup", "items": [{"menu_code": "server-setup", "units": 1}]}
    await world.refused("/visit-requests", body, "contract_not_active", "menu_item_unknown")


async def test_a_plan_without_visits(world: Any) -> None:
    isolation = await world.isolation_request()
    await world.contract(plan_periods=(a_plan(code="standard-plan-1", isolation=0, setup_visit=False),))
    await unchanged(world, isolation, "feature_not_in_plan", start="2026-06-02 10:00")
    body = {"contract_id": CONTRACT, "purpose": "setup", "items": [{"menu_code": "printer-setup", "units": 1}]}
    await world.refused("/visit-requests", body, "feature_not_in_plan")


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_an_isolation_visit_is_asked_for_at_the_inquiry(world: Any) -> None:
    body = {"contract_id": CONTRACT, "purpose": "isolation", "items": [{"menu_code": "printer-setup", "units": 1}]}
    await world.refused("/visit-requests", body, "isolation_evidence_missing")
    await world.refused("/visit-requests", {**body, "purpose": "picnic"}, "purpose_unknown")


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_without_evidence_the_refusal_says_how_much_is_known(world: Any) -> None:
    inquiry_id = await world.trouble()
    await world.onsite(inquiry_id)
    request = (await world.get("/visit-requests", inquiry_id=inquiry_id)).json()["items"][0]
    response = await world.post("/visits", world.wish(request, "2026-06-02 10:00"))
    assert response.headers["Retry-After"] == "1"
    problem = response.json()
    assert (problem["code"], problem["why"]["known_up_to"]) == (
        "isolation_evidence_missing",
        "2026-06-01T10:00:00+09:00",
    )


@pytest.mark.rule("R-ADDRESS")
async def test_a_fault_at_a_telework_site_gets_no_visit(world: Any) -> None:
    inquiry_id = await world.trouble(site="telework")
    await world.onsite(inquiry_id)
    request = (await world.get("/visit-requests", inquiry_id=inquiry_id)).json()["items"][0]
    problem = await world.refused(
        "/visits",
        world.wish(request, "2026-06-02 10:00"),
        "fault_response_contract_address_only",
        "isolation_evidence_missing",
    )
    assert problem["rule_ids"] == ["R-ADDRESS", "R-ISOLATION-EVIDENCE"]


async def test_what_has_not_been_heard_of_is_404_with_retry(world: Any) -> None:
    body = {"contract_id": "ctr_unheard", "purpose": "setup", "items": [{"menu_code": "printer-setup", "units": 1}]}
    response = await world.post("/visit-requests", body)
    assert (response.status_code, response.json()["code"]) == (404, "contract_unknown")
    assert response.headers["Retry-After"] == "1"
    inquiry_id = world.id("inq")
    await world.onsite(inquiry_id)
    request = (await world.get("/visit-requests", inquiry_id=inquiry_id)).json()["items"][0]
    response = await world.post("/visits", world.wish(request, "2026-06-02 10:00"))
    assert (response.status_code, response.json()["code"]) == (404, "inquiry_unknown")
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/visits/vis_x", "/visit-requests/vrq_x", "/technicians/tec_x", "/branches/brn_x"])
async def test_what_there_is_not_is_404(world: Any, path: str) -> None:
    assert (await world.get(path)).status_code == 404


async def test_a_tampered_or_old_offer_is_refused(world: Any) -> None:
    request, other = await world.isolation_request(), await world.setup_request()
    search = {"visit_request_id": request["id"], "from": "2026-06-02", "to": "2026-06-02"}
    slot_id = (await world.made("/slot-searches", search, status=200))["slots"][0]["slot_id"]
    body = {"visit_request_id": request["id"], "slot_id": slot_id}
    changed = slot_id.replace(world.repair, world.repair_2) if world.repair in slot_id else slot_id[:-2] + "xx"
    await world.refused("/visits", {**body, "slot_id": changed}, "slot_invalid")
    await world.refused("/visits", {**body, "visit_request_id": other["id"]}, "slot_invalid")
    world.suite.clock.move_to(at("2026-06-01 10:31"))
    await world.refused("/visits", body, "slot_expired")


async def test_an_offer_holds_nothing(world: Any) -> None:
    request = await world.isolation_request()
    search = {"visit_request_id": request["id"], "from": "2026-06-02", "to": "2026-06-02"}
    slot = (await world.made("/slot-searches", search, status=200))["slots"][0]
    await world.contract("ctr_" + "b" * 32)
    rival = await world.isolation_request("ctr_" + "b" * 32)
    await world.booked(rival, "2026-06-02 09:00", who=slot["technician_id"])
    problem = await world.refused(
        "/visits", {"visit_request_id": request["id"], "slot_id": slot["slot_id"]}, "slot_taken"
    )
    fresh = problem["why"]["alternatives"][0]
    visit = await world.made("/visits", {"visit_request_id": request["id"], "slot_id": fresh["slot_id"]})
    assert visit["start"] == fresh["start"]


async def test_a_window_in_the_past(world: Any) -> None:
    await unchanged(world, await world.isolation_request(), "window_in_past", start="2026-06-01 09:00")


@pytest.mark.rule("R-VISIT-CREW")
async def test_the_way_to_the_next_customer_takes_time(world: Any) -> None:
    await world.booked(await world.setup_request(), "2026-06-02 10:00")
    later = await world.setup_request()
    problem = await unchanged(world, later, "slot_taken", start="2026-06-02 11:00")
    assert problem["why"]["technician_id"] == world.setup
    body = world.wish(later, "2026-06-02 11:00")
    body |= {"start": "2026-06-02T11:30:00+09:00", "end": "2026-06-02T12:30:00+09:00"}
    assert (await world.made("/visits", body))["status"] == "booked"


async def test_a_gap_in_the_branches_alarms_and_refuses_nobody(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    await world.contract(address_periods=(an_address_period(prefecture_code="47"),))
    request = await world.isolation_request()
    await world.booked(request, "2026-06-02 10:00")
    assert "no branch serves this address" in caplog.text


async def test_a_gap_without_technicians_is_a_named_reason(world: Any) -> None:
    await world.contract(address_periods=(an_address_period(prefecture_code="47"),))
    for who in (world.repair, world.repair_2):
        known = (await world.get(f"/technicians/{who}")).json()
        kept = ("name", "crew", "branch_id", "skills", "subject")
        body = {name: known[name] for name in kept} | {"active": False}
        assert (await world.supervisor.put(f"/api/dispatch/v1/technicians/{who}", json=body)).status_code == 200
    request = await world.isolation_request()
    search = {"visit_request_id": request["id"], "from": "2026-06-02", "to": "2026-06-02"}
    found = await world.made("/slot-searches", search, status=200)
    assert found == {
        "slots": [],
        "refused": [{"date": "2026-06-02", "code": "branch_missing", "rule_ids": ["R-ELIGIBLE-LINE"]}],
    }


@pytest.mark.parametrize("days", [("2026-06-03", "2026-06-02"), ("2026-06-01", "2026-07-02")])
async def test_reversed_and_endless_searches_are_invalid(world: Any, days: tuple[str, str]) -> None:
    request = await world.isolation_request()
    body = {"visit_request_id": request["id"], "from": days[0], "to": days[1]}
    await world.refused("/slot-searches", body, "search_range_invalid", status=422)


async def test_while_the_catalogue_is_unknown_nothing_is_guessed(empty: Any) -> None:
    async with empty.client("operator") as operator:
        response = await operator.get("/api/dispatch/v1/menu")
    assert (response.status_code, response.json()["code"]) == (503, "catalogue_unknown")
