"""R-ADJUSTMENT: what one person may adjust, and what needs two."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import DomainError
from common.two_people import PersonUnknown, SelfApproval, Signatory
from contracts.domain.adjustments import Adjustment, AdjustmentStatus, decide, request
from contracts.domain.billable import billable
from contracts.domain.billing_refusals import AdjustmentDecided, AdjustmentOfNothing, AdjustmentRateUnknown
from contracts.domain.invoicing import AdjustmentRule
from contracts.domain.statements import Owed, close_month
from contracts.testing import MONDAY_MORNING, an_active_contract, the_catalogue

RULE = AdjustmentRule(alone_up_to=3000, alone_a_month=1)


def asked(**over: Any) -> Adjustment:
    given: dict[str, Any] = {
        "id": "adj_1",
        "contract_id": "ctr_1",
        "subscriber_id": "sub_1",
        "partner": None,
        "fee_month": "2026-06",
        "amount": -1100,
        "tax_rate": 10,
        "text": "お詫び",
        "reason": "visit was late",
        "status": AdjustmentStatus.REQUESTED,
        "alone": False,
        "ordinal": 1,
        "asked_by": "op-sato",
        "asked_by_person": "sato",
        "asked_at": MONDAY_MORNING,
    }
    return Adjustment(**{**given, **over})


def requested(*, earlier: int = 0, **over: Any) -> Adjustment:
    return request(asked(**over), rule=RULE, earlier_this_month=earlier, rates=frozenset({8, 10}))


def somebody(person: str | None = "mori", subject: str = "sv-mori") -> Signatory:
    return Signatory(subject=subject, person=person)


@pytest.mark.rule("R-ADJUSTMENT")
@pytest.mark.parametrize("amount", [-3000, 3000, 1, -1])
def test_one_person_adjusts_up_to_the_limit(amount: int) -> None:
    done = requested(amount=amount)
    assert (done.status, done.alone, done.decided_by) == (AdjustmentStatus.APPROVED, True, "op-sato")


@pytest.mark.rule("R-ADJUSTMENT")
@pytest.mark.parametrize("amount", [-3001, 3001])
def test_above_the_limit_it_waits_for_a_second_person(amount: int) -> None:
    done = requested(amount=amount)
    assert (done.status, done.alone, done.decided_by) == (AdjustmentStatus.REQUESTED, False, None)


@pytest.mark.rule("R-ADJUSTMENT")
def test_the_second_of_a_month_waits_for_a_second_person_however_small() -> None:
    assert requested(earlier=1, amount=-1).status is AdjustmentStatus.REQUESTED


@pytest.mark.rule("R-ADJUSTMENT")
def test_nothing_and_rates_that_nothing_is_sold_at_are_refused() -> None:
    with pytest.raises(AdjustmentOfNothing):
        requested(amount=0)
    with pytest.raises(AdjustmentRateUnknown) as refused:
        requested(tax_rate=5)
    assert refused.value.why == {"tax_rate": 5, "rates": [8, 10]}


@pytest.mark.rule("R-ADJUSTMENT")
def test_another_person_approves_and_nobody_decides_twice() -> None:
    waiting = requested(amount=-5000)
    approved = decide(waiting, approve=True, now=MONDAY_MORNING, by=somebody())
    assert (approved.status, approved.decided_by_person, approved.version) == (AdjustmentStatus.APPROVED, "mori", 2)
    for approve in (True, False):
        with pytest.raises(AdjustmentDecided):
            decide(approved, approve=approve, now=MONDAY_MORNING, by=somebody("hara", "sv-hara"))


@pytest.mark.rule("R-ADJUSTMENT")
@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        (somebody("sato", "op-sato"), SelfApproval),
        (somebody("sato", "sv-sato"), SelfApproval),
        (somebody(None), PersonUnknown),
    ],
    ids=["the same login", "another login of the same person", "a login that names nobody"],
)
def test_whoever_asked_does_not_approve(by: Signatory, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal) as refused:
        decide(requested(amount=-5000), approve=True, now=MONDAY_MORNING, by=by)
    assert refused.value.rule_ids == ("R-ADJUSTMENT",)


@pytest.mark.rule("R-ADJUSTMENT")
def test_who_cannot_be_told_apart_does_not_ask_for_what_needs_two() -> None:
    with pytest.raises(PersonUnknown):
        requested(amount=-5000, asked_by_person=None)


@pytest.mark.rule("R-ADJUSTMENT")
def test_whoever_asked_may_take_it_back() -> None:
    taken_back = decide(requested(amount=-5000), approve=False, now=MONDAY_MORNING, by=somebody("sato", "op-sato"))
    assert taken_back.status is AdjustmentStatus.REJECTED


@pytest.mark.rule("R-ADJUSTMENT", "R-INVOICE")
def test_a_statement_never_falls_below_nothing_and_what_does_not_fit_waits() -> None:
    contract = billable(an_active_contract())
    month = contract.fee_month_at(MONDAY_MORNING)
    wishes = [
        asked(id=f"adj_{n}", amount=amount, tax_rate=rate)
        for n, (amount, rate) in enumerate([(-2000, 10), (-300, 10), (-200, 10), (-1, 8), (500, 8), (-500, 8)])
    ]
    statement = close_month(
        contract, month, Owed(adjustments=wishes), the_catalogue(), statement_id="stm_1", now=month.end, by="op-sato"
    )
    assert [line.adjustment_id for line in statement.lines[1:]] == ["adj_0", "adj_2", "adj_4", "adj_5"]
    assert [(rate.rate, rate.total) for rate in statement.tax_rates] == [(8, 0), (10, 0)]
    assert statement.total == 0
