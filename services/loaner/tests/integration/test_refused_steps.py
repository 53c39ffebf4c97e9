"""Steps of loans and units that are refused: the term, the erasure, the state, the times, malformed bodies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from common.events.loaner import LoanRequested
from loaner.testing import House
from loaner.testing.house import PARCEL


@pytest.mark.rule("R-LOAN-TERM")
@pytest.mark.parametrize("ask", [{"days": 1}, {"due_on": "2026-06-16"}])
async def test_refuses_an_extension_past_day_fourteen(house: House, ask: dict[str, Any]) -> None:
    await house.unit()
    loan = await house.out(await house.case())
    before = await house.loan(loan["id"])
    problem = await house.refused("operator", f"/loans/{loan['id']}/extension", ask)
    assert (problem["code"], problem["rule_ids"]) == ("loan_term_exceeded", ["R-LOAN-TERM"])
    assert problem["why"]["latest_due_on"] == "2026-06-15"
    assert await house.loan(loan["id"]) == before


@pytest.mark.rule("R-LOAN-ERASE")
async def test_refuses_to_ship_a_returned_pc_without_an_erasure_record(house: House) -> None:
    dirty = await house.unit("windows_pc")
    first = await house.out(await house.case(1, failed="windows_pc"), "windows_pc")
    await house.take_back(first["id"])
    await house.inspect(first["id"])
    clean = await house.unit("windows_pc")
    second = await house.lend(await house.case(2, failed="windows_pc"), "windows_pc")
    path, scan = f"/loans/{second['id']}/shipment", {**PARCEL, "unit_id": dirty["id"]}
    problem = await house.refused("depot", path, scan)
    assert (problem["code"], problem["rule_ids"]) == ("erasure_missing", ["R-LOAN-ERASE"])
    assert problem["why"]["last_erased_at"] is None
    assert await house.unit_status(dirty["id"]) == "awaiting_erasure"
    assert await house.unit_status(clean["id"]) == "reserved"
    assert (await house.loan(second["id"]))["status"] == "reserved"
    await house.erase(dirty)
    shipped = await house.ship(second["id"], unit_id=dirty["id"])
    assert (shipped["status"], shipped["unit_id"]) == ("shipped", dirty["id"])
    assert await house.unit_status(clean["id"]) == "in_stock"


@pytest.mark.rule("R-LOAN-ERASE")
async def test_refuses_the_erasure_record_of_another_device(house: House) -> None:
    unit = await house.unit("windows_pc")
    loan = await house.out(await house.case(failed="windows_pc"), "windows_pc")
    await house.take_back(loan["id"])
    await house.inspect(loan["id"])
    body = {"method": "clear", "verified_by": "伊藤", "serial": "SN-9999"}
    problem = await house.refused("depot", f"/units/{unit['id']}/erasures", body)
    assert problem["code"] == "serial_mismatch"
    assert (await house.ok("depot", "GET", f"/units/{unit['id']}/erasures"))["items"] == []


async def test_refuses_to_ship_a_unit_that_is_taken_or_of_another_kind(house: House) -> None:
    await house.unit()
    taken = await house.unit()
    hub = await house.unit("hub")
    loan = await house.lend(await house.case(1))
    await house.lend(await house.case(2))
    path = f"/loans/{loan['id']}/shipment"
    assert (await house.refused("depot", path, {**PARCEL, "unit_id": taken["id"]}))["code"] == "unit_not_available"
    assert (await house.refused("depot", path, {**PARCEL, "unit_id": hub["id"]}))["code"] == "unit_of_another_kind"
    assert (await house.refused("depot", path, {**PARCEL, "unit_id": "unit_x"}, status=404))["code"] == "unit_unknown"


async def test_refuses_steps_that_the_state_does_not_allow(house: House) -> None:
    loan = await house.lend(await house.case())
    assert loan["status"] == "waitlisted"
    instant = house.now.isoformat()
    for role, step, body in (
        ("depot", "shipment", PARCEL),
        ("depot", "delivery", {"delivered_at": instant}),
        ("operator", "extension", {"days": 1}),
        ("depot", "return", {"handed_over_at": instant, "received_at": instant}),
        ("depot", "inspection", {"condition": "good"}),
        ("depot", "loss", {"reason": "gone"}),
    ):
        problem = await house.refused(role, f"/loans/{loan['id']}/{step}", body)
        assert (problem["code"], problem["why"]["status"]) == ("wrong_state", "waitlisted")


async def test_a_stale_version_changes_nothing(house: House) -> None:
    await house.unit()
    loan = await house.lend(await house.case())
    path = f"/loans/{loan['id']}/shipment"
    stale = await house.call("depot", "POST", path, PARCEL, if_match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    seen = await house.call("operator", "GET", f"/loans/{loan['id']}")
    fresh = await house.call("depot", "POST", path, PARCEL, if_match=seen.headers["etag"])
    assert fresh.json()["status"] == "shipped"


async def test_times_that_cannot_be_are_refused(house: House) -> None:
    await house.unit()
    loan = await house.lend(await house.case())
    await house.ship(loan["id"])
    path = f"/loans/{loan['id']}"
    tomorrow, yesterday = house.now + timedelta(days=1), house.now - timedelta(days=1)
    for moment, code in ((tomorrow, "time_in_future"), (yesterday, "times_out_of_order")):
        body = {"delivered_at": moment.isoformat()}
        assert (await house.refused("depot", f"{path}/delivery", body, status=422))["code"] == code
    await house.deliver(loan["id"])
    back = {"handed_over_at": yesterday.isoformat(), "received_at": house.now.isoformat()}
    assert (await house.refused("depot", f"{path}/return", back, status=422))["code"] == "times_out_of_order"


@pytest.mark.parametrize(
    "body",
    [
        {"inquiry_id": "inq_1", "kind": "soho_router", "colour": "red"},
        {"inquiry_id": "inq_1"},
        {"inquiry_id": 1, "kind": "soho_router"},
        {"inquiry_id": "inq_1", "kind": "soho_router", "days": 0},
        {"inquiry_id": "inq_1", "kind": "soho_router", "days": -3},
        {"inquiry_id": "inq_1", "kind": "soho_router", "days": "14"},
        {"inquiry_id": "inq_1", "kind": "soho_router", "days": True},
        {"inquiry_id": "inq_1", "kind": "x" * 1_000_000},
        {"inquiry_id": "inq_1", "kind": "soho\x00router"},
        [],
        "soho_router",
        None,
    ],
    ids=lambda body: str(body)[:60],
)
async def test_malformed_requests_are_named_and_do_nothing(house: House, body: Any) -> None:
    response = await house.call("operator", "POST", "/loans", body)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert await house.told(LoanRequested) == []


@pytest.mark.parametrize(
    "body",
    [{}, {"days": 1, "due_on": "2026-06-10"}, {"due_on": "2026-02-30"}, {"due_on": 20260610}, {"days": 1.5}],
    ids=str,
)
async def test_an_extension_says_exactly_one_readable_thing(house: House, body: Any) -> None:
    await house.unit()
    loan = await house.out(await house.case(), days=3)
    await house.refused("operator", f"/loans/{loan['id']}/extension", body, status=422)
    assert (await house.loan(loan["id"]))["due_on"] == "2026-06-04"


async def test_units_are_told_apart(house: House) -> None:
    unit = await house.unit()
    body = {name: unit[name] for name in ("depot_id", "kind", "maker", "model", "serial", "asset_tag")}
    again = {**body, "serial": "SN-9998"}
    assert (await house.refused("depot", "/units", again))["code"] == "asset_tag_taken"
    again = {**body, "asset_tag": "T-9998"}
    assert (await house.refused("depot", "/units", again))["code"] == "serial_taken"
    other = {**body, "asset_tag": "T-9998", "serial": "SN-9998"}
    assert (await house.refused("depot", "/units", {**other, "kind": "toaster"}))["code"] == "loan_kind_not_lent"
    nowhere = {**other, "depot_id": "dep_x"}
    assert (await house.refused("depot", "/units", nowhere, status=404))["code"] == "depot_unknown"
    assert (await house.refused("depot", "/depots", {"name": "東京デポ"}))["code"] == "depot_name_taken"
