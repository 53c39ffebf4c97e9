"""Waiting for news without asking the database all the time: every commit with events in this process rings."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from common.db import Database


class Doorbell:
    """Wakes the long polls of one process; `waiting` is how many there are.

    Commits of other processes are found by looking again after a while.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.waiting = 0
        self._rung = asyncio.Event()
        database.on_published(self._ring)

    def _ring(self) -> None:
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def wait(self, seconds: float) -> None:
        """Until it rings, at most `seconds` of real time."""
        self.waiting += 1
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._rung.wait(), seconds)
        finally:
            self.waiting -= 1
