"""A loan is taken back before shipment; its unit goes to the head of the waitlist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from loaner.domain import returning
from loaner.domain import units as unit_steps
from loaner.domain.loan import Loan
from loaner.storage import loans, units
from loaner.usecases.promote_waitlist import promote_waitlist


@dataclass(frozen=True, kw_only=True)
class CancelLoan:
    """Cancelled, for this reason."""

    loan_id: str
    reason: str
    version: int | None = None


async def cancel_loan(cancellation: CancelLoan, tx: Tx, now: datetime) -> Loan:
    """The cancelled loan. Raises `LoanUnknown`, `StaleVersion`, `WrongState`."""
    seen = await loans.find(tx, cancellation.loan_id)
    await units.lock_stock(tx, seen.depot_id, seen.kind)
    loan = await loans.lock(tx, cancellation.loan_id)
    loan.expect(cancellation.version)
    cancelled, told = returning.cancel(loan, reason=cancellation.reason, actor=tx.actor, now=now)
    await loans.save(tx, cancelled, told, now)
    if loan.unit_id is not None:
        freed, unit_told = unit_steps.free(await units.lock(tx, loan.unit_id), actor=tx.actor)
        await units.save(tx, freed, unit_told, now, correlation_id=loan.inquiry_id)
        await promote_waitlist(tx, loan.depot_id, loan.kind, now)
    return cancelled
