"""Which products are in scope on which day, and what a whole list changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from common.entitlements import closed_days, standing
from common.errors import StaleVersion
from helpdesk.domain.acceptance import Facts, Report, judge
from helpdesk.domain.products import (
    Because,
    Product,
    ProductDatesCrossed,
    ProductOutOfScope,
    ProductTwice,
    Support,
    Terms,
    Verdict,
    changed,
    first,
    imported,
    in_scope,
    matching,
    scope_of,
    verdict_of,
)
from helpdesk.domain.quota import Counter, allowance_of
from helpdesk.testing import MONDAY_10, calendar, entitlements

END = date(2026, 10, 13)
DAY = timedelta(days=1)


def terms(**over: Any) -> Terms:
    fields: dict[str, Any] = {
        "category": "os", "maker": "House", "name": "System 5", "versions": "*", "support": Support.FULL,
        "maker_ends_on": END, "since": None, "until": None, "note_ja": None, "note_en": None,
    }  # fmt: skip
    return Terms(**{**fields, **over})


def product(**over: Any) -> Product:
    listed = over.pop("listed", True)
    return Product(
        id="prd_" + over.get("versions", "a"), version=1, listed=listed, terms=terms(**over), actor="sv", at=MONDAY_10
    )


@pytest.mark.rule("R-PRODUCT-SCOPE")
@pytest.mark.parametrize(
    ("over", "on", "because"),
    [
        ({}, END, None),
        ({}, END + DAY, Because.ENDED),
        ({"until": END + DAY}, END + DAY, None),
        ({"until": END + DAY}, END + 2 * DAY, Because.ENDED),
        ({"until": END - DAY}, END, Because.ENDED),
        ({"maker_ends_on": None}, date(2200, 1, 1), None),
        ({"since": END}, END - DAY, Because.NOT_YET),
        ({"since": END}, END, None),
        ({"support": Support.BEST_EFFORT}, END, None),
        ({"support": Support.NONE}, END, Because.NOT_SUPPORTED),
        ({"listed": False}, END, Because.NOT_LISTED),
    ],
)
def test_a_product_is_in_scope_from_its_first_to_its_last_day(
    over: dict[str, Any], on: date, because: Because | None
) -> None:
    scope = scope_of(product(**over), on)
    assert (scope.because, scope.in_scope) == (because, because is None)
    refusal = in_scope(scope)
    if because is None:
        assert refusal is None
    else:
        assert isinstance(refusal, ProductOutOfScope)
        assert (refusal.rule_ids, refusal.why["because"], refusal.why["on"]) == (("R-PRODUCT-SCOPE",), because, on)
    assert in_scope(None) is None


def test_the_days_that_are_left_are_those_behind_this_one() -> None:
    assert scope_of(product(), END).days_left == 0
    assert scope_of(product(), END - 180 * DAY).days_left == 180
    assert scope_of(product(), END + DAY).days_left is None
    assert scope_of(product(maker_ends_on=None), END).days_left is None


def test_the_most_particular_line_decides_of_a_version_and_all_of_a_name() -> None:
    every, old = product(), product(versions="22H*", support=Support.NONE)
    exact = product(versions="22H2 [x]")
    lines = [every, old, exact]
    assert matching(lines, "２２h2 [X]") == [exact, old, every]
    assert matching(lines, "22H1") == [old, every]
    assert matching(lines, "24H2") == [every]
    for version, verdict in (("22H1", Verdict.OUT_OF_SCOPE), ("22H2 [x]", Verdict.IN_SCOPE), (None, Verdict.UNSURE)):
        scopes = [scope_of(each, END) for each in matching(lines, version)]
        assert verdict_of(scopes, version) is verdict, version
    assert verdict_of([], None) is verdict_of([], "1") is Verdict.UNKNOWN
    assert verdict_of([scope_of(every, END), scope_of(exact, END)], None) is Verdict.IN_SCOPE


def test_a_whole_list_brings_in_changes_and_takes_out() -> None:
    known = {
        each.terms.key: each for each in (product(), product(name="System 4"), product(name="System 3", listed=False))
    }
    wanted = [terms(), terms(name="System 3"), terms(name="System 6"), terms(versions="1.*")]
    done = imported(known, wanted, actor="sv-mori", now=MONDAY_10)
    assert (done.added, done.changed, done.delisted, done.unchanged) == (2, 1, 1, 1)
    said = {(each.terms.name, each.terms.versions, each.listed, each.version) for each in done.written}
    assert said == {
        ("System 3", "*", True, 2), ("System 4", "*", False, 2),
        ("System 5", "1.*", True, 1), ("System 6", "*", True, 1),
    }  # fmt: skip
    assert imported({}, wanted, actor="sv", now=MONDAY_10).added == 4
    with pytest.raises(ProductTwice) as twice:
        imported(known, [*wanted, terms(note_ja="again")], actor="sv", now=MONDAY_10)
    assert twice.value.why == {"lines": [1, 5]}


def test_what_would_end_before_it_begins_is_refused_wherever_it_is_written() -> None:
    crossed = terms(since=END, until=END - DAY)
    with pytest.raises(ProductDatesCrossed):
        first(crossed, actor="sv", now=MONDAY_10)
    with pytest.raises(ProductDatesCrossed):
        changed(product(), crossed, expected=None, actor="sv", now=MONDAY_10)
    with pytest.raises(ProductDatesCrossed) as refused:
        imported({}, [terms(), terms(name="a", since=END, until=END - DAY)], actor="sv", now=MONDAY_10)
    assert refused.value.why == {"lines": [2]}
    with pytest.raises(StaleVersion):
        changed(product(), terms(), expected=2, actor="sv", now=MONDAY_10)


@pytest.mark.rule("R-PRODUCT-SCOPE")
def test_an_inquiry_about_a_product_out_of_scope_is_not_accepted() -> None:
    told = entitlements()
    found = standing(told, MONDAY_10)
    facts = Facts(
        standing=found,
        allowance=allowance_of(told, found.fee_month),
        counter=Counter(),
        calendar=closed_days(calendar()),
        received_at=MONDAY_10,
        known_up_to=MONDAY_10,
        scope=scope_of(product(), END),
    )
    report = Report(kind="trouble", channel="phone", site="contract_address")
    assert judge(report, facts).inputs["product"]["last_day"] == END
    with pytest.raises(ProductOutOfScope):
        judge(report, replace(facts, scope=scope_of(product(), END + DAY)))
    assert "product" not in judge(report, replace(facts, scope=None)).inputs
