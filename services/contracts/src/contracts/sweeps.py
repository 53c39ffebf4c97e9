"""What becomes due by the passing of time."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from common.sweeping import Sweep
from contracts.storage import contracts
from contracts.usecases.carry_out_schedule import carry_out_schedule
from contracts.usecases.import_batch import import_batch, next_import_due
from contracts.usecases.run_closing import close_batch, next_closing_due

BATCH = 50
CLOSINGS = 500


async def carry_out_schedules(tx: Tx, now: datetime) -> int:
    """Changes of plan that take effect, options and contracts that end."""
    due = await contracts.due_ids(tx, now, BATCH)
    for contract_id in due:
        await carry_out_schedule(contract_id, tx, now)
    return len(due)


async def close_months(tx: Tx, now: datetime) -> int:
    """The closing run that goes on, else fee months whose business days have passed."""
    return await close_batch(tx, now, most=CLOSINGS)


async def read_imports(tx: Tx, now: datetime) -> int:
    """The next rows of a file of old contracts."""
    return await import_batch(tx, now)


SWEEPS = (
    Sweep("schedules", next_due=contracts.next_due, run=carry_out_schedules),
    Sweep("fee_months", next_due=next_closing_due, run=close_months),
    Sweep("legacy_imports", next_due=next_import_due, run=read_imports, gives_way=True),
)
