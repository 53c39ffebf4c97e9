"""Telephone numbers as one spelling: E.164."""

from __future__ import annotations

import re
import unicodedata

from common import phones
from contracts.domain.refusals import PhoneUnreadable

FEWEST_LAST_DIGITS = 4
MOST_LAST_DIGITS = 8

_NO_DIGIT = re.compile(r"[^0-9]")
_NUMBER = re.compile(r"[\s+()\d.‐‑‒–—―−ー-]+")


def e164(text: str) -> str:
    """A number as people write it in E.164 (`common.phones`); raises `PhoneUnreadable`."""
    number = phones.e164(text)
    if number is None:
        raise PhoneUnreadable(phone=text)
    return number


def last_digits(text: str) -> str | None:
    """What of a number is compared when it is not known as a whole: its last eight digits, or those that were given.

    None for fewer than four, which would fit too many.
    """
    digits = _NO_DIGIT.sub("", unicodedata.normalize("NFKC", text))
    return digits[-MOST_LAST_DIGITS:] if len(digits) >= FEWEST_LAST_DIGITS else None


def as_number(text: str) -> str | None:
    """The text in E.164 when it is a telephone number and nothing else."""
    if _NUMBER.fullmatch(unicodedata.normalize("NFKC", text)) is None:
        return None
    try:
        return e164(text)
    except PhoneUnreadable:
        return None
