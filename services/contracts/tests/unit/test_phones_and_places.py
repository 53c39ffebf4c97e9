"""Telephone numbers and prefectures in one spelling."""

from __future__ import annotations

import pytest

from contracts.domain.phones import as_number, e164, last_digits
from contracts.domain.prefectures import NAMES, prefecture_code
from contracts.domain.refusals import PhoneUnreadable, PrefectureUnknown


@pytest.mark.parametrize(
    "written",
    [
        "0312345678",
        "03-1234-5678",
        "０３－１２３４－５６７８",
        "(03) 1234 5678",
        "+81312345678",
        "+81 3 1234 5678",
        " 81312345678",
        "010-81-3-1234-5678",
        "81312345678",
    ],
)
def test_one_number_has_one_spelling(written: str) -> None:
    assert e164(written) == "+81312345678"


@pytest.mark.parametrize(("written", "found"), [("0120-123-456", "+81120123456"), ("050-1234-5678", "+815012345678")])
def test_toll_free_and_ip_numbers_are_numbers(written: str, found: str) -> None:
    assert e164(written) == found


@pytest.mark.parametrize("written", ["", "abc", "1", "03-1234-5678-9999-9999-99"])
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(PhoneUnreadable):
        e164(written)


@pytest.mark.parametrize(
    ("written", "compared"),
    [("５６７８", "5678"), ("1234-5678", "12345678"), ("99-81-3-1234-5678", "12345678"), ("567", None), ("見本", None)],
)
def test_of_a_number_that_is_not_known_its_end_is_compared(written: str, compared: str | None) -> None:
    assert last_digits(written) == compared


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("０３ー１２３４ー５６７８", "+81312345678"),
        ("+81 3 1234 5678", "+81312345678"),
        ("見本0312345678", None),
        ("3", None),
    ],
)
def test_words_that_are_a_number_are_one(words: str, number: str | None) -> None:
    assert as_number(words) == number


def test_the_47_prefectures_have_the_codes_of_jis_x_0401() -> None:
    assert len(set(NAMES)) == 47
    codes = [prefecture_code(name) for name in ("北海道", "東京都", "大阪府", "沖縄県", " 東京都")]
    assert codes == ["01", "13", "27", "47", "13"]


@pytest.mark.parametrize("name", ["東京", "Tokyo", ""])
def test_what_is_no_prefecture_is_refused(name: str) -> None:
    with pytest.raises(PrefectureUnknown):
        prefecture_code(name)
