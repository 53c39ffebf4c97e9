"""A verdict falls, a contract moves: loans are held before shipment, flagged afterwards, never cancelled."""

from __future__ import annotations

from typing import Any

import pytest

from common.consuming import Consumer
from common.events.contracts import PlanPeriod, StatusPeriod
from common.events.helpdesk import (
    InquiriesMerged,
    InquiryClosed,
    InquiryMergeUndone,
    InquiryReopened,
    InquirySplit,
    InquiryVoided,
)
from common.events.loaner import LoanCancelled, LoanHeld, LoanReleased
from loaner.testing import House, an_address, an_address_period, entitlements, fault_isolated, loan_kinds
from loaner.testing.builders import KINDS, LONG_AGO, NOW
from loaner.testing.house import PARCEL, contract_id, inquiry_id

pytestmark = pytest.mark.rule("R-ISOLATION-EVIDENCE")


async def supersede(house: House, number: int = 1, **over: Any) -> None:
    """A later verdict of inquiry `number`: no device is at fault, unless said otherwise."""
    verdict = {"cause": "misconfiguration", "failed_device_kind": None, "verdict_id": "vdt_9", **over}
    await house.tell(fault_isolated(inquiry_id(number), contract_id(number), **verdict))


def names(number: int = 1) -> dict[str, Any]:
    return {"actor": "op-sato", "inquiry_id": inquiry_id(number), "contract_id": contract_id(number)}


async def test_a_superseded_verdict_holds_a_reserved_loan_before_its_shipment(house: House) -> None:
    unit = await house.unit()
    loan = await house.lend(await house.case())
    await supersede(house)
    held = await house.loan(loan["id"])
    assert (held["status"], held["unit_id"]) == ("reserved", unit["id"])
    assert held["hold"]["codes"] == ["loan_evidence_missing"]
    assert held["hold"]["kept_from_shipping"] is True
    (told,) = await house.told(LoanHeld)
    assert (told.data.held, told.data.reason, told.data.actor) == (True, "loan_evidence_missing", "op-sato")
    problem = await house.refused("depot", f"/loans/{loan['id']}/shipment", PARCEL)
    assert [reason["code"] for reason in problem["reasons"]] == ["loan_on_hold", "loan_evidence_missing"]
    assert "R-ISOLATION-EVIDENCE" in problem["rule_ids"]
    assert await house.told(LoanCancelled) == []


async def test_it_is_released_when_the_evidence_is_back(house: House) -> None:
    await house.unit()
    loan = await house.lend(await house.case())
    await supersede(house)
    await supersede(house, cause="device_fault", failed_device_kind="soho_router", verdict_id="vdt_10")
    assert (await house.loan(loan["id"]))["hold"] is None
    assert len(await house.told(LoanReleased)) == 1
    assert (await house.ship(loan["id"]))["status"] == "shipped"


async def test_a_superseded_verdict_flags_a_loan_that_is_out_and_lets_it_go_on(house: House) -> None:
    await house.unit()
    loan = await house.out(await house.case())
    await supersede(house)
    flagged = await house.loan(loan["id"])
    assert (flagged["status"], flagged["hold"]["kept_from_shipping"]) == ("delivered", False)
    (told,) = await house.told(LoanHeld)
    assert told.data.held is False
    assert (await house.take_back(loan["id"]))["hold"] is None


async def test_another_verdict_that_still_carries_the_loan_changes_nothing(house: House) -> None:
    await house.unit()
    loan = await house.lend(await house.case())
    await supersede(house, cause="device_fault", failed_device_kind="soho_router", origin="visit")
    assert (await house.loan(loan["id"]))["hold"] is None
    assert await house.told(LoanHeld) == []


