"""The shipped catalogue holds the seed's table, and a file that contradicts itself is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from common.errors import DomainError
from contracts.domain.plans import (
    Family,
)
from contracts.domain.refusals import CatalogueInvalid, PlanNotOnSale, PlanUnknown
from contracts.storage.catalogue_document import digest_of, read_catalogue, shipped_document
from contracts.testing import the_catalogue

ANSHIN = {
    "light-anshin-1": (2200, 5, 3),
    "light-anshin-2": (3300, 10, 5),
    "standard-anshin-1": (3850, 20, 0),
    "standard-anshin-2": (8250, 50, 0),
}
CLOSED = {
    "light-mini": (1100, date(2019, 4, 19)),
    "light-1": (1760, date(2019, 4, 19)),
    "light-2": (3410, date(2019, 4, 19)),
    "light-3": (5060, date(2019, 4, 19)),
    "light-4": (6710, date(2019, 4, 19)),
    "standard-mini": (3960, date(2019, 4, 19)),
    "standard-1": (4840, date(2020, 8, 31)),
    "standard-2": (7040, date(2020, 8, 31)),
    "standard-3": (9240, date(2020, 8, 31)),
    "standard-4": (11440, date(2020, 8, 31)),
}


@pytest.mark.parametrize("code", ANSHIN)
def test_anshin_plans_have_the_published_price_limit_and_seats(code: str) -> None:
    plan = the_catalogue().plan(code)
    assert (plan.price_on(date(2026, 6, 1)), plan.inquiry_limit, plan.seats) == ANSHIN[code]


@pytest.mark.parametrize("code", CLOSED)
def test_closed_plans_have_their_price_and_state_no_limits(code: str) -> None:
    catalogue = the_catalogue()
    plan = catalogue.plan(code)
    terms = catalogue.terms_of(plan)
    assert (plan.price_on(date(2018, 1, 1)), plan.sold_to) == CLOSED[code]
    assert plan.closed_plan
    assert (terms.inquiry_limit, terms.seats, terms.support_hours, terms.limits_recorded) == (None, None, (), False)
    assert (terms.isolation, terms.loan, terms.management_tool) == (0, False, False)


def test_only_the_blank_cell_of_the_seed_is_flagged_as_inferred() -> None:
    assert [plan.code for plan in the_catalogue().plans if plan.end_date_inferred] == ["standard-mini"]


@pytest.mark.rule("R-SALE-WINDOW")
@pytest.mark.parametrize(
    ("code", "day", "sold"),
    [
        ("standard-4", date(2020, 8, 31), True),
        ("standard-4", date(2020, 9, 1), False),
        ("light-mini", date(2019, 4, 19), True),
        ("light-mini", date(2019, 4, 20), False),
        ("standard-anshin-1", date(2020, 9, 6), False),
        ("standard-anshin-1", date(2020, 9, 7), True),
        ("light-anshin-1", date(2010, 6, 29), False),
        ("light-anshin-1", date(2010, 6, 30), True),
    ],
)
def test_a_plan_is_sold_from_its_first_to_its_last_day_of_sale(code: str, day: date, sold: bool) -> None:
    assert the_catalogue().plan(code).on_sale(day) is sold


@pytest.mark.rule("R-SALE-WINDOW")
def test_a_plan_outside_its_sale_window_is_not_handed_out() -> None:
    with pytest.raises(PlanNotOnSale):
        the_catalogue().plan_on_sale("light-1", date(2026, 6, 1))
    assert the_catalogue().plan_on_sale("light-anshin-1", date(2026, 6, 1)).family is Family.LIGHT


def test_a_plan_that_never_was_is_unknown() -> None:
    with pytest.raises(PlanUnknown):
        the_catalogue().plan("light-anshin-9")


def test_a_price_change_counts_from_its_day_on() -> None:
    plans = shipped_document()["plans"]
    plans[0]["prices"].append({"since": "2027-04-01", "yen": 2400})
    plan = the_catalogue(plans=plans).plan("light-anshin-1")
    assert [plan.price_on(day) for day in (date(2027, 3, 31), date(2027, 4, 1))] == [2200, 2400]


@pytest.mark.rule("R-LOAN-KINDS")
def test_the_five_kinds_that_are_lent_name_what_they_replace() -> None:
    kinds = {kind.code: kind.replaces for kind in the_catalogue().loan_kinds}
    assert kinds == {
        "windows_pc": ("windows_pc", "mac"),
        "android_tablet": ("android_tablet", "ipad"),
        "soho_router": ("soho_router",),
        "hub": ("hub",),
        "fax_phone": ("fax_phone",),
    }


@pytest.mark.rule("R-TOOL-OS")
def test_the_management_tool_leaves_out_the_mac_only() -> None:
    matrix = {tool.os: (tool.remote_support, tool.management_tool) for tool in the_catalogue().tool_matrix}
    assert matrix.pop("mac") == (True, False)
    assert set(matrix) == {"windows", "android", "ios", "ipados"}
    assert set(matrix.values()) == {(True, True)}


def _without(part: str) -> dict[str, Any]:
    return {name: body for name, body in shipped_document().items() if name != part}


def _with(part: str, change: dict[str, Any]) -> dict[str, Any]:
    document = shipped_document()
    document[part][0] = {**document[part][0], **change}
    return document


@pytest.mark.parametrize(
    "document",
    [
        _without("plans"),
        _without("visit_menu"),
        _with("plans", {"colour": "red"}),
        _with("visit_menu", {"colour": "red"}),
        _with("plans", {"code": "light-anshin-2"}),
        _with("plans", {"prices": []}),
        _with("plans", {"sold_from": "2010-06-29"}),
        _with("options", {"plans": ["light-anshin-9"]}),
        _with("required_consents", {"document": "house_rules"}),
        _with("service_goals", {"plans": ["light-anshin-9"]}),
        _with("service_goals", {"plans": ["light-anshin-1", "standard-4"]}),
        _with("service_goals", {"first_reply_minutes": 60}),
        _with("line_kinds", {"plans": {"light-anshin-9": "review"}}),
        _with("documents", {"code": "management_tool_licence"}),
        {**shipped_document(), "settings": {"loan_days_max": 14}},
        {**shipped_document(), "calendar": {"country": "JP", "year_end_from": "13-01", "year_end_to": "01-03"}},
        {**shipped_document(), "visit_menu": "none"},
    ],
)
def test_a_file_that_contradicts_itself_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as refused:
        read_catalogue(document)
    assert {type(fault) for fault in refused.value.reasons} == {CatalogueInvalid}


def test_every_fault_of_a_file_is_named() -> None:
    document = {
        **shipped_document(),
        "options": _with("options", {"plans": ["light-anshin-9"]})["options"],
        "visit_menu": _with("visit_menu", {"colour": "red"})["visit_menu"],
        "plans": _with("plans", {"sold_from": "2010-06-29", "prices": []})["plans"],
    }
    with pytest.raises(DomainError) as refused:
        read_catalogue(document)
    assert [fault.why for fault in refused.value.reasons] == [
        {"part": "visit_menu", "entry": 0, "unknown_fields": ["colour"]},
        {"part": "options.plans", "unknown": ["light-anshin-9"]},
        {"part": "prices", "code": "light-anshin-1"},
        {"part": "plans", "code": "light-anshin-1", "field": "sold_from/sold_to"},
    ]


def test_a_digest_follows_the_content_not_the_order_of_fields() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})
