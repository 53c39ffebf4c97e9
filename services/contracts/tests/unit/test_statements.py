"""R-INVOICE, R-PRORATE, R-FEE-MONTH: what a month costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.civil import FeeMonth, fee_month_named
from contracts.domain.billable import billable
from contracts.domain.catalogue import Rounding
from contracts.domain.closed_day import ClosedDay, calendar_event, calendar_of
from contracts.domain.closing import closing_due, next_open_month
from contracts.domain.contract import Contract
from contracts.domain.lifecycle import suspend, terminate
from contracts.domain.plan_changes import PlanWish, schedule
from contracts.domain.refusals import EarlierFeeMonthOpen, FeeMonthNotBilled, FeeMonthNotOver
from contracts.domain.statements import Charge, Owed, Statement, close_month, tax_included
from contracts.testing import (
    MONDAY_MORNING,
    OPERATOR,
    a_charge,
    a_standard_application,
    an_active_contract,
    an_application,
    jst,
    take,
    the_catalogue,
)

CATALOGUE = the_catalogue()
JUNE = FeeMonth(2026, 6)


def close(
    contract: Contract, *charges: Charge, month: FeeMonth = JUNE, now: datetime | None = None, **over: Any
) -> Statement:
    return close_month(
        billable(contract),
        month,
        Owed(charges=charges),
        over.get("catalogue", CATALOGUE),
        statement_id="stm_1",
        now=now or month.end,
        by=OPERATOR,
    )


@pytest.mark.rule("R-INVOICE")
def test_the_month_of_the_main_job_costs_21340_yen_of_which_1940_are_tax() -> None:
    contract = take(an_active_contract(), "light-hours-extension").contract
    statement = close(contract, a_charge())
    assert [(line.kind, line.amount) for line in statement.lines] == [
        ("plan", 2200),
        ("option", 1100),
        ("setup_visit", 18040),
    ]
    assert (statement.total, statement.tax) == (21340, 1940)
    assert all("R-INVOICE" in line.rule_ids for line in statement.lines)
    assert "R-SETUP-PRICE" in statement.lines[2].rule_ids
    assert statement.lines[2].event_id == "evt_charge"


@pytest.mark.rule("R-INVOICE")
def test_tax_is_rounded_once_per_rate_not_per_line() -> None:
    contract = take(an_active_contract(), "light-hours-extension").contract
    charges = [a_charge(id=f"chg_{n}", amounts={10: 105}) for n in range(3)]
    reduced = a_charge(id="chg_9", amounts={8: 107, 10: 1})
    statement = close(contract, *charges, reduced)
    assert [(rate.rate, rate.total, rate.tax) for rate in statement.tax_rates] == [(8, 107, 7), (10, 3616, 328)]
    assert statement.tax == 335


@pytest.mark.rule("R-INVOICE")
@given(total=st.integers(0, 10_000_000), rate=st.sampled_from([8, 10]))
def test_the_tax_contained_in_a_total_is_rounded_down(total: int, rate: int) -> None:
    tax = tax_included(total, rate, Rounding.DOWN)
    assert tax * (100 + rate) <= total * rate < (tax + 1) * (100 + rate)


@pytest.mark.rule("R-PRORATE")
def test_a_month_in_which_the_contract_began_late_or_was_suspended_is_billed_whole() -> None:
    late = an_active_contract(an_application(start_on=date(2026, 6, 30)))
    suspended = suspend(an_active_contract(), reason="unpaid", now=MONDAY_MORNING, by=OPERATOR).contract
    assert [close(contract).total for contract in (late, suspended)] == [2200, 2200]


@pytest.mark.rule("R-PRORATE")
def test_an_hours_extension_for_one_day_costs_its_whole_month_and_no_other() -> None:
    one_day = take(an_active_contract(), "light-hours-extension", date(2026, 6, 30), end_on=date(2026, 6, 30)).contract
    assert close(one_day).total == 3300
    july = replace(one_day, open_month_ends_at=jst(2026, 8, 1))
    assert close(july, month=JUNE.next()).total == 2200


@pytest.mark.rule("R-EXTRA-INQUIRIES")
def test_extra_inquiries_are_charged_once_in_their_own_month() -> None:
    contract = take(
        an_active_contract(a_standard_application()), "standard-extra-inquiries", date(2026, 6, 30)
    ).contract
    assert close(contract).total == 3850 + 3850
    july = replace(contract, open_month_ends_at=jst(2026, 8, 1))
    assert close(july, month=JUNE.next()).total == 3850


@pytest.mark.rule("R-PLAN-CHANGE", "R-PRORATE")
def test_a_month_costs_the_plan_that_is_in_force_in_it() -> None:
    wish = PlanWish(change_id="pch_1", to_plan="light-anshin-2", service_id="")
    contract = schedule(an_active_contract(), wish, CATALOGUE, now=jst(2026, 6, 15), by=OPERATOR).contract
    july = replace(contract, open_month_ends_at=jst(2026, 8, 1))
    assert [close(contract).total, close(july, month=JUNE.next()).total] == [2200, 3300]


@pytest.mark.rule("R-FEE-MONTH", "R-INVOICE")
def test_a_month_is_closed_from_the_first_day_after_it() -> None:
    with pytest.raises(FeeMonthNotOver) as refused:
        close(an_active_contract(), now=jst(2026, 6, 30, 23, 59))
    assert refused.value.why["closes_from"] == jst(2026, 7, 1)
    own = an_active_contract(an_application(fee_month_start_day=21))
    month = fee_month_named("2026-05", 21)
    with pytest.raises(FeeMonthNotOver):
        close(own, month=month, now=jst(2026, 6, 20, 23))
    assert close(own, month=month, now=jst(2026, 6, 21)).last_day == date(2026, 6, 20)


@pytest.mark.rule("R-INVOICE")
def test_months_are_closed_in_their_order() -> None:
    with pytest.raises(EarlierFeeMonthOpen) as refused:
        close(an_active_contract(), month=JUNE.next())
    assert refused.value.why["open_month"] == "2026-06"


@pytest.mark.rule("R-INVOICE")
def test_nothing_is_billed_before_the_contract_or_after_its_last_month() -> None:
    with pytest.raises(FeeMonthNotBilled):
        close(an_active_contract(), month=JUNE.previous(), now=jst(2026, 7, 1))
    ending = terminate(an_active_contract(), reason="moves", now=MONDAY_MORNING, by=OPERATOR).contract
    assert next_open_month(billable(ending), JUNE) is None
    assert next_open_month(billable(an_active_contract()), JUNE) == JUNE.next()
    with pytest.raises(FeeMonthNotBilled):
        close(replace(ending, open_month_ends_at=None), month=JUNE.next())


@pytest.mark.rule("R-INVOICE")
def test_a_late_charge_of_an_ended_contract_gets_a_statement_of_its_own() -> None:
    ending = terminate(an_active_contract(), reason="moves", now=MONDAY_MORNING, by=OPERATOR).contract
    reopened = replace(ending, open_month_ends_at=jst(2026, 8, 1))
    statement = close(reopened, a_charge(), month=JUNE.next())
    assert [(line.kind, line.service_month) for line in statement.lines] == [("setup_visit", "2026-06")]


@pytest.mark.rule("R-CLOSED-DAYS")
@pytest.mark.parametrize(
    ("month_end", "exceptions", "due"),
    [
        (jst(2026, 7, 1), [], jst(2026, 7, 6)),
        (jst(2026, 1, 1), [], jst(2026, 1, 9)),
        (jst(2026, 5, 1), [], jst(2026, 5, 9)),
        (jst(2026, 7, 1), [ClosedDay(day=date(2026, 7, 2), closed=True, reason="typhoon")], jst(2026, 7, 7)),
        (jst(2026, 7, 1), [ClosedDay(day=date(2026, 7, 5), closed=False, reason="fair")], jst(2026, 7, 5)),
    ],
)
def test_a_month_closes_by_itself_on_the_fifth_business_day(
    month_end: datetime, exceptions: list[ClosedDay], due: datetime
) -> None:
    found = closing_due(
        month_end,
        business_days=5,
        hours=CATALOGUE.hours.support_basic,
        calendar=calendar_of(CATALOGUE.calendar, exceptions),
    )
    assert found == due


@pytest.mark.rule("R-CLOSED-DAYS")
def test_the_published_calendar_carries_year_end_and_every_exception_in_order() -> None:
    exceptions = [
        ClosedDay(day=date(2026, 8, 14), closed=True, reason="typhoon"),
        ClosedDay(day=date(2026, 7, 5), closed=False, reason="fair"),
        ClosedDay(day=date(2026, 7, 2), closed=True, reason="power"),
    ]
    event = calendar_event(CATALOGUE.calendar, exceptions, actor=OPERATOR)
    assert (event.country, event.year_end_from, event.year_end_to) == ("JP", "12-29", "01-03")
    assert [entry.day.day for entry in event.closed] == [2, 14]
    assert [entry.reason for entry in event.extra_open] == ["fair"]
