"""Who is calling: subscribers by telephone number or by what the caller says, with their contracts."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from contracts.domain.caller import CallerLookup, Candidate
from contracts.domain.phones import as_number, e164, last_digits
from contracts.domain.refusals import PhoneUnreadable, QueryTooShort
from contracts.storage import callers

MOST_CANDIDATES = 20
FEWEST_CHARACTERS = 2


async def look_up_phone(phone: str, tx: Tx, now: datetime) -> CallerLookup:
    """Exact matches of a number however it is written; without one those whose last digits are the same.

    Raises `PhoneUnreadable` for what is neither a number nor four digits of one.
    """
    digits = last_digits(phone)
    try:
        number = e164(phone)
    except PhoneUnreadable:
        if digits is None:
            raise
        number = None
    found = await callers.by_phone(tx, number, now, limit=MOST_CANDIDATES + 1) if number else []
    if not found and digits is not None:
        found = await callers.by_last_digits(tx, digits, now, limit=MOST_CANDIDATES + 1)
    return _lookup(found, phone=number)


async def look_up_words(q: str, tx: Tx, now: datetime) -> CallerLookup:
    """By number of a contract or line, service ID, phone, name, kana, or a part of two characters; best first.

    Raises `QueryTooShort` when less than that is left beside the legal form.
    """
    words = await callers.fold(tx, q)
    if not any(len(term) >= FEWEST_CHARACTERS for term in words.terms):
        raise QueryTooShort(q=q, fewest_characters=FEWEST_CHARACTERS)
    found = await callers.by_words(tx, words, as_number(q), now, limit=MOST_CANDIDATES + 1)
    return _lookup(found, q=q)


def _lookup(found: list[Candidate], *, phone: str | None = None, q: str | None = None) -> CallerLookup:
    shown = tuple(found[:MOST_CANDIDATES])
    return CallerLookup(candidates=shown, more=len(found) > MOST_CANDIDATES, phone=phone, q=q)
