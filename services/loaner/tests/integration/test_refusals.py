"""Every wish that is refused: its code, its rules, its inputs, and that nothing was changed."""

from __future__ import annotations

from typing import Any

import pytest

from common.events.contracts import PlanPeriod, StatusPeriod
from common.events.helpdesk import FaultNotIsolated, InquiryClosed, InquiryVoided
from common.events.loaner import LoanRefused, LoanRequested
from common.testing import running
from loaner.app import create_app
from loaner.settings import LoanerSettings
from loaner.testing import NOW, House, entitlements, fault_isolated, inquiry_accepted
from loaner.testing.builders import LONG_AGO
from loaner.testing.house import contract_id, inquiry_id


async def refused_loan(house: House, inquiry: str, kind: str = "soho_router", **over: Any) -> dict[str, Any]:
    """A refused wish: recorded under an id of its own, told to the world, and without any effect."""
    loans_before = await house.ok("operator", "GET", "/loans?limit=100")
    units_before = await house.ok("depot", "GET", "/units?limit=100")
    response = await house.wish(inquiry, kind, **over)
    assert response.status_code == 409, response.text
    problem: dict[str, Any] = response.json()
    assert await house.ok("operator", "GET", "/loans?limit=100") == loans_before
    assert await house.ok("depot", "GET", "/units?limit=100") == units_before
    told = (await house.told(LoanRefused))[-1]
    assert told.subject == problem["reference"] == told.data.refusal_id
    assert list(told.data.codes) == [reason["code"] for reason in problem["reasons"]]
    assert list(told.data.rule_ids) == problem["rule_ids"]
    assert told.key == inquiry
    kept = await house.ok("operator", "GET", f"/loan-refusals/{problem['reference']}")
    assert [reason["code"] for reason in kept["reasons"]] == list(told.data.codes)
    return problem


@pytest.mark.rule("R-LOAN-EVIDENCE")
async def test_refuses_a_loan_without_a_verdict(house: House) -> None:
    await house.unit()
    inquiry = await house.case(isolated=False)
    problem = await refused_loan(house, inquiry)
    assert (problem["code"], problem["rule_ids"]) == ("loan_evidence_missing", ["R-LOAN-EVIDENCE"])
    assert problem["why"]["missing"] == ["verdict"]
    assert problem["why"]["known_up_to"] == NOW.isoformat()


async def test_a_refusal_that_rests_on_a_projection_says_until_when_it_knows_and_that_waiting_may_help(
    house: House,
) -> None:
    suspended = (StatusPeriod(from_=LONG_AGO, status="suspended"),)
    cases = [await house.case(1, isolated=False), await house.case(2, site="telework"), await house.case(3)]
    await house.tell(entitlements(contract_id(3), version=2, status_periods=suspended))
    for inquiry in cases:
        response = await house.wish(inquiry)
        assert (response.status_code, response.headers["retry-after"]) == (409, "1")
        assert response.json()["why"]["known_up_to"] == NOW.isoformat()
    await house.lend(await house.case(4))
    final = await house.wish(inquiry_id(4))
    assert (final.status_code, "retry-after" in final.headers) == (409, False)


@pytest.mark.rule("R-LOAN-EVIDENCE")
@pytest.mark.parametrize(
    ("verdict", "missing"),
    [
        ({"cause": "line_fault", "failed_device_kind": None}, "device_fault"),
        ({"cause": "misconfiguration"}, "device_fault"),
        ({"failed_device_kind": "hub"}, "failed_device_of_this_kind"),
        ({"failed_device_kind": "printer"}, "failed_device_of_this_kind"),
    ],
)
async def test_refuses_a_loan_whose_verdict_does_not_carry_it(
    house: House, verdict: dict[str, Any], missing: str
) -> None:
    inquiry = await house.case(isolated=False)
    await house.tell(fault_isolated(inquiry, contract_id(1), **verdict))
    assert (await refused_loan(house, inquiry))["why"]["missing"] == [missing]


