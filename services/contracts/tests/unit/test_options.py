"""Options: R-EXTRA-INQUIRIES, R-HOURS-EXT."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from common.entitlements import standing
from common.events.contracts import OptionEnded, OptionEndScheduled
from contracts.domain.contract import Contract
from contracts.domain.entitlements import entitlements_of
from contracts.domain.lifecycle import suspend, terminate
from contracts.domain.options import OptionWish, add_option, end_option, told_ended
from contracts.domain.refusals import (
    ContractEnding,
    ContractNotActive,
    ExtraInquiriesAlreadyTaken,
    FeeMonthClosed,
    OptionAlreadyTaken,
    OptionDayNotPossible,
    OptionNotForPlan,
)
from contracts.domain.unknown import (
    OptionUnknown,
)
from contracts.storage.catalogue_document import shipped_document
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

EXTRA = "standard-extra-inquiries"


def standard(**over: Any) -> Contract:
    return an_active_contract(a_standard_application(**over))


@pytest.mark.rule("R-EXTRA-INQUIRIES")
def test_extra_inquiries_count_in_the_fee_month_of_their_start_day_only() -> None:
    contract = take(standard(), EXTRA, date(2026, 6, 30)).contract
    state = entitlements_of(contract, actor=OPERATOR)
    limits = [standing(state, jst(2026, month, day)).inquiry_limit for month, day in ((6, 2), (6, 30), (7, 1))]
    assert limits == [40, 40, 20]


@pytest.mark.rule("R-EXTRA-INQUIRIES", "R-FEE-MONTH")
def test_extra_inquiries_follow_a_fee_month_that_begins_on_another_day() -> None:
    contract = take(standard(fee_month_start_day=21), EXTRA, date(2026, 6, 20)).contract
    (option,) = contract.options
    assert (option.fee_month, option.ends) == ("2026-05", jst(2026, 6, 21))


@pytest.mark.rule("R-EXTRA-INQUIRIES")
def test_refuses_extra_inquiries_twice_in_one_fee_month() -> None:
    contract = take(standard(), EXTRA).contract
    with pytest.raises(ExtraInquiriesAlreadyTaken) as refused:
        take(contract, EXTRA, date(2026, 6, 15))
    assert refused.value.why == {"fee_month": "2026-06", "allowed": 1}
    assert len(take(contract, EXTRA, date(2026, 7, 1)).contract.options) == 2


def test_how_many_blocks_a_fee_month_takes_is_data() -> None:
    options = shipped_document()["options"]
    options[2]["per_fee_month"] = 2
    option = the_catalogue(options=options).option(EXTRA)
    contract = take(standard(), EXTRA).contract
    wish = OptionWish(option_id="opt_2", start_on=date(2026, 6, 2))
    assert add_option(contract, option, wish, now=MONDAY_MORNING, by=OPERATOR).contract.options[1].ordinal == 2


@pytest.mark.rule("R-EXTRA-INQUIRIES", "R-HOURS-EXT")
@pytest.mark.parametrize(
    ("contract", "code"),
    [
        (an_active_contract(), EXTRA),
        (an_active_contract(), "standard-hours-extension"),
        (standard(), "light-hours-extension"),
    ],
)
def test_refuses_an_option_of_the_other_family(contract: Contract, code: str) -> None:
    with pytest.raises(OptionNotForPlan):
        take(contract, code)


@pytest.mark.rule("R-HOURS-EXT")
def test_the_hours_extension_holds_from_its_day_on_and_changes_no_count_and_no_seat() -> None:
    before = entitlements_of(an_active_contract(), actor=OPERATOR)
    contract = take(an_active_contract(), "light-hours-extension", date(2026, 6, 10)).contract
    after = entitlements_of(contract, actor=OPERATOR)
    assert [standing(after, jst(2026, 6, day)).hours_extension for day in (9, 10)] == [False, True]
    assert after.plan_periods == before.plan_periods


@pytest.mark.rule("R-HOURS-EXT")
def test_refuses_the_hours_extension_over_one_that_runs() -> None:
    contract = take(an_active_contract(), "light-hours-extension").contract
    with pytest.raises(OptionAlreadyTaken):
        take(contract, "light-hours-extension", date(2026, 8, 1))


def test_refuses_options_on_a_contract_that_is_not_active() -> None:
    suspended = suspend(an_active_contract(), reason="unpaid", now=MONDAY_MORNING, by=OPERATOR).contract
    for contract in (applied(), suspended):
        with pytest.raises(ContractNotActive):
            take(contract, "light-hours-extension")


def test_an_option_starts_neither_before_the_contract_nor_in_a_past_fee_month() -> None:
    later = an_active_contract(an_application(start_on=date(2026, 6, 10)))
    for contract, day, now in (
        (later, date(2026, 6, 9), MONDAY_MORNING),
        (an_active_contract(open_month_ends_at=jst(2026, 7, 1)), date(2026, 6, 30), jst(2026, 7, 1, 9)),
    ):
        with pytest.raises(OptionDayNotPossible):
            take(contract, "light-hours-extension", day, now=now)


@pytest.mark.rule("R-INVOICE")
def test_refuses_an_option_in_a_closed_fee_month() -> None:
    closed = an_active_contract(open_month_ends_at=jst(2026, 8, 1))
    with pytest.raises(FeeMonthClosed):
        take(closed, "light-hours-extension", date(2026, 6, 30), now=jst(2026, 7, 1, 9))


def test_refuses_an_option_after_the_end_of_the_contract() -> None:
    ending = terminate(an_active_contract(), reason="moves", now=MONDAY_MORNING, by=OPERATOR).contract
    with pytest.raises(ContractEnding):
        take(ending, "light-hours-extension", date(2026, 7, 1))
    assert take(ending, "light-hours-extension").contract.options[0].ends == jst(2026, 7, 1)


def test_refuses_an_end_before_the_start() -> None:
    with pytest.raises(OptionDayNotPossible):
        take(an_active_contract(), "light-hours-extension", date(2026, 6, 10), end_on=date(2026, 6, 9))


def test_the_hours_extension_ends_with_the_current_fee_month_unless_a_day_is_named() -> None:
    contract = take(an_active_contract(), "light-hours-extension").contract
    by_default = end_option(contract, "opt_0", end_on=None, now=jst(2026, 6, 10), by=OPERATOR)
    named = end_option(contract, "opt_0", end_on=date(2026, 8, 15), now=jst(2026, 6, 10), by=OPERATOR)
    assert by_default.contract.options[0].ends == jst(2026, 7, 1)
    assert named.contract.options[0].ends == jst(2026, 8, 16)
    assert [type(fact) for fact in by_default.facts] == [OptionEndScheduled]


def test_an_option_that_has_not_begun_is_taken_back_and_told() -> None:
    contract = take(an_active_contract(), "light-hours-extension", date(2026, 9, 1)).contract
    change = end_option(contract, "opt_0", end_on=None, now=MONDAY_MORNING, by=OPERATOR)
    assert change.contract.options == ()
    assert [type(fact) for fact in change.facts] == [OptionEnded]


def test_refuses_to_end_extra_inquiries_in_the_past_or_what_is_not_there() -> None:
    contract = take(standard(), EXTRA).contract
    with pytest.raises(OptionDayNotPossible):
        end_option(contract, "opt_0", end_on=None, now=MONDAY_MORNING, by=OPERATOR)
    light = take(an_active_contract(), "light-hours-extension").contract
    with pytest.raises(OptionDayNotPossible):
        end_option(light, "opt_0", end_on=date(2026, 5, 31), now=MONDAY_MORNING, by=OPERATOR)
    with pytest.raises(OptionUnknown):
        end_option(light, "opt_9", end_on=None, now=MONDAY_MORNING, by=OPERATOR)


def test_an_end_that_has_come_is_told_once() -> None:
    contract = take(standard(), EXTRA).contract
    assert told_ended(contract, now=jst(2026, 6, 30), by=OPERATOR).facts == ()
    change = told_ended(contract, now=jst(2026, 7, 1), by=OPERATOR)
    assert [type(fact) for fact in change.facts] == [OptionEnded]
    assert told_ended(change.contract, now=jst(2026, 7, 2), by=OPERATOR).facts == ()
