"""What time does to commands."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from mdm_gateway.domain.deliveries import elapse
from mdm_gateway.storage import commands
from mdm_gateway.usecases.command_steps import record


async def expire_commands(tx: Tx, now: datetime, *, limit: int) -> int:
    """Approvals and commands whose time ran out, and delivered wipes without an answer; how many changed."""
    overdue = await commands.lock_overdue(tx, now=now, limit=limit)
    for command in overdue:
        await record(tx, elapse(command, by=tx.actor, now=now), now=now)
    return len(overdue)
