"""A worker that closes fee months and may be killed at any moment: `python -m contracts.testing.closer URL MOST`.

After each batch it says how many months it dealt with and how much memory it holds (KiB).
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from common.clock import FrozenClock
from common.context import system_context
from common.db import Database, Tx
from common.sweeping import Sweep, Sweeper
from contracts.testing.crowd import CLOSES
from contracts.usecases.run_closing import close_batch, next_closing_due


def _resident() -> int:
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmRSS:")[1].split()[0])


async def _close(url: str, most: int) -> None:
    async def run(tx: Tx, now: datetime) -> int:
        done = await close_batch(tx, now, most=most)
        sys.stdout.write(f"{done} {_resident()}\n")
        sys.stdout.flush()
        return done

    database = await Database.open(url, service="contracts", package="contracts", size=1)
    sweep = Sweep("fee_months", next_due=_due_while_running, run=run)
    sweeper = Sweeper(database, [sweep], FrozenClock(CLOSES))
    while await _goes_on(database):
        await sweeper.sweep(CLOSES)
    await database.close()


async def _due_while_running(tx: Tx) -> datetime | None:
    return await next_closing_due(tx) if await _running(tx) else None


async def _running(tx: Tx) -> bool:
    return bool(await tx.connection.fetchval("SELECT EXISTS (SELECT FROM closing_run WHERE status = 'running')"))


async def _goes_on(database: Database) -> bool:
    async with database.transaction(system_context("contracts")) as tx:
        return await _running(tx)


if __name__ == "__main__":
    asyncio.run(_close(sys.argv[1], int(sys.argv[2])))
