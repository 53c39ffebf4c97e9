"""Putting what happened into the outbox, with the place each fact has in the life of its aggregate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.events.base import EventData, NewEvent


@dataclass(frozen=True, kw_only=True)
class Place:
    """The aggregate a fact is about, its version afterwards, and where it travels."""

    subject: str
    version: int
    key: str
    partner: str | None
    correlation_id: str


async def publish(tx: Tx, facts: Sequence[EventData], place: Place, *, now: datetime) -> None:
    """Record the facts of one change; the last of them has the aggregate's new version as its sequence."""
    first = place.version - len(facts) + 1
    await tx.publish(
        *(
            NewEvent(
                data=fact,
                subject=place.subject,
                sequence=first + number,
                key=place.key,
                time=now,
                partner=place.partner,
                correlation_id=place.correlation_id,
            )
            for number, fact in enumerate(facts)
        )
    )