@pytest.mark.rule("R-LOAN-EVIDENCE")
async def test_the_latest_verdict_counts(house: House) -> None:
    inquiry = await house.case()
    not_found = FaultNotIsolated(
        actor="op-sato",
        inquiry_id=inquiry,
        contract_id=contract_id(1),
        verdict_id="vdt_2",
        result="not_isolated_remotely",
        origin="remote",
        site="contract_address",
    )
    await house.tell(not_found)
    assert (await refused_loan(house, inquiry))["why"]["result"] == "not_isolated_remotely"
    await house.tell(fault_isolated(inquiry, contract_id(1), verdict_id="vdt_3", origin="visit"))
    assert (await house.wish(inquiry)).status_code == 201


@pytest.mark.rule("R-LOAN-EVIDENCE")
async def test_refuses_a_loan_that_the_customer_does_not_wish(house: House) -> None:
    problem = await refused_loan(house, await house.case(), wished_by=None)
    assert problem["why"]["missing"] == ["wish"]


@pytest.mark.rule("R-LOAN-EVIDENCE")
@pytest.mark.parametrize("over", ["voided", "closed"])
async def test_refuses_a_loan_on_an_inquiry_that_is_over(house: House, over: str) -> None:
    inquiry = await house.case()
    names: dict[str, Any] = {"actor": "op-sato", "inquiry_id": inquiry, "contract_id": contract_id(1)}
    if over == "voided":
        await house.tell(InquiryVoided(**names, reason="wrong number", fee_month="2026-06"))
    else:
        await house.tell(InquiryClosed(**names))
    assert (await refused_loan(house, inquiry))["why"]["inquiry_status"] == over


@pytest.mark.rule("R-LOAN-KINDS")
async def test_refuses_a_second_router(house: House) -> None:
    await house.unit()
    await house.unit()
    first = await house.lend(await house.case(1, contract=1))
    problem = await refused_loan(house, await house.case(2, contract=1))
    assert (problem["code"], problem["rule_ids"]) == ("loan_kind_already_open", ["R-LOAN-KINDS"])
    assert (problem["why"]["loan_id"], problem["why"]["limit"]) == (first["id"], 1)


@pytest.mark.rule("R-LOAN-KINDS")
async def test_lends_another_kind_and_the_same_kind_again_after_the_return(house: House) -> None:
    await house.unit()
    await house.unit("hub")
    router = await house.out(await house.case(1, contract=1))
    assert (await house.wish(await house.case(2, contract=1, failed="hub"), "hub")).status_code == 201
    await house.take_back(router["id"])
    assert (await house.wish(await house.case(3, contract=1))).status_code == 201


@pytest.mark.rule("R-LOAN-KINDS")
@pytest.mark.parametrize("kind", ["printer", "mac", "smartphone", "何か"])
async def test_refuses_a_kind_that_is_not_lent(house: House, kind: str) -> None:
    problem = await refused_loan(house, await house.case(failed=kind), kind)
    assert (problem["code"], problem["rule_ids"]) == ("loan_kind_not_lent", ["R-LOAN-KINDS"])
    assert problem["why"]["kind"] == kind
    assert "soho_router" in problem["why"]["lent"]


@pytest.mark.rule("R-LOAN-TERM")
async def test_refuses_to_lend_for_fifteen_days(house: House) -> None:
    problem = await refused_loan(house, await house.case(), days=15)
    assert (problem["code"], problem["rule_ids"]) == ("loan_term_exceeded", ["R-LOAN-TERM"])
    assert problem["why"] == {"days": 15, "days_max": 14}


@pytest.mark.rule("R-ADDRESS")
async def test_refuses_a_loan_for_a_telework_site(house: House) -> None:
    problem = await refused_loan(house, await house.case(site="telework"))
    assert (problem["code"], problem["rule_ids"]) == ("fault_response_contract_address_only", ["R-ADDRESS"])
    assert problem["why"]["site"] == "telework"


