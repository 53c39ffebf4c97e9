"""The round of a loan, from the wish to the next customer."""

from __future__ import annotations

import pytest

from common.events.loaner import (
    LoanClosed,
    LoanDelivered,
    LoanDueSoon,
    LoanIssued,
    LoanOverdue,
    LoanRequested,
    LoanReserved,
    LoanReturned,
    UnitErased,
    UnitRegistered,
    UnitRestocked,
)
from loaner.testing import House


@pytest.mark.rule("R-LOAN-TERM")
async def test_a_router_is_lent_for_fourteen_days_and_comes_back(house: House) -> None:
    unit = await house.unit()
    loan = await house.lend(await house.case())
    assert (loan["status"], loan["unit_id"], loan["days"]) == ("reserved", unit["id"], 14)
    assert await house.unit_status(unit["id"]) == "reserved"
    shipped = await house.ship(loan["id"])
    assert (shipped["status"], shipped["tracking_number"]) == ("shipped", "1234-5678-9012")
    assert await house.unit_status(unit["id"]) == "on_loan"
    house.pass_time(days=1)
    delivered = await house.deliver(loan["id"])
    assert (delivered["status"], delivered["due_at"], delivered["due_on"]) == (
        "delivered",
        "2026-06-17T00:00:00+09:00",
        "2026-06-16",
    )
    house.pass_time(days=5)
    returned = await house.take_back(loan["id"])
    assert (returned["status"], returned["days_late"]) == ("returned", 0)
    assert await house.unit_status(unit["id"]) == "in_inspection"
    closed = await house.inspect(loan["id"])
    assert (closed["status"], closed["condition"]) == ("closed", "good")
    assert await house.unit_status(unit["id"]) == "in_stock"
    events = [
        (event.data.__class__, event.sequence) for event in await house.suite.published() if event.subject == loan["id"]
    ]
    assert events == [
        (LoanRequested, 1),
        (LoanReserved, 2),
        (LoanIssued, 3),
        (LoanDelivered, 4),
        (LoanReturned, 5),
        (LoanClosed, 6),
    ]


@pytest.mark.rule("R-LOAN-ERASE")
async def test_a_pc_is_erased_before_it_is_in_stock_again(house: House) -> None:
    unit = await house.unit("windows_pc")
    assert (unit["storage"], unit["accessories"]) == (True, ["ac_adapter"])
    loan = await house.out(await house.case(failed="mac"), "windows_pc")
    await house.take_back(loan["id"])
    await house.inspect(loan["id"])
    assert await house.unit_status(unit["id"]) == "awaiting_erasure"
    done = await house.erase(unit)
    assert (done["status"], done["unit"]["status"], done["method"]) == ("in_stock", "in_stock", "purge")
    events = [
        (event.data.__class__, event.sequence) for event in await house.suite.published() if event.subject == unit["id"]
    ]
    assert events == [(UnitRegistered, 1), (UnitErased, 6), (UnitRestocked, 7)]
    records = await house.ok("operator", "GET", f"/units/{unit['id']}/erasures")
    assert [record["verified_by"] for record in records["items"]] == ["伊藤"]


@pytest.mark.rule("R-LOAN-TERM")
async def test_reminders_and_overdue_come_by_themselves_once_each_and_in_their_order(house: House) -> None:
    await house.unit()
    loan = await house.out(await house.case())
    instants = []
    while (due := await house.suite.service.next_due()) is not None:
        house.suite.clock.move_to(due)
        instants.append(due.isoformat())
        assert await house.suite.sweep() == 1
        assert await house.suite.sweep() == 0
    assert instants == [
        "2026-06-12T00:00:00+00:00",
        "2026-06-15T00:00:00+00:00",
        "2026-06-15T15:00:00+00:00",
    ]
    assert [event.data.days_left for event in await house.told(LoanDueSoon)] == [3, 0]
    assert len(await house.told(LoanOverdue)) == 1
    seen = await house.loan(loan["id"])
    assert (seen["status"], seen["days_late"]) == ("overdue", 1)


@pytest.mark.rule("R-LOAN-TERM")
async def test_overdue_is_one_number_on_the_screen_in_the_list_and_at_the_return(house: House) -> None:
    await house.unit()
    await house.unit("hub")
    late = await house.out(await house.case(1), days=3)
    await house.out(await house.case(2, failed="hub"), "hub")
    house.pass_time(days=5)
    before_the_sweep = await house.ok("operator", "GET", "/loans?overdue=true")
    assert [(item["id"], item["days_late"]) for item in before_the_sweep["items"]] == [(late["id"], 2)]
    await house.suite.sweep()
    after_the_sweep = await house.ok("operator", "GET", "/loans?overdue=true")
    assert [(item["status"], item["days_late"]) for item in after_the_sweep["items"]] == [("overdue", 2)]
    assert (await house.take_back(late["id"]))["days_late"] == 2


@pytest.mark.rule("R-LOAN-TERM")
async def test_lateness_is_judged_by_the_hand_over_to_the_carrier(house: House) -> None:
    await house.unit()
    loan = await house.out(await house.case())
    house.pass_time(days=13)
    handed_over = house.now
    house.pass_time(days=4)
    await house.suite.sweep()
    assert (await house.loan(loan["id"]))["status"] == "overdue"
    returned = await house.take_back(loan["id"], handed_over_at=handed_over)
    assert returned["days_late"] == 0


