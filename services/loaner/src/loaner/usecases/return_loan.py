"""The unit is back at the depot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from loaner.domain import returning
from loaner.domain import units as unit_steps
from loaner.domain.loan import Loan
from loaner.storage import loans, units


@dataclass(frozen=True, kw_only=True)
class ReturnLoan:
    """Handed over to the carrier, and received at the depot."""

    loan_id: str
    handed_over_at: datetime
    received_at: datetime
    version: int | None = None


async def return_loan(back: ReturnLoan, tx: Tx, now: datetime) -> Loan:
    """The returned loan with its days late; from now on the unit needs an erasure if it has storage (R-LOAN-ERASE).

    Raises `LoanUnknown`, `StaleVersion`, `WrongState`, `TimeInFuture`, `TimesOutOfOrder`.
    """
    loan = await loans.lock(tx, back.loan_id)
    loan.expect(back.version)
    returned, told = returning.take_back(
        loan, handed_over_at=back.handed_over_at, received_at=back.received_at, actor=tx.actor, now=now
    )
    unit = await units.lock(tx, returning.unit_of(loan))
    received, unit_told = unit_steps.receive(unit, received_at=back.received_at)
    await units.save(tx, received, unit_told, now)
    await loans.save(tx, returned, told, now)
    return returned