@pytest.mark.rule("R-LOAN-EVIDENCE")
async def test_refuses_a_plan_without_loaners_and_a_contract_that_is_not_active(house: House) -> None:
    legacy = PlanPeriod(from_=LONG_AGO, code="light-plan-1", family="light", closed_plan=True)
    inquiry = await house.case()
    await house.tell(entitlements(contract_id(1), version=2, plan_periods=(legacy,)))
    problem = await refused_loan(house, inquiry)
    assert (problem["code"], problem["why"]["plan"]) == ("feature_not_in_plan", "light-plan-1")
    suspended = (StatusPeriod(from_=LONG_AGO, status="suspended"),)
    await house.tell(entitlements(contract_id(1), version=3, status_periods=suspended))
    problem = await refused_loan(house, inquiry)
    assert (problem["code"], problem["why"]["status"]) == ("contract_not_active", "suspended")


@pytest.mark.rule("R-LOAN-EVIDENCE", "R-LOAN-KINDS", "R-LOAN-TERM", "R-ADDRESS")
async def test_names_all_failing_rules_at_once_in_the_callers_language(house: House) -> None:
    await house.lend(await house.case(1, contract=1))
    inquiry = await house.case(2, contract=1, site="telework", isolated=False)
    problem = await refused_loan(house, inquiry, days=20)
    assert [reason["code"] for reason in problem["reasons"]] == [
        "loan_evidence_missing",
        "loan_kind_already_open",
        "fault_response_contract_address_only",
        "loan_term_exceeded",
    ]
    assert set(problem["rule_ids"]) == {"R-LOAN-EVIDENCE", "R-LOAN-KINDS", "R-LOAN-TERM", "R-ADDRESS"}
    body = {"inquiry_id": inquiry, "kind": "soho_router"}
    japanese = await house.call("operator", "POST", "/loans", body, accept_language="ja")
    assert "代替機" in japanese.json()["title"]


async def test_an_inquiry_that_was_not_heard_of_is_unknown_for_now(house: House) -> None:
    response = await house.wish(inquiry_id(99))
    assert (response.status_code, response.json()["code"]) == (404, "inquiry_unknown")
    assert response.headers["retry-after"] == "1"
    await house.tell(inquiry_accepted(inquiry_id(7), contract_id(7)))
    response = await house.wish(inquiry_id(7))
    assert (response.status_code, response.json()["code"]) == (404, "contract_unknown")
    assert response.headers["retry-after"] == "1"
    assert await house.told(LoanRefused) == []


async def test_the_same_idempotency_key_lends_once(house: House) -> None:
    await house.unit()
    body = {"inquiry_id": await house.case(), "kind": "soho_router", "wished_by": "見本 花子"}
    first = await house.call("operator", "POST", "/loans", body, idempotency_key="k-1")
    second = await house.call("operator", "POST", "/loans", body, idempotency_key="k-1")
    assert (first.json(), second.headers["idempotent-replayed"]) == (second.json(), "true")
    assert len(await house.told(LoanRequested)) == 1


async def test_nothing_is_lent_before_the_catalogue_is_known(service_url: Any) -> None:
    async with running(create_app, LoanerSettings, url=service_url("loaner"), at=NOW) as suite:
        house = House(suite)
        response = await house.wish(await house.case())
        assert (response.status_code, response.json()["code"]) == (503, "catalogue_unknown")
        assert response.headers["retry-after"] == "1"
        await house.open()
        assert (await house.wish(inquiry_id(1))).status_code == 201


async def test_without_any_depot_nothing_is_lent(house: House) -> None:
    async with house.suite.transaction() as tx:
        await tx.connection.execute("DELETE FROM depot")
    response = await house.wish(await house.case())
    assert (response.status_code, response.json()["code"]) == (409, "no_depot")
