"""Who has an inquiry open sees who else has: presence is the open stream itself, nobody has to say it again and again.

Each process keeps leases for its own connections, all in one statement, and looks at whom the others keep.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from datetime import timedelta

from fastapi import Request

from common.context import system_context
from common.db import Database
from common.ids import new_id
from helpdesk.api.presence_schemas import PresenceToldOut
from helpdesk.storage import presence
from helpdesk.storage.presence import Present, Seat

log = logging.getLogger("anshin.presence")

LEASE_SECONDS = 15.0
"""How long somebody is thought to be there whose process has died."""
LINGER_SECONDS = 5.0
"""How long somebody counts whose connection ended: clients come back after two seconds, and nobody has to know."""
LOOK_SECONDS = 1.0


class Attendance:
    """The connections of one process by which operators have inquiries open, and who is there by those of all."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._process = new_id("prc")
        self._mine: dict[str, Seat] = {}
        self._kept: frozenset[str] = frozenset()
        self._renew_at = 0.0
        self._here: dict[str, list[Present]] = {}
        self._wake, self._turned = asyncio.Event(), asyncio.Event()
        self._turning: asyncio.Task[None] | None = None

    async def attend(self, inquiry_id: str, operator: str) -> AsyncGenerator[bytes, None]:
        """Be there as long as this is iterated over; tells who is, and then who comes and leaves."""
        seat = Seat(id=new_id("prs"), inquiry_id=inquiry_id, operator=operator)
        self._mine[seat.id] = seat
        self._turn_soon()
        told: Sequence[str] | None = None
        try:
            while True:
                turned = self._turned
                present = self._here.get(inquiry_id, [])
                names = [each.operator for each in present]
                if operator in names and (told is None or set(names) != set(told)):
                    yield PresenceToldOut.of(inquiry_id, present, before=told).frame()
                    told = names
                await turned.wait()
        finally:
            del self._mine[seat.id]
            for _ in range(2):  # the turn that runs may have begun before; the next one knows
                turned = self._turned
                self._turn_soon()
                await turned.wait()

    def _turn_soon(self) -> None:
        self._wake.set()
        if self._turning is None or self._turning.done():
            self._turning = asyncio.create_task(self._turns())

    async def _turns(self) -> None:
        """Turn by turn, until a turn has said that nobody is there any more."""
        while True:
            self._wake.clear()
            nobody = not self._mine
            await self._turn()
            turned, self._turned = self._turned, asyncio.Event()
            turned.set()
            if nobody and not self._wake.is_set():
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()

    async def _turn(self) -> None:
        """Keep our leases where it is time, and look who is there."""
        seats = list(self._mine.values())
        ids = frozenset(seat.id for seat in seats)
        renewing = ids != self._kept or time.monotonic() >= self._renew_at
        try:
            async with self.database.transaction(system_context(self.database.service)) as tx:
                if renewing:
                    lease, linger = timedelta(seconds=LEASE_SECONDS), timedelta(seconds=LINGER_SECONDS)
                    await presence.keep(tx, self._process, seats, lease=lease, linger=linger)
                here = await presence.here(tx, {seat.inquiry_id for seat in seats})
        except Exception as error:  # noqa: BLE001 - tried again in a second; until then nobody is said to have left
            log.warning("presence pauses: %s", type(error).__name__, extra={"service": self.database.service})
            return
        self._here = here
        if renewing:
            self._kept, self._renew_at = ids, time.monotonic() + LEASE_SECONDS / 3


def attendance_of(request: Request) -> Attendance:
    """Who attends in the process that answers `request`."""
    state = request.app.state
    database = state.service.database
    known: Attendance | None = getattr(state, "attendance", None)
    if known is None or known.database is not database:
        known = state.attendance = Attendance(database)
    return known
