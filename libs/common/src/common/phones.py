"""Telephone numbers in one spelling, E.164, however they were written."""

from __future__ import annotations

import phonenumbers

REGION = "JP"


def e164(text: str) -> str | None:
    """A number as people and telephone systems write it, in E.164; None when it is none.

    Full-width digits, hyphens, brackets, `+81` and `81` are understood. A query string turns an unescaped `+` into a
    space: a leading space before digits is read as `+`.
    """
    written = "+" + text.lstrip() if text.startswith(" ") else text
    try:
        number = phonenumbers.parse(written, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