@pytest.mark.rule("R-LOAN-TERM")
async def test_a_shorter_loan_is_extended_up_to_day_fourteen(house: House) -> None:
    await house.unit()
    loan = await house.out(await house.case(), days=7)
    assert loan["due_on"] == "2026-06-08"
    path = f"/loans/{loan['id']}/extension"
    assert (await house.ok("operator", "POST", path, {"days": 3}))["due_on"] == "2026-06-11"
    assert (await house.ok("supervisor", "POST", path, {"due_on": "2026-06-15"}))["due_on"] == "2026-06-15"
    problem = await house.refused("operator", path, {"days": 1})
    assert problem["code"] == "loan_term_exceeded"
    assert problem["why"]["latest_due_on"] == "2026-06-15"


async def test_a_lost_unit_can_turn_up_again(house: House) -> None:
    unit = await house.unit()
    loan = await house.out(await house.case())
    lost = await house.ok("operator", "POST", f"/loans/{loan['id']}/loss", {"reason": "警察届出 12-345"})
    assert (lost["status"], lost["end_reason"]) == ("lost", "警察届出 12-345")
    assert await house.unit_status(unit["id"]) == "lost"
    assert (await house.take_back(loan["id"]))["status"] == "returned"
    assert await house.unit_status(unit["id"]) == "in_inspection"


async def test_an_incomplete_unit_is_repaired_before_it_is_lent_again(house: House) -> None:
    unit = await house.unit()
    loan = await house.out(await house.case())
    await house.take_back(loan["id"])
    closed = await house.inspect(loan["id"], accessories=[])
    assert (closed["condition"], closed["missing_accessories"]) == ("incomplete", ["ac_adapter"])
    assert await house.unit_status(unit["id"]) == "in_repair"
    repaired = await house.ok("depot", "POST", f"/units/{unit['id']}/repair-completion")
    assert repaired["status"] == "in_stock"


async def test_a_damaged_pc_is_erased_then_repaired_and_a_destroyed_one_is_retired(house: House) -> None:
    for method, status in (("clear", "in_repair"), ("destroy", "retired")):
        unit = await house.unit("windows_pc")
        number = 1 if method == "clear" else 2
        loan = await house.out(await house.case(number, failed="windows_pc"), "windows_pc")
        await house.take_back(loan["id"])
        await house.inspect(loan["id"], "damaged")
        assert (await house.erase(unit, method))["status"] == status


async def test_an_undelivered_parcel_comes_back(house: House) -> None:
    await house.unit()
    loan = await house.lend(await house.case())
    await house.ship(loan["id"])
    returned = await house.take_back(loan["id"])
    assert (returned["status"], returned["days_late"], returned["due_at"]) == ("returned", 0, None)


async def test_why_names_rules_inputs_and_events(house: House) -> None:
    await house.unit()
    loan = await house.out(await house.case())
    why = await house.ok("operator", "GET", f"/loans/{loan['id']}/why")
    assert {"R-LOAN-EVIDENCE", "R-LOAN-KINDS", "R-LOAN-TERM", "R-ADDRESS"} <= set(why["rule_ids"])
    assert why["evidence"]["cause"] == "device_fault"
    assert why["evidence"]["failed_device_kind"] == "soho_router"
    assert [step["event"] for step in why["steps"]] == [
        "LoanRequested",
        "LoanReserved",
        "LoanIssued",
        "LoanDelivered",
    ]
    assert why["steps"][0]["actor"] == "operator-1"


_PUBLISH = """
INSERT INTO published_event (position, id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload,
                             headers, partner, recorded_at)
SELECT seq, id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, headers, partner, recorded_at
FROM outbox
"""


async def test_why_names_the_ids_of_events_that_were_published(house: House) -> None:
    await house.unit()
    loan = await house.lend(await house.case())
    async with house.suite.transaction() as tx:
        await tx.connection.execute(_PUBLISH)
    await house.ship(loan["id"])
    why = await house.ok("operator", "GET", f"/loans/{loan['id']}/why")
    ids = {(event.subject, event.sequence): event.id for event in await house.suite.published()}
    expected = [ids[loan["id"], 1], ids[loan["id"], 2], None]
    assert [step["event_id"] for step in why["steps"]] == expected


async def test_the_label_shows_the_contract_address(house: House) -> None:
    await house.unit()
    loan = await house.lend(await house.case())
    label = await house.ok("depot", "GET", f"/loans/{loan['id']}/label")
    assert (label["postal_code"], label["street"]) == ("1600023", "見本町1-2-3")


async def test_lists_are_filtered_and_paged(house: House) -> None:
    for number in (1, 2, 3):
        await house.unit()
        await house.lend(await house.case(number))
    first = await house.ok("operator", "GET", "/loans?limit=2")
    rest = await house.ok("operator", "GET", f"/loans?limit=2&cursor={first['next']}")
    ids = [item["id"] for item in [*first["items"], *rest["items"]]]
    assert (len(ids), rest["next"]) == (3, None)
    one = await house.ok("operator", "GET", f"/loans?contract_id={first['items'][1]['contract_id']}")
    assert [item["id"] for item in one["items"]] == [ids[1]]
    none = await house.ok("operator", "GET", "/loans?status=overdue")
    assert none["items"] == []
    units = await house.ok("depot", "GET", "/units?kind=soho_router&status=reserved&limit=2")
    assert len(units["items"]) == 2
    assert units["next"] is not None
    depots = await house.ok("analyst", "GET", "/depots")
    assert [depot["id"] for depot in depots["items"]] == [house.depot_id]
