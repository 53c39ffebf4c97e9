"""Telephone numbers however they were written."""

from __future__ import annotations

import pytest

from common.phones import e164


@pytest.mark.parametrize(
    "written",
    [
        "03-1234-5678",
        "0312345678",
        "(03) 1234 5678",
        "０３−１２３４−５６７８",
        "+81 3-1234-5678",
        "81312345678",
        " 81312345678",
    ],
)
def test_one_number_has_one_spelling(written: str) -> None:
    assert e164(written) == "+81312345678"


@pytest.mark.parametrize(("written", "number"), [("0120-123-456", "+81120123456"), ("050 1234 5678", "+815012345678")])
def test_free_and_ip_telephone_numbers_are_numbers(written: str, number: str) -> None:
    assert e164(written) == number


@pytest.mark.parametrize("written", ["", "anonymous", "withheld", "12", "sip:somebody@example.test", "+", "見本"])
def test_what_cannot_be_rung_is_none(written: str) -> None:
    assert e164(written) is None
