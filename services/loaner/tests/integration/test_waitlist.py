"""The last router, and those who wait for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from common.events.contracts import StatusPeriod
from common.events.loaner import LoanHeld, LoanRequested, LoanReserved, LoanWaitlisted
from loaner.testing import House, entitlements
from loaner.testing.builders import LONG_AGO
from loaner.testing.house import API, contract_id, inquiry_id

MANY = 50


async def wish_all_at_once(house: House, inquiries: list[str]) -> list[dict[str, Any]]:
    async with house.suite.client("operator") as client:
        bodies = [{"inquiry_id": each, "kind": "soho_router", "wished_by": "見本"} for each in inquiries]
        answers = await asyncio.gather(*(client.post(f"{API}/loans", json=body) for body in bodies))
    return [{"http": answer.status_code, **answer.json()} for answer in answers]


async def waiting(house: House) -> list[dict[str, Any]]:
    found = await house.ok("operator", "GET", "/waitlist?limit=100")
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_fifty_parallel_requests_for_the_last_router_reserve_one_and_waitlist_the_rest_in_order(
    house: House,
) -> None:
    unit = await house.unit()
    inquiries = [await house.case(number) for number in range(1, MANY + 1)]
    answers = await wish_all_at_once(house, inquiries)
    assert [answer["http"] for answer in answers] == [201] * MANY
    reserved = [answer for answer in answers if answer["status"] == "reserved"]
    assert [answer["unit_id"] for answer in reserved] == [unit["id"]]
    positions = sorted(answer["position"] for answer in answers if answer["status"] == "waitlisted")
    assert positions == list(range(1, MANY))
    listed = await waiting(house)
    assert [item["position"] for item in listed] == list(range(1, MANY))
    assert [item["number"] for item in listed] == list(range(1, MANY))
    told = {event.data.loan_id: event.data.position for event in await house.told(LoanWaitlisted)}
    assert told == {item["loan_id"]: item["position"] for item in listed}
    assert len(await house.told(LoanReserved)) == 1
    assert len(await house.told(LoanRequested)) == MANY


@pytest.mark.rule("R-LOAN-KINDS")
async def test_parallel_second_routers_of_one_contract_become_one_loan(house: House) -> None:
    for _ in range(3):
        await house.unit()
    inquiries = [await house.case(number, contract=1) for number in range(1, 11)]
    answers = await wish_all_at_once(house, inquiries)
    assert sorted(answer["http"] for answer in answers) == [201, *[409] * 9]
    assert {answer["code"] for answer in answers if answer["http"] == 409} == {"loan_kind_already_open"}
    assert len(await house.told(LoanReserved)) == 1


async def test_parallel_wishes_on_one_inquiry_become_one_loan(house: House) -> None:
    inquiry = await house.case()
    answers = await wish_all_at_once(house, [inquiry] * 10)
    assert sorted(answer["http"] for answer in answers) == [201, *[409] * 9]


async def test_a_cancelled_reservation_goes_to_the_head_of_the_waitlist(house: House) -> None:
    unit = await house.unit()
    first, second, third = [await house.lend(await house.case(number)) for number in (1, 2, 3)]
    assert [loan["position"] for loan in (first, second, third)] == [None, 1, 2]
    cancelled = await house.ok("operator", "POST", f"/loans/{first['id']}/cancellation", {"reason": "修理済み"})
    assert (cancelled["status"], cancelled["unit_id"]) == ("cancelled", None)
    promoted = await house.loan(second["id"])
    assert (promoted["status"], promoted["unit_id"], promoted["position"]) == ("reserved", unit["id"], None)
    assert (await house.loan(third["id"]))["position"] == 1


async def test_one_who_waits_may_cancel_and_the_others_move_up(house: House) -> None:
    loans = [await house.lend(await house.case(number)) for number in (1, 2, 3)]
    await house.ok("operator", "POST", f"/loans/{loans[0]['id']}/cancellation", {"reason": "修理済み"})
    assert [(item["loan_id"], item["position"]) for item in await waiting(house)] == [
        (loans[1]["id"], 1),
        (loans[2]["id"], 2),
    ]


@pytest.mark.rule("R-LOAN-ERASE")
async def test_a_returned_pc_goes_to_the_head_of_the_waitlist_only_after_its_erasure(house: House) -> None:
    unit = await house.unit("windows_pc")
    lent = await house.out(await house.case(1, failed="windows_pc"), "windows_pc")
    waits = await house.lend(await house.case(2, failed="windows_pc"), "windows_pc")
    await house.take_back(lent["id"])
    await house.inspect(lent["id"])
    assert (await house.loan(waits["id"]))["status"] == "waitlisted"
    done = await house.erase(unit)
    assert done["status"] == "reserved"
    assert (await house.loan(waits["id"]))["unit_id"] == unit["id"]


async def test_a_new_unit_and_a_returned_router_serve_the_waitlist_by_themselves(house: House) -> None:
    waits = await house.lend(await house.case(1))
    unit = await house.unit()
    assert (unit["status"], (await house.loan(waits["id"]))["unit_id"]) == ("reserved", unit["id"])
    await house.ship(waits["id"])
    await house.deliver(waits["id"])
    next_one = await house.lend(await house.case(2))
    await house.take_back(waits["id"])
    await house.inspect(waits["id"])
    assert (await house.loan(next_one["id"]))["status"] == "reserved"


@pytest.mark.rule("R-LOAN-EVIDENCE")
async def test_promotion_judges_everything_again_and_asks_the_next_one(house: House) -> None:
    head, next_one = [await house.lend(await house.case(number)) for number in (1, 2)]
    ends_at_noon = (
        StatusPeriod(from_=LONG_AGO, to=house.now.replace(hour=3), status="active"),
        StatusPeriod(from_=house.now.replace(hour=3), status="terminated"),
    )
    await house.tell(entitlements(contract_id(1), version=2, status_periods=ends_at_noon))
    assert await house.told(LoanHeld) == []
    house.pass_time(hours=4)
    unit = await house.unit()
    assert (await house.loan(next_one["id"]))["unit_id"] == unit["id"]
    held = await house.loan(head["id"])
    assert (held["status"], held["hold"]["codes"]) == ("waitlisted", ["contract_not_active"])
    assert [event.data.loan_id for event in await house.told(LoanHeld)] == [head["id"]]


async def test_a_unit_that_was_swapped_out_at_the_scan_serves_the_waitlist(house: House) -> None:
    reserved = await house.unit()
    loan = await house.lend(await house.case(1))
    spare = await house.unit()
    await house.ship(loan["id"], unit_id=spare["id"])
    assert await house.unit_status(reserved["id"]) == "in_stock"
    assert (await house.lend(await house.case(2)))["unit_id"] == reserved["id"]


async def test_another_depot_helps_out_before_anybody_waits(house: House) -> None:
    await house.unit()
    osaka = await house.ok("depot", "POST", "/depots", {"name": "大阪デポ"})
    there = await house.unit(depot_id=osaka["id"])
    loans = [await house.lend(await house.case(number)) for number in (1, 2, 3)]
    assert [loan["depot_id"] for loan in loans] == [house.depot_id, osaka["id"], house.depot_id]
    assert loans[1]["unit_id"] == there["id"]
    assert loans[2]["position"] == 1
    only_here = await house.lend(await house.case(4), depot_id=osaka["id"])
    assert (only_here["depot_id"], only_here["position"]) == (osaka["id"], 1)


async def test_the_waitlist_is_paged_in_its_order(house: House) -> None:
    for number in range(1, 6):
        await house.lend(await house.case(number))
    first = await house.ok("operator", "GET", "/waitlist?limit=3&kind=soho_router")
    rest = await house.ok("operator", "GET", f"/waitlist?limit=3&cursor={first['next']}")
    assert [item["position"] for item in [*first["items"], *rest["items"]]] == [1, 2, 3, 4, 5]
    assert [item["inquiry_id"] for item in first["items"]] == [inquiry_id(number) for number in (1, 2, 3)]
    assert (await house.ok("operator", "GET", "/waitlist?kind=hub"))["items"] == []
