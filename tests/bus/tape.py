"""A subscription that plays batches, consumers that listen to it, and what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from common.bus.protocol import Delivered
from common.clock import FrozenClock
from common.consuming import Consumer, Handlers
from common.db import Database, Tx
from common.errors import DomainError
from common.events.base import Received
from tests.bus.probe import (
    GROUP,
    HANDLERS,
    ThingChanged,
    note_effect,
)

CLOCK = FrozenClock(datetime(2026, 6, 1, tzinfo=UTC))


class Tape:
    """A subscription that plays batches; what was played and not committed is played again after a rewind."""

    def __init__(self, *batches: Sequence[Delivered]) -> None:
        self.left = [list(batch) for batch in batches]
        self.played: list[list[Delivered]] = []
        self.committed: list[Delivered] = []
        self.closed = False

    async def fetch(self, *, most: int, wait: float) -> Sequence[Delivered]:
        await asyncio.sleep(0)
        if not self.left:
            return []
        self.played.append(self.left.pop(0))
        return self.played[-1]

    async def commit(self, delivered: Sequence[Delivered]) -> None:
        self.committed += delivered
        self.played = [batch for batch in self.played if batch != list(delivered)]

    async def rewind(self) -> None:
        self.left, self.played = self.played + self.left, []

    async def lag(self) -> int:
        return sum(map(len, self.left + self.played))

    async def close(self) -> None:
        self.closed = True


class Sick(DomainError):
    """A handler that says no for good."""

    code = "sick"
    en, ja = "Sick.", "不調です。"


def a_consumer(database: Database, *batches: Sequence[Delivered], handlers: Handlers = HANDLERS) -> Consumer:
    return Consumer(database, Tape(*batches), group=GROUP, handlers=handlers, clock=CLOCK)


def failing(*sick: tuple[str, int], error: Exception | None = None) -> Handlers:
    """Handlers that fail for these subjects and sequences, after they have begun to take effect."""

    async def handle(event: Received[Any], tx: Tx, now: datetime) -> None:
        await note_effect(event, tx, now)
        if (event.subject, event.sequence) in sick:
            raise error or Sick(sequence=event.sequence)

    return {ThingChanged: handle}


async def letters(database: Database) -> list[tuple[str, str]]:
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT reason, coalesce(subject, '') AS subject FROM dead_letter ORDER BY number"
        )
    return [(row["reason"], row["subject"]) for row in rows]


async def caught_up(consumer: Consumer) -> bool:
    return await consumer.lag() == 0
