"""What the passing of time does here."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from common.sweeping import Sweep
from helpdesk.storage import callbacks
from helpdesk.usecases.keep_callbacks import tell_overdue

BATCH = 100


async def _next_broken_promise(tx: Tx) -> datetime | None:
    return await callbacks.next_due(tx)


async def _tell_broken_promises(tx: Tx, now: datetime) -> int:
    return await tell_overdue(tx, now, limit=BATCH)


SWEEPS = (Sweep("callbacks", next_due=_next_broken_promise, run=_tell_broken_promises),)
