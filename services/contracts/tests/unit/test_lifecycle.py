"""Suspending, resuming, ending."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from common.entitlements import standing
from common.events.contracts import (
    ContractTerminated,
    ContractTerminationCancelled,
    ContractTerminationScheduled,
    OptionEnded,
    PlanChangeCancelled,
)
from contracts.domain.change_refusals import ContractNotEnding, LineMissing
from contracts.domain.contract import Contract, PlanChangeStatus, Status
from contracts.domain.contract_file import add_site
from contracts.domain.entitlements import entitlements_of
from contracts.domain.lifecycle import end, resume, suspend, take_back_termination, terminate
from contracts.domain.line_changes import cancel_line
from contracts.domain.options import end_option
from contracts.domain.plan_changes import PlanWish, schedule
from contracts.domain.refusals import ContractEnding, NotInThisState
from contracts.testing import (
    MONDAY_MORNING,
    OPERATOR,
    a_standard_application,
    an_active_contract,
    an_application,
    applied,
    jst,
    take,
    the_catalogue,
)


def statuses(contract: Contract, *days: int) -> list[str | None]:
    state = entitlements_of(contract, actor=OPERATOR)
    return [standing(state, jst(2026, 6, day, 12)).status for day in days]


def test_suspension_and_resumption_hold_from_their_instant_on() -> None:
    suspended = suspend(an_active_contract(), reason="unpaid", now=jst(2026, 6, 5), by=OPERATOR).contract
    resumed = resume(suspended, now=jst(2026, 6, 9), by=OPERATOR).contract
    assert statuses(resumed, 1, 5, 8, 9) == ["active", "suspended", "suspended", "active"]


def test_suspended_and_resumed_at_one_instant_leaves_no_trace_of_length_zero() -> None:
    contract = suspend(an_active_contract(), reason="unpaid", now=MONDAY_MORNING, by=OPERATOR).contract
    contract = resume(contract, now=MONDAY_MORNING, by=OPERATOR).contract
    assert [(p.status, p.starts, p.ends) for p in contract.statuses] == [(Status.ACTIVE, MONDAY_MORNING, None)]


def test_only_an_active_contract_is_suspended_and_only_a_suspended_one_resumed() -> None:
    with pytest.raises(NotInThisState):
        suspend(applied(), reason="unpaid", now=MONDAY_MORNING, by=OPERATOR)
    with pytest.raises(NotInThisState):
        resume(an_active_contract(), now=MONDAY_MORNING, by=OPERATOR)


@pytest.mark.rule("R-FEE-MONTH")
def test_a_contract_ends_with_its_fee_month() -> None:
    contract = an_active_contract(an_application(fee_month_start_day=21))
    ending = terminate(contract, reason="moves", now=jst(2026, 6, 5), by=OPERATOR).contract
    assert ending.ends_at == jst(2026, 6, 21)
    assert statuses(ending, 20, 21) == ["active", "terminated"]
    assert ending.state(jst(2026, 6, 20, 23)) is Status.ACTIVE
    assert ending.state(jst(2026, 6, 21)) is Status.TERMINATED


def test_a_suspension_before_the_end_does_not_move_the_end() -> None:
    ending = terminate(an_active_contract(), reason="moves", now=jst(2026, 6, 5), by=OPERATOR).contract
    contract = suspend(ending, reason="unpaid", now=jst(2026, 6, 8), by=OPERATOR).contract
    assert [p.status for p in contract.statuses] == [Status.ACTIVE, Status.SUSPENDED, Status.TERMINATED]
    assert contract.statuses[1].ends == ending.ends_at


def test_options_sites_and_scheduled_changes_end_with_the_contract() -> None:
    contract = an_active_contract(a_standard_application())
    contract = add_site(contract, site_id="site_1", label="home", now=MONDAY_MORNING, by=OPERATOR).contract
    contract = take(contract, "standard-hours-extension").contract
    contract = take(contract, "standard-extra-inquiries", date(2026, 7, 1)).contract
    wish = PlanWish(change_id="pch_1", to_plan="standard-anshin-2", service_id="")
    contract = schedule(contract, wish, the_catalogue(), now=MONDAY_MORNING, by=OPERATOR).contract
    change = terminate(contract, reason="moves", now=MONDAY_MORNING, by=OPERATOR)
    ends = jst(2026, 7, 1)
    assert [o.ends for o in change.contract.options] == [ends]
    assert [s.ends for s in change.contract.sites] == [ends]
    assert [(p.terms.code, p.ends) for p in change.contract.plans] == [("standard-anshin-1", ends)]
    assert change.contract.scheduled_change is None
    assert [type(fact) for fact in change.facts] == [
        ContractTerminationScheduled, PlanChangeCancelled, OptionEnded,
    ]  # fmt: skip


def test_an_end_is_fixed_once_and_told_when_it_comes() -> None:
    ending = terminate(an_active_contract(), reason="moves", now=MONDAY_MORNING, by=OPERATOR).contract
    with pytest.raises(ContractEnding):
        terminate(ending, reason="moves", now=MONDAY_MORNING, by=OPERATOR)
    with pytest.raises(NotInThisState):
        terminate(ending, reason="moves", now=jst(2026, 7, 1), by=OPERATOR)
    ended = end(ending, by=OPERATOR)
    assert ended.contract.status is Status.TERMINATED
    assert [type(fact) for fact in ended.facts] == [ContractTerminated]
    with pytest.raises(ContractEnding):
        end(an_active_contract(), by=OPERATOR)


def test_an_application_is_withdrawn_not_terminated() -> None:
    with pytest.raises(NotInThisState):
        terminate(applied(), reason="moves", now=MONDAY_MORNING, by=OPERATOR)


@pytest.mark.rule("R-FEE-MONTH")
def test_an_end_that_is_taken_back_leaves_what_ran_and_not_what_was_called_off() -> None:
    contract = an_active_contract(a_standard_application())
    contract = add_site(contract, site_id="site_1", label="home", now=MONDAY_MORNING, by=OPERATOR).contract
    contract = take(contract, "standard-hours-extension").contract
    before = take(contract, "standard-extra-inquiries", date(2026, 6, 2)).contract
    wish = PlanWish(change_id="pch_1", to_plan="standard-anshin-2", service_id="")
    changing = schedule(before, wish, the_catalogue(), now=MONDAY_MORNING, by=OPERATOR).contract
    ending = terminate(changing, reason="moves", now=MONDAY_MORNING, by=OPERATOR).contract
    change = take_back_termination(ending, reason="stays", now=jst(2026, 6, 30, 23), by=OPERATOR)
    assert [type(fact) for fact in change.facts] == [ContractTerminationCancelled]
    cancelled = replace(changing.plan_changes[0], status=PlanChangeStatus.CANCELLED)
    assert change.contract == replace(before, plan_changes=(cancelled,))


@pytest.mark.rule("R-FEE-MONTH", "R-ELIGIBLE-LINE")
def test_only_an_end_that_has_not_come_is_taken_back_and_only_with_a_line() -> None:
    contract = an_active_contract()
    with pytest.raises(ContractNotEnding):
        take_back_termination(contract, reason="stays", now=MONDAY_MORNING, by=OPERATOR)
    ending = terminate(contract, reason="moves", now=MONDAY_MORNING, by=OPERATOR).contract
    with pytest.raises(NotInThisState):
        take_back_termination(ending, reason="stays", now=jst(2026, 7, 1), by=OPERATOR)
    gone = cancel_line(ending, the_catalogue(), reason="gone", now=MONDAY_MORNING, by=OPERATOR).contract
    with pytest.raises(LineMissing):
        take_back_termination(gone, reason="stays", now=MONDAY_MORNING, by=OPERATOR)


def test_an_option_that_would_have_ended_by_itself_still_does() -> None:
    taken = take(an_active_contract(), "light-hours-extension").contract
    option = taken.options[0].id
    last = end_option(taken, option, end_on=date(2026, 7, 10), now=MONDAY_MORNING, by=OPERATOR).contract
    ending = terminate(last, reason="moves", now=MONDAY_MORNING, by=OPERATOR).contract
    assert ending.options[0].ends == jst(2026, 7, 1)
    going_on = take_back_termination(ending, reason="stays", now=MONDAY_MORNING, by=OPERATOR).contract
    assert going_on.options[0].ends == jst(2026, 7, 11)
