"""R-QUOTA-INQUIRY, R-EXTRA-INQUIRIES, R-MDM-PLAN: which plan would have cost least."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.domain.plan_advice import Advice, advise
from contracts.domain.plans import Family
from contracts.testing import the_catalogue

BOOK = the_catalogue()
TODAY = date(2026, 9, 1)


def advised(present: str, *used: int, devices: int = 0) -> Advice:
    months = {f"2026-{6 + n:02d}": units for n, units in enumerate(used)}
    family = Family.LIGHT if present.startswith("light") else Family.STANDARD
    return advise(present, family, months, devices, BOOK, today=TODAY)


@pytest.mark.rule("R-EXTRA-INQUIRIES")
def test_plan_1_with_extra_inquiries_at_7700_yen_is_cheaper_than_plan_2_at_8250() -> None:
    advice = advised("standard-anshin-2", 30)
    costs = {plan.plan_code: plan.cost for plan in advice.plans}
    assert costs == {"standard-anshin-1": 7700, "standard-anshin-2": 8250}
    assert (advice.best, advice.saved) == ("standard-anshin-1", 550)
    assert "7,700" in advice.reason_en
    assert "8,250" in advice.reason_ja


@pytest.mark.rule("R-EXTRA-INQUIRIES")
def test_beyond_one_block_of_extra_inquiries_only_plan_2_serves_all() -> None:
    advice = advised("standard-anshin-1", 41)
    assert (advice.best, advice.saved) == ("standard-anshin-2", -550)
    assert [(plan.unserved, plan.fits) for plan in advice.plans] == [(1, False), (0, True)]


@pytest.mark.rule("R-QUOTA-INQUIRY")
def test_over_several_months_the_sum_decides() -> None:
    advice = advised("standard-anshin-2", 30, 30, 10)
    assert {plan.plan_code: plan.cost for plan in advice.plans} == {
        "standard-anshin-1": 7700 + 7700 + 3850,
        "standard-anshin-2": 3 * 8250,
    }


@pytest.mark.rule("R-MDM-PLAN")
def test_a_plan_without_seats_for_the_devices_in_use_does_not_fit() -> None:
    assert advised("light-anshin-2", 3).best == "light-anshin-1"
    advice = advised("light-anshin-2", 3, devices=4)
    assert advice.best == "light-anshin-2"
    assert advice.plans[0].seats_short == 1


def test_what_fits_and_costs_least_is_left_as_it_is() -> None:
    advice = advised("light-anshin-1", 5, 0, 2)
    assert (advice.best, advice.saved) == ("light-anshin-1", 0)
