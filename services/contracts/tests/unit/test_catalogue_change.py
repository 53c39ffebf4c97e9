"""What a new catalogue changes, in words, and what it may not change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from contracts.domain.catalogue_change import differences, forbidden
from contracts.storage.catalogue_document import as_document, read_catalogue, shipped_document
from contracts.testing import the_catalogue

TODAY = date(2026, 6, 1)
DOCUMENTS = ("service_terms", "remote_support_licence", "management_tool_licence")
Document = dict[str, Any]


def changed(change: Callable[[Document], object]) -> Document:
    document = shipped_document()
    change(document)
    return document


def told(document: Document) -> list[str]:
    return [str(each) for each in differences(as_document(the_catalogue()), as_document(read_catalogue(document)))]


def refused(document: Document) -> list[Document]:
    return [each.why for each in forbidden(the_catalogue(), read_catalogue(document), TODAY)]


def raises_a_price(document: Document) -> None:
    document["plans"][0]["prices"].append({"since": "2026-07-01", "yen": 2400})


def test_the_same_file_differs_in_nothing() -> None:
    assert told(shipped_document()) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (raises_a_price, ["+ plans [light-anshin-1] prices [2026-07-01]: 2,400 yen from 2026-07-01"]),
        (lambda d: d["settings"].update(loan_days_max=10), ["  settings loan_days_max: 14 → 10"]),
        (
            lambda d: d["visit_menu"][3].update(unit_price=5000),
            ["  visit_menu [printer-setup] unit_price: 4840 → 5000"],
        ),
        (lambda d: d["plans"][0].update(sold_to="2026-12-31"), ["+ plans [light-anshin-1] sold_to: 2026-12-31"]),
        (
            lambda d: d["documents"].reverse(),
            [
                f"  documents (order): {' '.join(DOCUMENTS)} → {' '.join(reversed(DOCUMENTS))}",
            ],
        ),
        (lambda d: d["loan_kinds"][0]["replaces"].remove("mac"), [
            "  loan_kinds [windows_pc] replaces: windows_pc; mac → windows_pc"
        ]),
    ],
)  # fmt: skip
def test_a_difference_says_where_and_what(change: Callable[[Document], object], words: list[str]) -> None:
    assert told(changed(change)) == words


def test_an_entry_that_is_new_is_told_as_a_whole() -> None:
    item = {"code": "phone-setup", "name_ja": "電話設定", "name_en": "Phone", "per": "pc", "unit_price": 990}
    (only,) = told(changed(lambda d: d["visit_menu"].append(item)))
    assert only.startswith("+ visit_menu [phone-setup]: code phone-setup, name_ja 電話設定")


@pytest.mark.rule("R-SALE-WINDOW")
@pytest.mark.parametrize("change", [raises_a_price, lambda d: d["plans"][0].update(sold_to="2026-12-31")])
def test_a_price_with_a_start_to_come_and_an_end_of_sale_are_allowed(change: Callable[[Document], object]) -> None:
    assert refused(changed(change)) == []


@pytest.mark.rule("R-SALE-WINDOW")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda d: d["plans"][0]["prices"][0].update(yen=2300),
            {"code": "light-anshin-1", "reason": "price_has_counted", "until": TODAY},
        ),
        (
            lambda d: d["plans"][0]["prices"].append({"since": "2026-06-01", "yen": 2300}),
            {"code": "light-anshin-1", "reason": "price_has_counted", "until": TODAY},
        ),
        (
            lambda d: d["options"][2]["prices"].__setitem__(0, {"since": "2021-01-01", "yen": 3850}),
            {"code": "standard-extra-inquiries", "reason": "price_has_counted", "until": TODAY},
        ),
        (lambda d: d["plans"][0].update(family="standard"), {
            "part": "plans", "code": "light-anshin-1", "reason": "other_family",
        }),
        (lambda d: d["line_kinds"].pop(), {"part": "line_kinds", "code": "flets_hikari_light", "reason": "removed"}),
    ],
)  # fmt: skip
def test_what_has_counted_is_not_rewritten(change: Callable[[Document], object], why: Document) -> None:
    assert why in refused(changed(change))