async def test_a_held_one_who_waits_keeps_the_place_and_gets_a_unit_when_released(house: House) -> None:
    first, second = [await house.lend(await house.case(number)) for number in (1, 2)]
    await supersede(house, 1)
    unit = await house.unit()
    assert (await house.loan(second["id"]))["unit_id"] == unit["id"]
    another = await house.unit()
    assert another["status"] == "in_stock"
    await supersede(house, 1, cause="device_fault", failed_device_kind="soho_router", verdict_id="vdt_10")
    assert (await house.loan(first["id"]))["unit_id"] == another["id"]


async def test_a_voided_inquiry_holds_its_loan(house: House) -> None:
    await house.unit()
    loan = await house.lend(await house.case())
    await house.tell(InquiryVoided(**names(), reason="out of scope", fee_month="2026-06"))
    assert (await house.loan(loan["id"]))["hold"]["codes"] == ["loan_evidence_missing"]


async def test_closing_the_inquiry_takes_nothing_away_from_its_loan(house: House) -> None:
    waits = await house.lend(await house.case())
    await house.tell(InquiryClosed(**names()))
    await house.unit()
    promoted = await house.loan(waits["id"])
    assert (promoted["status"], promoted["hold"]) == ("reserved", None)
    await house.tell(InquiryReopened(**names(), fee_month="2026-06"))
    assert (await house.loan(waits["id"]))["hold"] is None


async def test_a_merged_inquirys_loan_follows_the_case_it_became_part_of(house: House) -> None:
    await house.unit()
    source = await house.case(1, contract=1)
    target = await house.case(2, contract=1, isolated=False)
    loan = await house.lend(source)
    await house.tell(InquiriesMerged(**names(), target_inquiry_id=target, fee_month="2026-06"))
    assert (await house.loan(loan["id"]))["hold"] is None
    gone = fault_isolated(target, contract_id(1), cause="line_fault", failed_device_kind=None)
    await house.tell(gone)
    assert (await house.loan(loan["id"]))["hold"]["codes"] == ["loan_evidence_missing"]
    await house.tell(fault_isolated(target, contract_id(1), verdict_id="vdt_12"))
    assert (await house.loan(loan["id"]))["hold"] is None
    await house.tell(fault_isolated(target, contract_id(1), cause="line_fault", failed_device_kind=None))
    assert (await house.loan(loan["id"]))["hold"]["codes"] == ["loan_evidence_missing"]
    undone = InquiryMergeUndone(
        **names(), target_inquiry_id=target, status="closed", fee_month="2026-06", unit_source="plan"
    )
    await house.tell(undone)
    assert (await house.loan(loan["id"]))["hold"] is None


async def test_a_split_inquiry_is_a_case_of_its_own(house: House) -> None:
    await house.unit("hub")
    await house.case(1)
    split = InquirySplit(
        actor="op-sato",
        inquiry_id=inquiry_id(2),
        contract_id=contract_id(1),
        source_inquiry_id=inquiry_id(1),
        kind="trouble",
        site="contract_address",
        received_at=NOW,
        fee_month="2026-06",
        unit_source="plan",
    )
    await house.tell(split)
    await house.tell(fault_isolated(inquiry_id(2), contract_id(1), failed_device_kind="hub"))
    assert (await house.lend(inquiry_id(2), "hub"))["status"] == "reserved"


@pytest.mark.rule("R-ADDRESS")
async def test_after_a_move_the_label_names_the_new_address_and_shipped_parcels_keep_theirs(house: House) -> None:
    await house.unit()
    await house.unit("hub")
    shipped = await house.out(await house.case(1, contract=1))
    waits = await house.lend(await house.case(2, contract=1, failed="hub"), "hub")
    new_address = f"adr_{2:032x}"
    await house.tell(an_address(contract_id(1), address_id=new_address, city="港区"))
    moved = (an_address_period(1, to=house.now), an_address_period(2, from_=house.now))
    await house.tell(entitlements(contract_id(1), version=2, address_periods=moved))
    labels = [await house.ok("depot", "GET", f"/loans/{each['id']}/label") for each in (shipped, waits)]
    assert [label["city"] for label in labels] == ["新宿区", "港区"]
    assert (await house.loan(waits["id"]))["hold"] is None


