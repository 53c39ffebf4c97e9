"""What the passing of time does here: approvals and commands run out, and seats that are gone are given up."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from common.sweeping import Sweep
from mdm_gateway.storage import commands, seats
from mdm_gateway.usecases.expire_commands import expire_commands
from mdm_gateway.usecases.follow_entitlements import release_named_devices

BATCH = 100


async def _next_deadline(tx: Tx) -> datetime | None:
    return await commands.next_deadline_of_all(tx)


async def _expire(tx: Tx, now: datetime) -> int:
    return await expire_commands(tx, now, limit=BATCH)


async def _next_shortfall(tx: Tx) -> datetime | None:
    return await seats.next_shortfall(tx)


async def _release(tx: Tx, now: datetime) -> int:
    settled = 0
    for contract_id in await seats.contracts_short(tx, now=now, limit=BATCH):
        settled += await release_named_devices(contract_id, tx, now)
    return settled


SWEEPS = (
    Sweep("command-deadlines", next_due=_next_deadline, run=_expire),
    Sweep("seats", next_due=_next_shortfall, run=_release),
)
