"""Periodic work: what becomes due by the passing of business time, through the same use cases as everything else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from common.clock import Clock
from common.context import system_context
from common.db import Database, Tx

log = logging.getLogger("anshin.sweeps")

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('sweep'), hashtext($1))"


@dataclass(frozen=True)
class Sweep:
    """One kind of periodic work.

    `next_due` answers the earliest instant at which `run` would find something to do (None: nothing is planned).
    `run` does one bounded batch of what is due at `now` and returns how many it did; it is called until it returns 0.
    One that `gives_way` lets those before it look again after each of its batches: it may take minutes, they may not
    wait for it.
    """

    name: str
    next_due: Callable[[Tx], Awaitable[datetime | None]]
    run: Callable[[Tx, datetime], Awaitable[int]]
    gives_way: bool = False


class Sweeper:
    """Runs a service's sweeps, each batch in a transaction of its own, one process at a time."""

    def __init__(self, database: Database, sweeps: Sequence[Sweep], clock: Clock, *, interval: float = 1.0) -> None:
        self._database = database
        self._sweeps = sweeps
        self._clock = clock
        self._interval = interval

    async def run(self) -> None:
        """Sweep every `interval` seconds of real time; never returns by itself."""
        while True:
            try:
                while await self._turn(self._clock.now()):
                    pass
            except Exception as error:  # noqa: BLE001 - rolled back and tried again; the other work goes on
                log.warning(
                    "sweeps pause: %s: %s", type(error).__name__, error, extra={"service": self._database.service}
                )
            await asyncio.sleep(self._interval)

    async def sweep(self, now: datetime) -> int:
        """All that is due at `now`; the number of things done."""
        done = 0
        while turn := await self._turn(now):
            done += turn
        return done

    async def _turn(self, now: datetime) -> int:
        """All that is due, of what gives way one batch."""
        done = 0
        for sweep in self._sweeps:
            while batch := await self._batch(sweep, now):
                done += batch
                if sweep.gives_way:
                    break
        return done

    async def _batch(self, sweep: Sweep, now: datetime) -> int:
        async with self._database.transaction(system_context(self._database.service)) as tx:
            due = await sweep.next_due(tx)
            if due is None or due > now or not await tx.connection.fetchval(_LOCK, sweep.name):
                return 0
            return await sweep.run(tx, now)

    async def next_due(self) -> datetime | None:
        """The earliest instant at which any sweep has something to do."""
        async with self._database.transaction(system_context(self._database.service)) as tx:
            found = [await sweep.next_due(tx) for sweep in self._sweeps]
        return min((due for due in found if due is not None), default=None)
