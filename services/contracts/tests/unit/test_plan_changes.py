"""R-PLAN-CHANGE, and what a change means for lines, options, sites and devices."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from common.entitlements import standing
from common.events.contracts import PlanChangeCancelled, PlanChanged, PlanChangeScheduled
from contracts.domain.change import Change
from contracts.domain.contract import Contract, PlanChangeStatus
from contracts.domain.contract_file import add_site
from contracts.domain.entitlements import entitlements_of
from contracts.domain.lifecycle import suspend, terminate
from contracts.domain.plan_changes import PlanWish, cancel, devices_to_unenrol, schedule, take_effect
from contracts.domain.refusals import (
    ContractEnding,
    ContractNotActive,
    LineNotIdentified,
    LineReviewNeeded,
    OptionNotForPlan,
    PlanChangeAlreadyScheduled,
    PlanChangeInForce,
    PlanNotOnSale,
    PlanUnchanged,
)
from contracts.domain.unknown import (
    PlanChangeUnknown,
)
from contracts.testing import (
    MONDAY_MORNING,
    OPERATOR,
    a_line,
    a_standard_application,
    an_active_contract,
    an_application,
    jst,
    take,
    the_catalogue,
)

CATALOGUE = the_catalogue()


def wish(to_plan: str, **over: Any) -> PlanWish:
    return PlanWish(**{"change_id": "pch_1", "to_plan": to_plan, "service_id": "AN-0002", **over})


def scheduled(contract: Contract, to_plan: str, **over: Any) -> Change:
    return schedule(contract, wish(to_plan, **over), CATALOGUE, now=MONDAY_MORNING, by=OPERATOR)


@pytest.mark.rule("R-PLAN-CHANGE")
def test_a_change_takes_effect_on_the_first_day_of_the_next_fee_month() -> None:
    change = scheduled(an_active_contract(), "light-anshin-2")
    state = entitlements_of(change.contract, actor=OPERATOR)
    limits = [standing(state, at).inquiry_limit for at in (jst(2026, 6, 30, 23, 59), jst(2026, 7, 1))]
    assert limits == [5, 10]
    assert [type(fact) for fact in change.facts] == [PlanChangeScheduled]


@pytest.mark.rule("R-PLAN-CHANGE", "R-FEE-MONTH")
def test_the_next_fee_month_is_the_contracts_own() -> None:
    contract = an_active_contract(an_application(fee_month_start_day=21))
    assert scheduled(contract, "light-anshin-2").contract.plans[1].starts == jst(2026, 6, 21)


@pytest.mark.rule("R-PLAN-CHANGE")
def test_a_change_can_be_taken_back_until_its_first_day() -> None:
    change = scheduled(an_active_contract(), "light-anshin-2").contract
    back = cancel(change, "pch_1", now=jst(2026, 6, 30, 23), by=OPERATOR)
    assert [(p.terms.code, p.ends) for p in back.contract.plans] == [("light-anshin-1", None)]
    assert [type(fact) for fact in back.facts] == [PlanChangeCancelled]
    with pytest.raises(PlanChangeInForce):
        cancel(change, "pch_1", now=jst(2026, 7, 1), by=OPERATOR)
    with pytest.raises(PlanChangeInForce):
        cancel(back.contract, "pch_1", now=MONDAY_MORNING, by=OPERATOR)
    with pytest.raises(PlanChangeUnknown):
        cancel(change, "pch_9", now=MONDAY_MORNING, by=OPERATOR)


@pytest.mark.rule("R-PLAN-CHANGE")
def test_what_has_come_is_told_once() -> None:
    contract = scheduled(an_active_contract(), "light-anshin-2").contract
    with pytest.raises(PlanChangeUnknown):
        take_effect(contract, now=jst(2026, 6, 30, 23, 59), by=OPERATOR)
    done = take_effect(contract, now=jst(2026, 7, 1), by=OPERATOR)
    assert [type(fact) for fact in done.facts] == [PlanChanged]
    assert done.contract.plan_changes[0].status is PlanChangeStatus.EFFECTIVE
    with pytest.raises(PlanChangeUnknown):
        take_effect(done.contract, now=jst(2026, 7, 1), by=OPERATOR)


def test_one_change_at_a_time_and_never_to_the_same_plan() -> None:
    contract = scheduled(an_active_contract(), "light-anshin-2").contract
    with pytest.raises(PlanChangeAlreadyScheduled):
        scheduled(contract, "light-anshin-2", change_id="pch_2")
    with pytest.raises(PlanUnchanged):
        scheduled(an_active_contract(), "light-anshin-1")


@pytest.mark.rule("R-SALE-WINDOW")
def test_refuses_a_change_to_a_closed_plan() -> None:
    with pytest.raises(PlanNotOnSale):
        scheduled(an_active_contract(), "light-1")


def test_refuses_a_change_on_a_contract_that_is_suspended_or_ends_before() -> None:
    active = an_active_contract()
    suspended = suspend(active, reason="unpaid", now=MONDAY_MORNING, by=OPERATOR).contract
    ending = terminate(active, reason="moves", now=MONDAY_MORNING, by=OPERATOR).contract
    with pytest.raises(ContractNotActive):
        scheduled(suspended, "light-anshin-2")
    with pytest.raises(ContractEnding):
        scheduled(ending, "light-anshin-2")


@pytest.mark.rule("R-ELIGIBLE-LINE")
def test_a_reviewed_line_is_reviewed_again_for_another_plan() -> None:
    line = a_line(kind="b_flets")
    contract = an_active_contract(line=line, reviewed_plan="light-anshin-1")
    with pytest.raises(LineReviewNeeded):
        scheduled(contract, "light-anshin-2")
    assert scheduled(contract, "light-anshin-2", line_reviewed=True).contract.reviewed_plan == "light-anshin-2"


@pytest.mark.rule("R-ELIGIBLE-LINE")
def test_from_light_to_standard_the_line_is_held_until_the_change_and_the_id_at_once() -> None:
    waiting = scheduled(an_active_contract(), "standard-anshin-1").contract
    assert (waiting.line_key, waiting.service_id) == ("CAF1234567890", "AN-0002")
    changed = take_effect(waiting, now=jst(2026, 7, 1), by=OPERATOR).contract
    assert (changed.line_key, changed.line, changed.service_id) == (None, None, "AN-0002")
    assert changed.access_lines == (a_line(),)
    back = cancel(waiting, "pch_1", now=MONDAY_MORNING, by=OPERATOR).contract
    assert (back.line_key, back.service_id) == ("CAF1234567890", None)


@pytest.mark.rule("R-ELIGIBLE-LINE")
def test_from_standard_to_light_a_line_is_named_and_held_at_once() -> None:
    contract = an_active_contract(a_standard_application())
    with pytest.raises(LineNotIdentified):
        scheduled(contract, "light-anshin-1")
    waiting = scheduled(contract, "light-anshin-1", line=a_line()).contract
    assert (waiting.line_key, waiting.service_id) == ("CAF1234567890", "AN-0001")
    changed = take_effect(waiting, now=jst(2026, 7, 1), by=OPERATOR).contract
    assert (changed.line_key, changed.service_id) == ("CAF1234567890", None)
    back = cancel(waiting, "pch_1", now=MONDAY_MORNING, by=OPERATOR).contract
    assert (back.line, back.line_key, back.service_id) == (None, None, "AN-0001")


@pytest.mark.rule("R-TELEWORK")
def test_telework_sites_end_with_the_standard_plan() -> None:
    contract = an_active_contract(a_standard_application())
    with_site = add_site(contract, site_id="site_1", label="home", now=MONDAY_MORNING, by=OPERATOR).contract
    waiting = scheduled(with_site, "light-anshin-1", line=a_line()).contract
    changed = take_effect(waiting, now=jst(2026, 7, 1, 9), by=OPERATOR).contract
    assert changed.sites[0].ends == jst(2026, 7, 1)


def test_an_option_of_the_old_family_that_runs_on_is_ended_first() -> None:
    contract = take(an_active_contract(), "light-hours-extension").contract
    with pytest.raises(OptionNotForPlan):
        scheduled(contract, "standard-anshin-1")
    ended = take(an_active_contract(), "light-hours-extension", end_on=date(2026, 6, 30)).contract
    assert scheduled(ended, "standard-anshin-1").contract.scheduled_change is not None
    assert scheduled(contract, "light-anshin-2").contract.scheduled_change is not None


@pytest.mark.rule("R-MDM-PLAN")
def test_a_change_that_lowers_the_seats_names_the_devices_that_must_leave() -> None:
    contract = an_active_contract(an_application(plan_code="light-anshin-2"))
    enrolled = ["dev_1", "dev_2", "dev_3", "dev_4"]
    down = scheduled(contract, "light-anshin-1").contract
    named = devices_to_unenrol(down, enrolled, known_up_to=MONDAY_MORNING)
    assert named is not None
    assert (named.count, named.seats, named.by) == (1, 3, jst(2026, 7, 1))
    assert named.enrolled == tuple(enrolled)
    assert devices_to_unenrol(down, enrolled[:3], known_up_to=None) is None
    assert devices_to_unenrol(contract, enrolled, known_up_to=None) is None


@pytest.mark.rule("R-MDM-PLAN")
def test_a_change_to_standard_names_every_device() -> None:
    contract = scheduled(an_active_contract(), "standard-anshin-1").contract
    named = devices_to_unenrol(contract, ["dev_1"], known_up_to=None)
    assert named is not None
    assert (named.count, named.seats) == (1, 0)


def test_a_price_is_the_one_of_the_first_day_of_the_new_plan() -> None:
    contract = scheduled(an_active_contract(), "light-anshin-2").contract
    assert [p.price for p in contract.plans] == [2200, 3300]
