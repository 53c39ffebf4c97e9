"""When what a promise rests on changes: held before departure, flagged afterwards, never dropped."""

from __future__ import annotations

from typing import Any

import pytest

from common.events.dispatch import VisitFlagged, VisitHeld, VisitReleased, VisitRequestClosed
from common.events.helpdesk import InquiriesMerged, InquiryClosed, InquiryMergeUndone, InquiryReopened, InquiryVoided
from dispatch.testing import CONTRACT, an_address_period, at


def about(inquiry_id: str) -> dict[str, Any]:
    return {"actor": "op-sato", "inquiry_id": inquiry_id, "contract_id": CONTRACT}


async def read(world: Any, visit: dict[str, Any]) -> dict[str, Any]:
    return dict((await world.get(f"/visits/{visit['id']}")).json())


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_a_superseded_verdict_holds_the_booked_visit_with_an_alert(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    request = await world.isolation_request()
    visit = await world.booked(request)
    await world.isolated(request["inquiry_id"])
    held = await read(world, visit)
    assert (held["status"], held["on_hold"], held["hold_reasons"]) == ("booked", True, ["evidence_superseded"])
    assert held["right"] == "held"
    (event,) = await world.suite.published(VisitHeld)
    assert event.data.reasons == ("evidence_superseded",)
    assert "VisitHeld" in caplog.text
    await world.refused(f"/visits/{visit['id']}/departure", None, "visit_on_hold")
    await world.refused(f"/visits/{visit['id']}/release", {"note": "go"}, "isolation_evidence_missing")


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_the_hold_ends_when_the_evidence_is_back(world: Any) -> None:
    request = await world.isolation_request()
    visit = await world.booked(request)
    await world.isolated(request["inquiry_id"])
    await world.not_isolated(request["inquiry_id"])
    assert not (await read(world, visit))["on_hold"]
    assert len(await world.suite.published(VisitReleased)) == 1
    assert (await world.made(f"/visits/{visit['id']}/departure", status=200))["status"] == "departed"


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_once_departed_the_visit_is_flagged_and_goes_on(world: Any) -> None:
    request = await world.isolation_request()
    visit = await world.booked(request)
    await world.made(f"/visits/{visit['id']}/departure", status=200)
    await world.isolated(request["inquiry_id"])
    flagged = await read(world, visit)
    assert (flagged["status"], flagged["flags"], flagged["on_hold"]) == ("departed", ["evidence_superseded"], False)
    assert len(await world.suite.published(VisitFlagged)) == 1
    assert (await world.made(f"/visits/{visit['id']}/arrival", status=200))["status"] == "arrived"


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
@pytest.mark.parametrize("ending", ["voided", "closed"])
async def test_an_open_request_waits_when_its_case_ends(world: Any, ending: str) -> None:
    request = await world.isolation_request()
    inquiry_id = request["inquiry_id"]
    if ending == "voided":
        await world.tell(InquiryVoided(**about(inquiry_id), reason="wrong number", fee_month="2026-06"), inquiry_id)
    else:
        await world.tell(InquiryClosed(**about(inquiry_id)), inquiry_id)
    waiting = (await world.get(f"/visit-requests/{request['id']}")).json()
    assert (waiting["status"], waiting["hold_reasons"]) == ("on_hold", [f"case_{ending}"])
    await world.refused("/visits", world.wish(request, "2026-06-02 10:00"), "isolation_evidence_missing")
    closed = await world.suite.published(VisitRequestClosed)
    assert [(event.data.status, event.data.reason) for event in closed] == [("on_hold", f"case_{ending}")]


async def test_a_reopened_case_takes_its_request_up_again(world: Any) -> None:
    request = await world.isolation_request()
    inquiry_id = request["inquiry_id"]
    await world.tell(InquiryClosed(**about(inquiry_id)), inquiry_id)
    await world.tell(InquiryReopened(**about(inquiry_id), fee_month="2026-06"), inquiry_id)
    assert (await world.get(f"/visit-requests/{request['id']}")).json()["status"] == "open"
    assert (await world.booked(request))["status"] == "booked"


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
async def test_a_merged_case_rests_on_its_targets_evidence(world: Any) -> None:
    request = await world.isolation_request()
    visit = await world.booked(request)
    target = await world.trouble()
    source = request["inquiry_id"]
    merged = InquiriesMerged(**about(source), target_inquiry_id=target, fee_month="2026-06")
    await world.tell(merged, source)
    assert (await read(world, visit))["hold_reasons"] == ["evidence_superseded"]
    await world.not_isolated(target)
    assert (await read(world, visit))["hold_reasons"] == []
    await world.isolated(target)
    assert (await read(world, visit))["hold_reasons"] == ["evidence_superseded"]
    undone = InquiryMergeUndone(
        **about(source), target_inquiry_id=target, status="in_progress", fee_month="2026-06", unit_source="plan"
    )
    await world.tell(undone, source)
    assert (await read(world, visit))["hold_reasons"] == []


async def test_a_request_that_is_ahead_of_its_evidence_stays_open(world: Any) -> None:
    inquiry_id = await world.trouble()
    world.cases[inquiry_id] = 5
    await world.onsite(inquiry_id)
    (request,) = (await world.get("/visit-requests", inquiry_id=inquiry_id)).json()["items"]
    assert request["status"] == "open"


async def test_a_held_visit_that_is_cancelled_leaves_a_waiting_request(world: Any) -> None:
    request = await world.isolation_request()
    visit = await world.booked(request)
    await world.isolated(request["inquiry_id"])
    cancelled = await world.made(f"/visits/{visit['id']}/cancellation", {"reason": "solved"}, status=200)
    assert cancelled["right"] == "returned"
    assert (await world.get(f"/visit-requests/{request['id']}")).json()["status"] == "on_hold"


@pytest.mark.rule("R-ADDRESS")
async def test_after_a_move_visits_on_or_after_it_are_held_until_released(world: Any) -> None:
    before = await world.booked(await world.setup_request(), "2026-06-02 10:00")
    after = await world.booked(await world.setup_request(), "2026-06-04 10:00")
    new = an_address_period(**{"from": at("2026-06-03 00:00"), "address_id": "adr_new"})
    await world.contract(address_periods=(an_address_period(to=at("2026-06-03 00:00")), new))
    assert (await read(world, before))["hold_reasons"] == []
    assert (await read(world, after))["hold_reasons"] == ["address_moved"]
    released = await world.made(f"/visits/{after['id']}/release", {"note": "told the crew"}, status=200)
    assert (released["on_hold"], released["address_id"]) == (False, "adr_new")
    assert [type(e.data).__name__ for e in await world.suite.published()][-2:] == ["VisitHeld", "VisitReleased"]


@pytest.mark.rule("R-ADDRESS")
async def test_rebooking_a_held_visit_takes_the_address_of_its_new_day(world: Any) -> None:
    visit = await world.booked(await world.setup_request(), "2026-06-04 10:00")
    new = an_address_period(**{"from": at("2026-06-03 00:00"), "address_id": "adr_new"})
    await world.contract(address_periods=(an_address_period(to=at("2026-06-03 00:00")), new))
    where = {"technician_id": world.setup, "start": "2026-06-05T10:00:00+09:00", "end": "2026-06-05T11:00:00+09:00"}
    moved = await world.made(f"/visits/{visit['id']}/rebooking", where, status=200)
    assert (moved["on_hold"], moved["address_id"]) == (False, "adr_new")


async def test_telling_the_same_again_changes_nothing(world: Any) -> None:
    request = await world.isolation_request()
    await world.booked(request)
    await world.isolated(request["inquiry_id"])
    events = await world.told()
    await world.contract()
    await world.isolated(request["inquiry_id"])
    assert await world.told() == events


async def test_projections_alone_publish_nothing_so_that_they_can_be_replayed(world: Any) -> None:
    request = await world.isolation_request()
    visit = await world.booked(request)
    events = await world.told()
    projections = world.suite.consumers()[0]
    inquiry_id = request["inquiry_id"]
    voided = InquiryVoided(**about(inquiry_id), reason="wrong number", fee_month="2026-06")
    message = world.suite.message(voided, subject=inquiry_id, sequence=9, key=inquiry_id)
    await projections.apply([message])
    assert await world.told() == events
    await world.suite.consumers()[1].apply([message])
    assert (await read(world, visit))["hold_reasons"] == ["case_voided"]


async def test_the_slower_group_does_not_take_back_what_the_faster_one_told(world: Any) -> None:
    request = await world.isolation_request()
    inquiry_id = request["inquiry_id"]
    projections, reactions = world.suite.consumers()
    closed = world.suite.message(InquiryClosed(**about(inquiry_id)), subject=inquiry_id, sequence=8, key=inquiry_id)
    reopened = InquiryReopened(**about(inquiry_id), fee_month="2026-06")
    open_again = world.suite.message(reopened, subject=inquiry_id, sequence=9, key=inquiry_id)
    await reactions.apply([closed, open_again])
    await projections.apply([closed])
    assert (await world.booked(request))["status"] == "booked"
