"""Applying, reviewing, rejecting, withdrawing, activating."""

from __future__ import annotations

from datetime import date

import pytest

from common.errors import Refusals
from common.events.contracts import ContractActivated, ContractApplied
from contracts.domain.application import Holder, activate, apply_for, reject, review, withdraw
from contracts.domain.contract import Status
from contracts.domain.entitlements import entitlements_of
from contracts.domain.refusals import (
    ConsentMissing,
    LineAlreadyContracted,
    NotInThisState,
    PlanNotOnSale,
    ServiceIdTaken,
)
from contracts.storage.catalogue_document import shipped_document
from contracts.testing import (
    MONDAY_MORNING,
    OPERATOR,
    a_consent,
    a_line,
    a_standard_application,
    an_active_contract,
    an_application,
    applied,
    consented,
    jst,
    the_catalogue,
)


def test_an_application_is_applied_and_told() -> None:
    change = apply_for(an_application(), the_catalogue(), holder=None, now=MONDAY_MORNING, by=OPERATOR)
    (fact,) = change.facts
    assert change.contract.status is Status.APPLIED
    assert isinstance(fact, ContractApplied)
    assert (fact.plan_code, fact.status, fact.start_on) == ("light-anshin-1", "applied", date(2026, 6, 1))


@pytest.mark.rule("R-ELIGIBLE-LINE")
def test_a_light_contract_holds_its_line_and_a_standard_contract_its_id() -> None:
    light = applied()
    standard = applied(a_standard_application(access_lines=(a_line(),)))
    assert (light.line_key, light.service_id) == ("CAF1234567890", None)
    assert (standard.line_key, standard.service_id) == (None, "AN-0001")


@pytest.mark.rule("R-ELIGIBLE-LINE")
def test_b_flets_waits_for_a_review_and_goes_on_after_it() -> None:
    waiting = applied(an_application(line=a_line(kind="b_flets")))
    assert waiting.status is Status.IN_REVIEW
    with pytest.raises(NotInThisState):
        activate(consented(waiting), the_catalogue(), now=MONDAY_MORNING, by=OPERATOR)
    reviewed = review(waiting, now=MONDAY_MORNING, by=OPERATOR).contract
    assert (reviewed.status, reviewed.reviewed_plan) == (Status.APPLIED, "light-anshin-1")


@pytest.mark.rule("R-SALE-WINDOW")
@pytest.mark.parametrize("code", ["light-1", "standard-4"])
def test_refuses_a_plan_closed_to_new_sale(code: str) -> None:
    with pytest.raises(PlanNotOnSale):
        applied(an_application(plan_code=code))


@pytest.mark.rule("R-SALE-WINDOW")
def test_no_contract_starts_before_its_plan_was_on_sale() -> None:
    with pytest.raises(PlanNotOnSale):
        applied(a_standard_application(start_on=date(2020, 9, 6)))


@pytest.mark.rule("R-ELIGIBLE-LINE")
def test_refuses_a_line_or_id_that_has_a_contract() -> None:
    holder = Holder(contract_id="ctr_0")
    with pytest.raises(LineAlreadyContracted):
        apply_for(an_application(), the_catalogue(), holder=holder, now=MONDAY_MORNING, by=OPERATOR)
    with pytest.raises(ServiceIdTaken):
        apply_for(a_standard_application(), the_catalogue(), holder=holder, now=MONDAY_MORNING, by=OPERATOR)


def test_names_every_rule_that_refuses_not_only_the_first() -> None:
    asked = an_application(plan_code="light-1", line=a_line(kind="flets_hikari_light"))
    with pytest.raises(Refusals) as refused:
        applied(asked)
    assert [reason.code for reason in refused.value.reasons] == ["plan_not_on_sale", "line_not_eligible"]


@pytest.mark.rule("R-CONSENT")
def test_activation_needs_the_accepted_service_terms() -> None:
    with pytest.raises(ConsentMissing) as refused:
        activate(applied(), the_catalogue(), now=MONDAY_MORNING, by=OPERATOR)
    assert refused.value.why["missing"] == ["service_terms"]