@pytest.mark.rule("R-ADDRESS")
async def test_unshipped_loans_are_judged_again_when_the_contract_changes(house: House) -> None:
    for kind in ("soho_router", "hub"):
        await house.unit(kind)
    out = await house.out(await house.case(1, contract=1))
    reserved = await house.lend(await house.case(2, contract=1, failed="hub"), "hub")
    no_address = entitlements(contract_id(1), version=2, address_periods=())
    await house.tell(no_address)
    held = await house.loan(reserved["id"])
    assert held["hold"]["codes"] == ["fault_response_contract_address_only"]
    assert (await house.loan(out["id"]))["hold"] is None
    suspended = (StatusPeriod(from_=LONG_AGO, status="suspended"),)
    await house.tell(entitlements(contract_id(1), version=3, status_periods=suspended))
    assert (await house.loan(reserved["id"]))["hold"]["codes"] == ["contract_not_active"]
    await house.tell(entitlements(contract_id(1), version=4))
    assert (await house.loan(reserved["id"]))["hold"] is None


async def test_a_plan_without_loaners_and_a_kind_that_is_lent_no_more_hold_too(house: House) -> None:
    await house.unit()
    loan = await house.lend(await house.case())
    legacy = PlanPeriod(from_=LONG_AGO, code="light-plan-1", family="light", closed_plan=True)
    await house.tell(entitlements(contract_id(1), version=2, plan_periods=(legacy,)))
    assert (await house.loan(loan["id"]))["hold"]["codes"] == ["feature_not_in_plan"]
    await house.tell(entitlements(contract_id(1), version=3))
    without_routers = tuple(kind for kind in KINDS if kind.code != "soho_router")
    await house.tell(loan_kinds(loan_kinds=without_routers))
    assert (await house.loan(loan["id"]))["hold"]["codes"] == ["loan_kind_not_lent"]
    await house.tell(loan_kinds())
    assert (await house.loan(loan["id"]))["hold"] is None


async def test_it_does_not_matter_which_group_hears_a_verdict_first(house: House) -> None:
    await house.unit()
    loan = await house.lend(await house.case())
    gone = fault_isolated(inquiry_id(1), contract_id(1), cause="line_fault", failed_device_kind=None)
    message = house.suite.message(gone, subject=inquiry_id(1), sequence=9, key=inquiry_id(1))
    projections, reactions = house.suite.consumers()
    await reactions.apply([message])
    assert (await house.loan(loan["id"]))["hold"]["codes"] == ["loan_evidence_missing"]
    await projections.apply([message])
    await late_and_lower(house, projections)
    assert (await house.loan(loan["id"]))["hold"]["codes"] == ["loan_evidence_missing"]
    problem = (await house.wish(inquiry_id(1), "soho_router")).json()
    assert problem["reasons"][0]["why"]["cause"] == "line_fault"


async def late_and_lower(house: House, consumer: Consumer) -> None:
    """An earlier verdict that arrives late is history."""
    earlier = fault_isolated(inquiry_id(1), contract_id(1), verdict_id="vdt_8")
    message = house.suite.message(earlier, subject=inquiry_id(1), sequence=8, key=inquiry_id(1))
    await consumer.apply([message])


async def test_the_same_event_twice_holds_once(house: House) -> None:
    await house.unit()
    await house.lend(await house.case())
    gone = fault_isolated(inquiry_id(1), contract_id(1), cause="line_fault", failed_device_kind=None)
    inquiry = inquiry_id(1)
    messages = [house.suite.message(gone, subject=inquiry, sequence=9, key=inquiry, event_id="evt_1")] * 2
    await house.suite.deliver_messages(messages)
    await house.suite.deliver_messages(messages)
    assert len(await house.told(LoanHeld)) == 1
