"""Who may borrow what: every rule alone, and all of them at once."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import Refusals
from loaner.domain.cases import CaseStatus
from loaner.domain.eligibility import OpenLoan, evidence_refusal, request_refusals, standing_refusals
from loaner.domain.refusals import one_refusal
from loaner.testing import NOW, a_case, a_catalogue, a_verdict, an_ask, entitled, some_facts


def codes(**over: Any) -> list[str]:
    ask = over.pop("ask", an_ask())
    return [error.code for error in request_refusals(ask, some_facts(**over))]


def missing(**over: Any) -> list[str]:
    (error,) = request_refusals(over.pop("ask", an_ask()), some_facts(**over))
    assert error.code == "loan_evidence_missing"
    found: list[str] = error.why["missing"]
    return found


def test_lends_a_router_for_a_failed_router() -> None:
    assert codes() == []


@pytest.mark.rule("R-LOAN-EVIDENCE")
def test_refuses_without_a_verdict() -> None:
    assert missing(case=a_case(verdict=None)) == ["verdict"]


@pytest.mark.rule("R-LOAN-EVIDENCE")
@pytest.mark.parametrize(
    "verdict",
    [
        {"cause": "line_fault"},
        {"cause": "misconfiguration"},
        {"cause": "no_fault_found", "failed_device_kind": None},
        {"result": "not_isolated_remotely", "cause": None},
        {"result": "not_isolated_on_site", "cause": "device_fault"},
    ],
    ids=str,
)
def test_refuses_when_the_verdict_names_no_device_fault(verdict: dict[str, Any]) -> None:
    assert missing(case=a_case(verdict=a_verdict(**verdict))) == ["device_fault"]


@pytest.mark.rule("R-LOAN-EVIDENCE")
@pytest.mark.parametrize("failed", ["hub", "mac", "printer", "smartphone", "other", None])
def test_refuses_a_kind_that_may_not_replace_the_failed_device(failed: str | None) -> None:
    verdict = a_verdict(failed_device_kind=failed)
    assert missing(case=a_case(verdict=verdict)) == ["failed_device_of_this_kind"]


@pytest.mark.rule("R-LOAN-EVIDENCE")
@pytest.mark.parametrize(
    ("failed", "kind"),
    [
        ("mac", "windows_pc"),
        ("ipad", "android_tablet"),
        ("windows_pc", "windows_pc"),
        ("hub", "hub"),
        ("fax_phone", "fax_phone"),
    ],
)
def test_the_catalogue_says_which_kind_replaces_which(failed: str, kind: str) -> None:
    assert codes(ask=an_ask(kind=kind), case=a_case(verdict=a_verdict(failed_device_kind=failed))) == []


@pytest.mark.rule("R-LOAN-EVIDENCE")
@pytest.mark.parametrize("wished_by", [None, "", "  "])
def test_refuses_without_the_customers_wish(wished_by: str | None) -> None:
    assert missing(ask=an_ask(wished_by=wished_by)) == ["wish"]


@pytest.mark.rule("R-LOAN-EVIDENCE")
@pytest.mark.parametrize(
    ("status", "reason"), [(CaseStatus.VOIDED, "valid_inquiry"), (CaseStatus.CLOSED, "open_inquiry")]
)
def test_refuses_a_new_loan_for_a_case_that_is_over(status: CaseStatus, reason: str) -> None:
    assert missing(case=a_case(status=status)) == [reason]


@pytest.mark.rule("R-LOAN-EVIDENCE")
def test_the_refusal_tells_what_was_known_and_until_when() -> None:
    (error,) = request_refusals(an_ask(), some_facts(case=a_case(verdict=a_verdict(cause="line_fault"))))
    assert error.why["cause"] == "line_fault"
    assert error.why["known_up_to"] == NOW
    assert error.retry_after == 1
    assert error.rule_ids == ("R-LOAN-EVIDENCE",)


@pytest.mark.rule("R-LOAN-KINDS")
@pytest.mark.parametrize("kind", ["printer", "mac", "smartphone", "SOHO_ROUTER", "laser"])
def test_refuses_a_kind_that_is_not_lent(kind: str) -> None:
    case = a_case(verdict=a_verdict(failed_device_kind=kind))
    assert codes(ask=an_ask(kind=kind), case=case) == ["loan_kind_not_lent"]


@pytest.mark.rule("R-LOAN-KINDS")
def test_refuses_a_second_router() -> None:
    open_loans = (OpenLoan(id="loan_9", kind="soho_router"), OpenLoan(id="loan_8", kind="hub"))
    (error,) = request_refusals(an_ask(), some_facts(open_loans=open_loans))
    assert error.code == "loan_kind_already_open"
    assert error.why["loan_id"] == "loan_9"


@pytest.mark.rule("R-LOAN-KINDS")
def test_lends_five_different_kinds_and_no_sixth() -> None:
    four = tuple(OpenLoan(id=kind, kind=kind) for kind in ("hub", "windows_pc", "android_tablet", "fax_phone"))
    assert codes(open_loans=four) == []
    five = (*four, OpenLoan(id="x", kind="something_newer"))
    (error,) = request_refusals(an_ask(), some_facts(open_loans=five))
    assert (error.code, error.why["limit"], error.why["used"]) == ("loan_kinds_exhausted", 5, 5)


@pytest.mark.rule("R-LOAN-TERM")
def test_refuses_to_lend_for_longer_than_the_catalogue_says() -> None:
    assert codes(ask=an_ask(days=15)) == ["loan_term_exceeded"]
    assert codes(ask=an_ask(days=14)) == []
    assert codes(ask=an_ask(days=8), catalogue=a_catalogue(days_max=7)) == ["loan_term_exceeded"]
    assert codes(ask=an_ask(days=None)) == []


@pytest.mark.rule("R-ADDRESS")
def test_refuses_a_loan_for_a_telework_site() -> None:
    assert codes(case=a_case(site="telework")) == ["fault_response_contract_address_only"]
    fault_elsewhere = a_case(verdict=a_verdict(site="telework"))
    assert codes(case=fault_elsewhere) == ["fault_response_contract_address_only"]


@pytest.mark.rule("R-ADDRESS")
def test_refuses_when_no_contract_address_is_in_force() -> None:
    assert codes(entitled=entitled(address_id=None)) == ["fault_response_contract_address_only"]


def test_refuses_a_plan_without_loaners_and_a_contract_that_is_not_active() -> None:
    assert codes(entitled=entitled(loan_in_plan=False, kinds_limit=0)) == ["feature_not_in_plan"]
    assert codes(entitled=entitled(status="suspended")) == ["contract_not_active"]
    none_in_force = entitled(status="terminated", loan_in_plan=None, kinds_limit=0)
    assert codes(entitled=none_in_force) == ["contract_not_active"]


@pytest.mark.rule("R-LOAN-EVIDENCE", "R-LOAN-KINDS", "R-LOAN-TERM", "R-ADDRESS")
def test_names_every_failing_rule_at_once() -> None:
    errors = request_refusals(
        an_ask(days=20, wished_by=None),
        some_facts(
            case=a_case(site="telework", verdict=None),
            entitled=entitled(status="suspended", loan_in_plan=False),
            open_loans=(OpenLoan(id="loan_9", kind="soho_router"),),
        ),
    )
    assert [error.code for error in errors] == [
        "contract_not_active",
        "feature_not_in_plan",
        "loan_evidence_missing",
        "loan_kind_already_open",
        "fault_response_contract_address_only",
        "loan_term_exceeded",
    ]
    together = one_refusal(errors)
    assert isinstance(together, Refusals)
    assert set(together.rule_ids) == {"R-LOAN-EVIDENCE", "R-LOAN-KINDS", "R-LOAN-TERM", "R-ADDRESS"}


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
def test_a_granted_loan_stands_when_its_inquiry_is_closed_but_not_when_its_verdict_falls() -> None:
    assert standing_refusals("soho_router", some_facts(case=a_case(status=CaseStatus.CLOSED))) == []
    superseded = some_facts(case=a_case(verdict=a_verdict(cause="misconfiguration")))
    assert [error.code for error in standing_refusals("soho_router", superseded)] == ["loan_evidence_missing"]
    assert evidence_refusal("soho_router", superseded) is not None
    voided = some_facts(case=a_case(status=CaseStatus.VOIDED))
    assert evidence_refusal("soho_router", voided) is not None


@pytest.mark.rule("R-ADDRESS")
def test_an_unshipped_loan_is_judged_again_after_a_move() -> None:
    moved_away = some_facts(entitled=entitled(address_id=None))
    assert [error.code for error in standing_refusals("soho_router", moved_away)] == [
        "fault_response_contract_address_only"
    ]
