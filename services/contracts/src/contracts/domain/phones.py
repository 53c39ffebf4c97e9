"""Telephone numbers as one spelling: E.164."""

from __future__ import annotations

import phonenumbers

from contracts.domain.refusals import PhoneUnreadable

REGION = "JP"


def e164(text: str) -> str:
    """A number as people write it (full-width digits, hyphens, brackets, +81) in E.164; raises `PhoneUnreadable`.

    A query string turns an unescaped `+` into a space: a leading space before digits is read as `+`.
    """
    written = "+" + text.lstrip() if text.startswith(" ") else text
    try:
        number = phonenumbers.parse(written, REGION)
    except phonenumbers.NumberParseException as unreadable:
        raise PhoneUnreadable(phone=text) from unreadable
    if not phonenumbers.is_possible_number(number):
        raise PhoneUnreadable(phone=text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
