"""Who is calling: subscribers by telephone number, with their contracts."""

from __future__ import annotations

from dataclasses import dataclass

from common.db import Tx
from contracts.domain.contract import Contract
from contracts.domain.phones import e164
from contracts.domain.subscriber import Subscriber
from contracts.storage import contracts, subscribers

MOST_CANDIDATES = 20
MOST_CONTRACTS = 100


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A subscriber with this number, and its contracts, newest first."""

    subscriber: Subscriber
    contracts: tuple[Contract, ...]


@dataclass(frozen=True, kw_only=True)
class CallerLookup:
    """The number in E.164 and everybody who has it."""

    phone: str
    candidates: tuple[Candidate, ...]


async def look_up_caller(phone: str, tx: Tx) -> CallerLookup:
    """Exact matches of a number however it is written; raises `PhoneUnreadable`."""
    number = e164(phone)
    found = await subscribers.by_phone(tx, number, limit=MOST_CANDIDATES)
    held = await contracts.listed(tx, subscriber_ids=[s.id for s in found], limit=MOST_CONTRACTS)
    return CallerLookup(
        phone=number,
        candidates=tuple(
            Candidate(
                subscriber=s,
                contracts=tuple(c for c in reversed(held) if c.subscriber_id == s.id),
            )
            for s in found
        ),
    )
