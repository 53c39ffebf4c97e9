"""What a setup visit costs."""

from __future__ import annotations

import pytest

from common.errors import Refusals
from dispatch.domain.completion_refusals import MenuItemUnknown
from dispatch.domain.quotes import Ordered, price
from dispatch.testing import a_quote, menu


@pytest.mark.rule("R-SETUP-PRICE")
def test_two_pcs_and_a_printer_cost_18040_yen() -> None:
    quote = a_quote()
    assert [(line.menu_code, line.units, line.amount) for line in quote.lines] == [
        ("base", 1, 4950),
        ("diagnosis", 1, 1650),
        ("pc-internet-connection", 2, 6600),
        ("printer-setup", 1, 4840),
    ]
    assert quote.total == 18040


@pytest.mark.rule("R-SETUP-PRICE")
def test_per_dispatch_fees_are_charged_once_whatever_is_ordered() -> None:
    assert price(menu(), [Ordered("pc-internet-connection", 1)]).total == 4950 + 1650 + 3300


def test_items_named_twice_are_added_up() -> None:
    twice = price(menu(), [Ordered("printer-setup", 1), Ordered("printer-setup", 2)])
    assert [line.units for line in twice.lines] == [1, 1, 3]


@pytest.mark.rule("R-SETUP-PRICE")
def test_what_is_not_on_the_menu_is_refused_by_name() -> None:
    with pytest.raises(Refusals) as refused:
        price(menu(), [Ordered("server-setup", 1), Ordered("nas", 1), Ordered("printer-setup", 1)])
    assert [reason.why["menu_code"] for reason in refused.value.reasons] == ["server-setup", "nas"]


@pytest.mark.rule("R-SETUP-PRICE")
def test_what_is_charged_per_dispatch_cannot_be_ordered() -> None:
    with pytest.raises(MenuItemUnknown):
        price(menu(), [Ordered("base", 2)])
