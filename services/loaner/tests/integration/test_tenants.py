"""Who sees and does what: roles, partners, and what the database keeps even when a query forgets."""

from __future__ import annotations

import asyncpg
import pytest

from common.bus.embedded import EmbeddedBus
from common.context import Context
from common.events.contracts import SubscriberErased
from common.relay import Relay
from loaner.testing import House, an_address, entitlements
from loaner.testing.house import contract_id

MINE, OTHER = "ptn-mine", "ptn-other"


async def one_loan_each(house: House) -> tuple[str, str]:
    """A loan of each partner."""
    for _ in range(2):
        await house.unit()
    mine = await house.lend(await house.case(1, partner=MINE))
    other = await house.lend(await house.case(2, partner=OTHER))
    return mine["id"], other["id"]


async def test_a_partner_sees_its_own_loans_and_nothing_of_others(house: House) -> None:
    mine, other = await one_loan_each(house)
    listed = await house.ok("partner", "GET", "/loans", partner=MINE)
    assert [item["id"] for item in listed["items"]] == [mine]
    assert (await house.ok("partner", "GET", f"/loans/{mine}", partner=MINE))["status"] == "reserved"
    why = await house.ok("partner", "GET", f"/loans/{mine}/why", partner=MINE)
    assert len(why["steps"]) == 2
    for path in (f"/loans/{other}", f"/loans/{other}/why"):
        response = await house.call("partner", "GET", path, partner=MINE)
        assert (response.status_code, response.json()["code"]) == (404, "loan_unknown")


async def test_how_many_others_wait_is_told_to_no_partner(house: House) -> None:
    await house.lend(await house.case(1, partner=OTHER))
    mine = await house.lend(await house.case(2, partner=MINE))
    assert (mine["status"], mine["position"]) == ("waitlisted", 2)
    publisher = EmbeddedBus(lambda _: house.suite.service.settings.database_url).publisher("loaner")
    await Relay(house.suite.database, publisher).drain()
    await publisher.close()
    for partner, position in ((MINE, None), (None, 2)):
        role = "operator" if partner is None else "partner"
        loan = await house.ok(role, "GET", f"/loans/{mine['id']}", partner=partner)
        steps = (await house.ok(role, "GET", f"/loans/{mine['id']}/why", partner=partner))["steps"]
        events = (await house.ok(role, "GET", f"/events?subject={mine['id']}", partner=partner))["items"]
        assert [event["type"].split(".")[2] for event in events] == ["LoanRequested", "LoanWaitlisted"]
        assert (loan["position"], steps[1]["inputs"].get("position"), events[1]["data"]["position"]) == (position,) * 3


async def test_a_partner_sees_its_own_refusals_only(house: House) -> None:
    await house.unit()
    references = []
    for number, partner in ((1, MINE), (2, OTHER)):
        inquiry = await house.case(number, partner=partner, isolated=False)
        references.append((await house.wish(inquiry)).json()["reference"])
    mine, other = references
    assert (await house.ok("partner", "GET", f"/loan-refusals/{mine}", partner=MINE))["id"] == mine
    response = await house.call("partner", "GET", f"/loan-refusals/{other}", partner=MINE)
    assert (response.status_code, response.json()["code"]) == (404, "refusal_unknown")


async def test_a_forgotten_filter_shows_a_partner_nothing_of_others(house: House) -> None:
    mine, _ = await one_loan_each(house)
    context = Context(actor="partner-1", partner=MINE)
    async with house.suite.database.transaction(context) as tx:
        rows = await tx.connection.fetch("SELECT id FROM loan")
        steps = await tx.connection.fetch("SELECT DISTINCT loan_id FROM loan_step")
    assert [row["id"] for row in rows] == [mine]
    assert [row["loan_id"] for row in steps] == [mine]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM unit",
        "SELECT 1 FROM depot",
        "SELECT 1 FROM address",
        "SELECT 1 FROM entitlement",
        "SELECT 1 FROM support_case",
        "SELECT 1 FROM erasure",
        "UPDATE loan SET days = 1",
        "DELETE FROM loan",
    ],
)
async def test_the_partner_role_may_read_loans_and_nothing_else(house: House, statement: str) -> None:
    async with house.suite.database.transaction(Context(actor="partner-1", partner=MINE)) as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tx.savepoint():
                await tx.connection.execute(statement)


async def test_events_carry_the_partner(house: House) -> None:
    mine, other = await one_loan_each(house)
    partners = {event.subject: event.partner for event in await house.suite.published()}
    assert (partners[mine], partners[other]) == (MINE, OTHER)


async def test_a_contract_that_moves_to_another_partner_takes_its_loans_along(house: House) -> None:
    mine, other = await one_loan_each(house)
    await house.tell(entitlements(contract_id(1), version=2, partner=OTHER))
    response = await house.call("partner", "GET", f"/loans/{mine}", partner=MINE)
    assert response.status_code == 404
    listed = await house.ok("partner", "GET", "/loans", partner=OTHER)
    assert [item["id"] for item in listed["items"]] == [mine, other]
    assert (await house.ok("partner", "GET", f"/loans/{mine}/why", partner=OTHER))["steps"] != []


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        (None, "GET", "/loans", 401),
        ("analyst", "GET", "/loans", 403),
        ("analyst", "GET", "/waitlist", 403),
        ("analyst", "GET", "/units", 200),
        ("technician", "GET", "/loans/loan_x/label", 403),
        ("operator", "POST", "/depots", 403),
        ("operator", "POST", "/units", 403),
        ("operator", "POST", "/loans/loan_x/shipment", 422),
        ("operator", "POST", "/units/unit_x/erasures", 422),
        ("technician", "POST", "/loans/loan_x/shipment", 403),
        ("technician", "POST", "/loans/loan_x/delivery", 403),
        ("technician", "POST", "/loans/loan_x/return", 403),
        ("technician", "POST", "/loans/loan_x/inspection", 403),
        ("technician", "POST", "/units/unit_x/erasures", 403),
        ("technician", "GET", "/loans", 403),
        ("depot", "POST", "/loans", 403),
        ("depot", "POST", "/loans/loan_x/extension", 403),
        ("depot", "POST", "/loans/loan_x/cancellation", 403),
        ("operator", "GET", "/loans/loan_x", 404),
        ("depot", "GET", "/units/unit_x", 404),
    ],
)
async def test_roles_may_do_their_own_work_only(
    house: House, role: str | None, method: str, path: str, status: int
) -> None:
    async with house.suite.client(role) as client:
        response = await client.request(method, f"/api/loaner/v1{path}", json={} if method == "POST" else None)
    assert response.status_code == status


async def test_an_erased_person_is_forgotten_and_the_contracts_address_stays(house: House) -> None:
    await house.unit()
    loan = await house.lend(await house.case())
    await house.tell(SubscriberErased(actor="sup-abe", subscriber_id="sub_00000000000000000000000000000001"))
    assert (await house.loan(loan["id"]))["wished_by"] is None
    assert (await house.ok("depot", "GET", f"/loans/{loan['id']}/label"))["city"] == "新宿区"


async def test_an_address_is_corrected_and_an_older_wording_is_ignored(house: House) -> None:
    await house.unit()
    loan = await house.lend(await house.case())
    await house.tell(an_address(contract_id(1), street="見本町9-9-9"), sequence=5)
    await house.tell(an_address(contract_id(1), street="昔の町"), sequence=4)
    assert (await house.ok("depot", "GET", f"/loans/{loan['id']}/label"))["street"] == "見本町9-9-9"
