"""The number by which a customer names its contract on the telephone: nine digits and a check digit (Luhn)."""

from __future__ import annotations

_DIGITS = 9
PLACES = 10**_DIGITS
"""How many numbers there are."""
_TEN = 10
_NINE = 9


def support_number(place: int) -> str:
    """The number in its place, such as 1 → `0000-00001-8`; one wrong digit never makes another valid number."""
    digits = f"{place:0{_DIGITS}d}"
    return f"{digits[:4]}-{digits[4:]}-{_check_digit(digits)}"


def _check_digit(digits: str) -> int:
    doubled = [int(d) * (2 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits))]
    return -sum(d - _NINE if d > _NINE else d for d in doubled) % _TEN
