"""Whether anything is still under way between services: events that wait in an outbox, messages without their effect.

Asking for one after the other is not enough: an event moves from the outbox to the bus behind the back of whoever looks
first at the bus, and an effect puts the next event into the outbox behind the back of whoever looks first there. Three
looks are: what was recorded, what is not yet applied, and again what was recorded. Nothing waited at the first look, so
all events were on the bus; at the second all of them had had their effects; and if the third counts no more events than
the first, these effects caused none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import asyncpg

from common.relay import waiting

_TOTAL = "SELECT coalesce((SELECT max(position) FROM published_event), 0) + (SELECT count(*) FROM outbox)"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """How many events a service has ever recorded, and how many of them its relay has still to publish."""

    total: int
    waiting: int


class Settling(Protocol):
    """A service that can be asked whether it has caught up."""

    async def recorded(self) -> Recorded:
        """What its outbox and its published events hold."""
        ...

    async def lag(self) -> int:
        """Messages that its consumers have not applied yet."""
        ...


async def recorded(connection: asyncpg.Connection) -> Recorded:
    """The events of the service whose database this is."""
    return Recorded(total=int(await connection.fetchval(_TOTAL)), waiting=await waiting(connection))


async def outstanding(services: Sequence[Settling]) -> int:
    """How much is under way among `services`; 0 only when nothing is, and nothing will be until the next command."""
    before = await asyncio.gather(*[service.recorded() for service in services])
    lags = await asyncio.gather(*[service.lag() for service in services])
    after = await asyncio.gather(*[service.recorded() for service in services])
    new = sum(last.total - first.total for first, last in zip(before, after, strict=True))
    return sum(lags) + new + sum(first.waiting for first in before)
