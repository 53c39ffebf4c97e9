"""R-ELIGIBLE-LINE through a contract's life: another line, or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from common.errors import DomainError
from common.events.contracts import ContractResumed, ContractSuspended, LineCancelled, LineChanged
from contracts.domain.application import Holder
from contracts.domain.change import Change
from contracts.domain.change_refusals import LineChangeUnknown, LineMissing, LineUnchanged
from contracts.domain.contract import Contract, Status
from contracts.domain.lifecycle import resume, terminate
from contracts.domain.line_changes import LineWish, cancel_line, change_line, give_up_parked
from contracts.domain.refusals import (
    LineAlreadyContracted,
    LineNotEligible,
    LineNotIdentified,
    LineReviewNeeded,
    NotInThisState,
)
from contracts.testing import (
    MONDAY_MORNING,
    OPERATOR,
    a_line,
    a_standard_application,
    an_active_contract,
    applied,
    jst,
    the_catalogue,
)

NEW = a_line(number="CAF2222222222")


def changed(contract: Contract, *, holder: Holder | None = None, now: datetime = MONDAY_MORNING, **over: Any) -> Change:
    wish = LineWish(**{"change": "relocation", "line": NEW, **over})
    return change_line(contract, wish, the_catalogue(), holder=holder, reason="moved", now=now, by=OPERATOR)


def cancelled(contract: Contract, *, days: int = 60, now: datetime = MONDAY_MORNING) -> Change:
    book = the_catalogue()
    book = replace(book, settings={**book.settings, "line_cancellation_park_days": days})
    return cancel_line(contract, book, reason="shop closed", now=now, by=OPERATOR)


def test_a_light_contract_goes_on_on_another_line() -> None:
    contract = an_active_contract()
    change = changed(contract)
    assert (change.contract.line, change.contract.line_key) == (NEW, "CAF2222222222")
    assert [type(fact) for fact in change.facts] == [LineChanged]
    assert change.contract.plans == contract.plans
    assert change.details == {"change": "relocation", "reason": "moved"}


def test_a_standard_contract_has_other_access_lines_and_keeps_its_id() -> None:
    contract = an_active_contract(a_standard_application())
    change = changed(contract, line=None, access_lines=(NEW,))
    assert (change.contract.access_lines, change.contract.line_key) == ((NEW,), None)
    assert change.contract.service_id == contract.service_id


@pytest.mark.rule("R-ELIGIBLE-LINE")
@pytest.mark.parametrize(
    ("over", "refusal"),
    [
        ({"line": a_line(kind="flets_hikari_light")}, LineNotEligible),
        ({"line": a_line(kind="telex")}, LineNotEligible),
        ({"line": a_line(number=None)}, LineNotIdentified),
        ({"line": None}, LineNotIdentified),
        ({"line": a_line()}, LineUnchanged),
        ({"line": a_line(kind="b_flets", number="B1")}, LineReviewNeeded),
        ({"change": "whim"}, LineChangeUnknown),
        ({"holder": Holder(contract_id="ctr_2")}, LineAlreadyContracted),
    ],
)
def test_refuses_a_line_that_could_not_have_been_applied_for(over: Any, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal) as refused:
        changed(an_active_contract(), **over)
    assert refused.value.rule_ids == ("R-ELIGIBLE-LINE",)


@pytest.mark.rule("R-ELIGIBLE-LINE")
def test_a_line_that_a_person_found_fit_is_taken() -> None:
    reviewed = changed(an_active_contract(), line=a_line(kind="b_flets", number="B1"), reviewed=True)
    assert reviewed.contract.reviewed_plan == "light-anshin-1"


def test_refuses_a_line_change_of_what_is_not_in_force() -> None:
    with pytest.raises(NotInThisState):
        changed(applied())


@pytest.mark.rule("R-ELIGIBLE-LINE")
def test_a_cancelled_line_parks_the_contract_and_is_free_for_others() -> None:
    change = cancelled(an_active_contract())
    parked = change.contract
    assert (parked.status, parked.line, parked.line_key) == (Status.SUSPENDED, None, None)
    assert parked.parked_until == jst(2026, 7, 31)
    assert [type(fact) for fact in change.facts] == [LineCancelled, ContractSuspended]
    with pytest.raises(LineMissing):
        resume(parked, now=jst(2026, 6, 2), by=OPERATOR)
    with pytest.raises(LineMissing):
        cancelled(parked, now=jst(2026, 6, 2))


def test_another_line_lets_a_parked_contract_go_on() -> None:
    change = changed(cancelled(an_active_contract()).contract, now=jst(2026, 6, 20))
    assert (change.contract.status, change.contract.parked_until) == (Status.ACTIVE, None)
    assert [type(fact) for fact in change.facts] == [LineChanged, ContractResumed]
    assert [(p.status.value, p.ends) for p in change.contract.statuses][-1] == ("active", None)


def test_a_parked_contract_without_another_line_ends_with_the_month_of_its_last_day() -> None:
    given_up = give_up_parked(cancelled(an_active_contract()).contract, by=OPERATOR).contract
    assert (given_up.ends_at, given_up.parked_until) == (jst(2026, 8, 1), None)


@pytest.mark.rule("R-ELIGIBLE-LINE")
def test_with_no_days_to_wait_the_contract_ends_with_its_fee_month() -> None:
    change = cancelled(an_active_contract(), days=0)
    assert (change.contract.ends_at, change.contract.parked_until) == (jst(2026, 7, 1), None)
    assert [type(fact).__name__ for fact in change.facts] == ["LineCancelled", "ContractTerminationScheduled"]


def test_the_line_of_a_contract_that_ends_anyway_is_only_let_go() -> None:
    ending = terminate(an_active_contract(), reason="closes", now=MONDAY_MORNING, by=OPERATOR).contract
    change = cancelled(ending)
    assert (change.contract.ends_at, change.contract.line_key) == (ending.ends_at, None)
    assert [type(fact) for fact in change.facts] == [LineCancelled]


def test_refuses_to_cancel_a_line_that_a_standard_contract_is_not_bound_to() -> None:
    with pytest.raises(LineMissing):
        cancelled(an_active_contract(a_standard_application()))