@pytest.mark.rule("R-CONSENT")
def test_activation_refuses_terms_accepted_in_too_old_a_version() -> None:
    contract = applied()
    old = an_active_contract(consents=(a_consent(version="2023-10"),), status=contract.status)
    with pytest.raises(ConsentMissing):
        activate(old, the_catalogue(), now=MONDAY_MORNING, by=OPERATOR)


@pytest.mark.rule("R-CONSENT")
def test_another_document_does_not_stand_in_for_the_terms() -> None:
    required = shipped_document()["required_consents"]
    required.append({"purpose": "activation", "document": "management_tool_licence", "version": "2024-04"})
    with pytest.raises(ConsentMissing) as refused:
        activate(consented(applied()), the_catalogue(required_consents=required), now=MONDAY_MORNING, by=OPERATOR)
    assert refused.value.why["missing"] == ["management_tool_licence"]


def test_activation_puts_the_contract_in_force_at_once() -> None:
    change = activate(consented(applied()), the_catalogue(), now=MONDAY_MORNING, by=OPERATOR)
    (fact,) = change.facts
    assert isinstance(fact, ContractActivated)
    assert fact.active_from == change.contract.active_from == MONDAY_MORNING
    assert [p.status for p in change.contract.statuses] == [Status.ACTIVE]


def test_a_start_in_the_future_is_when_it_comes_into_force() -> None:
    ready = consented(applied(an_application(start_on=date(2026, 7, 10))))
    contract = activate(ready, the_catalogue(), now=MONDAY_MORNING, by=OPERATOR).contract
    assert contract.active_from == jst(2026, 7, 10)
    assert [(p.status, p.ends) for p in contract.statuses] == [
        (Status.APPLIED, jst(2026, 7, 10)),
        (Status.ACTIVE, None),
    ]
    assert contract.open_month_ends_at == jst(2026, 8, 1)


def test_a_contract_is_activated_once() -> None:
    with pytest.raises(NotInThisState):
        activate(an_active_contract(), the_catalogue(), now=MONDAY_MORNING, by=OPERATOR)


@pytest.mark.parametrize("asked", [an_application(), an_application(line=a_line(kind="b_flets"))])
def test_an_application_can_be_rejected_or_withdrawn_until_it_is_in_force(asked: object) -> None:
    waiting = applied(asked)  # type: ignore[arg-type]
    rejected = reject(waiting, reason="no answer", now=MONDAY_MORNING, by=OPERATOR).contract
    withdrawn = withdraw(waiting, now=MONDAY_MORNING, by=OPERATOR).contract
    assert (rejected.status, withdrawn.status) == (Status.REJECTED, Status.WITHDRAWN)
    for contract in (rejected, withdrawn, an_active_contract()):
        with pytest.raises(NotInThisState):
            reject(contract, reason="again", now=MONDAY_MORNING, by=OPERATOR)
        with pytest.raises(NotInThisState):
            withdraw(contract, now=MONDAY_MORNING, by=OPERATOR)


def test_only_an_application_in_review_is_reviewed() -> None:
    with pytest.raises(NotInThisState):
        review(applied(), now=MONDAY_MORNING, by=OPERATOR)


def test_entitlements_tell_who_holds_what_since_when() -> None:
    state = entitlements_of(an_active_contract(an_application(partner="mihon")), actor=OPERATOR)
    (plan,) = state.plan_periods
    assert (state.partner, state.subscriber_id, state.contract_id) == ("mihon", "sub_1", "ctr_1")
    assert (plan.inquiry_limit, plan.seats, plan.isolation, plan.loan_kinds_limit) == (5, 3, 1, 5)
    assert [(b.opens, b.closes) for b in plan.support_hours] == [("09:00", "18:00")]
    assert [(b.opens, b.closes) for b in plan.visit_hours] == [("09:00", "17:00")]
    assert [c.document for c in state.consents] == ["service_terms"]
    assert state.address_periods[0].prefecture_code == "13"
