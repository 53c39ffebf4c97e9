"""The one clock of all five services in a sandbox, moved from one due instant to the next, never past one."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from common.assembly import Service
from common.clock import ClockGoesForwardOnly, SandboxClock
from common.errors import Unavailable
from common.settling import outstanding

log = logging.getLogger("anshin.sandbox")

SETTLE_SECONDS = 60.0


class DidNotSettle(Unavailable):
    """Events were still on their way when patience ended."""

    code = "events_in_flight"
    en = "Events are still on their way; ask again."
    ja = "処理中のイベントがあります。しばらくして再度お試しください。"


def clock_of(offset_file: Path, *, start: datetime) -> SandboxClock:
    """The clock with the kept offset; on an empty data directory it shows `start` at this moment."""
    if offset_file.exists():
        return SandboxClock(timedelta(seconds=json.loads(offset_file.read_text())["offset_seconds"]))
    clock = SandboxClock.starting_at(start)
    keep_offset(offset_file, clock)
    return clock


def keep_offset(offset_file: Path, clock: SandboxClock) -> None:
    """Write the offset down, whole or not at all."""
    part = offset_file.with_suffix(".part")
    part.write_text(json.dumps({"offset_seconds": clock.offset.total_seconds()}))
    part.replace(offset_file)


class BusinessTime:
    """Moves the clock so that reminders, overdue notices and closings happen in their order."""

    def __init__(self, clock: SandboxClock, services: Sequence[Service], offset_file: Path) -> None:
        self._clock = clock
        self._services = services
        self._offset_file = offset_file
        self._moving = asyncio.Lock()

    def now(self) -> datetime:
        """Business time, UTC."""
        return self._clock.now()

    async def move_to(self, target: datetime) -> datetime:
        """Go to `target`, stopping wherever a sweep is due, running it and letting its events take effect.

        Raises `ClockGoesForwardOnly` and `DidNotSettle`.
        """
        async with self._moving:
            if target < self._clock.now():
                raise ClockGoesForwardOnly(now=self._clock.now(), asked=target)
            await settle(self._services)
            tried: datetime | None = None
            while (due := await self._next_due()) is not None and due <= target and due != tried:
                tried = due
                self._set(due)
                if sum([await service.sweep() for service in self._services]):
                    await settle(self._services)
            self._set(target)
            if sum([await service.sweep() for service in self._services]):
                await settle(self._services)
            return self._clock.now()

    def _set(self, at: datetime) -> None:
        with suppress(ClockGoesForwardOnly):  # it runs on by itself, and may have passed that instant meanwhile
            self._clock.move_to(at.astimezone(UTC))
        keep_offset(self._offset_file, self._clock)

    async def _next_due(self) -> datetime | None:
        dues = [await service.next_due() for service in self._services]
        return min((due for due in dues if due is not None), default=None)


async def settle(services: Sequence[Service]) -> None:
    """Wait until all outboxes are empty and all consumers have caught up, with whatever reactions publish.

    Raises `DidNotSettle` after a minute.
    """
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while await outstanding(services):  # noqa: ASYNC110 - what is awaited happens in databases
                await asyncio.sleep(0.01)
    except TimeoutError as error:
        raise DidNotSettle(waited_seconds=SETTLE_SECONDS) from error
