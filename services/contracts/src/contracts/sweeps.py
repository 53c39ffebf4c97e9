"""What becomes due by the passing of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from common.db import Tx
from common.sweeping import Sweep
from contracts.storage import bank_seals, contracts
from contracts.storage.bank_seals import BankSeal
from contracts.usecases.carry_out_schedule import carry_out_schedule
from contracts.usecases.erase_subscriber import drop_due_tax_records, next_tax_record_due
from contracts.usecases.import_batch import import_batch, next_import_due
from contracts.usecases.issue_invoices import issue_due_invoices, next_invoice_due
from contracts.usecases.run_closing import close_batch, next_closing_due

BATCH = 50
CLOSINGS = 2000
INVOICES = 200


async def carry_out_schedules(tx: Tx, now: datetime) -> int:
    """Changes of plan that take effect, options and contracts that end."""
    due = await contracts.due_ids(tx, now, BATCH)
    for contract_id in due:
        await carry_out_schedule(contract_id, tx, now)
    return len(due)


async def close_months(tx: Tx, now: datetime) -> int:
    """The closing run that goes on, else fee months whose business days have passed."""
    return await close_batch(tx, now, most=CLOSINGS)


async def drop_tax_records(tx: Tx, now: datetime) -> int:
    """What tax law wanted kept of erased subscribers has been kept long enough."""
    return await drop_due_tax_records(tx, now)


async def issue_invoices(tx: Tx, now: datetime) -> int:
    """Closed statements get their invoice."""
    return await issue_due_invoices(tx, now, most=INVOICES)


async def read_imports(tx: Tx, now: datetime) -> int:
    """The next rows of a file of old contracts."""
    return await import_batch(tx, now)


def sealing_anew(seal: Callable[[], BankSeal]) -> Sweep:
    """What earlier secret keys sealed is sealed by the present one."""

    async def next_due(tx: Tx) -> datetime | None:
        return await bank_seals.oldest(tx, seal())

    async def run(tx: Tx, now: datetime) -> int:
        return await bank_seals.seal_anew(tx, seal(), limit=BATCH)

    return Sweep("bank_seals", next_due=next_due, run=run)


SWEEPS = (
    Sweep("tax_records", next_due=next_tax_record_due, run=drop_tax_records),
    Sweep("schedules", next_due=contracts.next_due, run=carry_out_schedules),
    Sweep("fee_months", next_due=next_closing_due, run=close_months),
    Sweep("invoices", next_due=next_invoice_due, run=issue_invoices),
    Sweep("legacy_imports", next_due=next_import_due, run=read_imports, gives_way=True),
)
