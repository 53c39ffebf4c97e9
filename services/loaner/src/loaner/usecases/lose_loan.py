"""A lent unit is gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from loaner.domain import returning
from loaner.domain import units as unit_steps
from loaner.domain.loan import Loan
from loaner.storage import loans, units


@dataclass(frozen=True, kw_only=True)
class LoseLoan:
    """Lost, for this reason (a police report's number, for instance)."""

    loan_id: str
    reason: str
    version: int | None = None


async def lose_loan(loss: LoseLoan, tx: Tx, now: datetime) -> Loan:
    """The lost loan; its unit is lost too. Raises `LoanUnknown`, `StaleVersion`, `WrongState`."""
    loan = await loans.lock(tx, loss.loan_id)
    loan.expect(loss.version)
    lost, told = returning.lose(loan, reason=loss.reason, actor=tx.actor, now=now)
    unit = await units.lock(tx, returning.unit_of(loan))
    gone, unit_told = unit_steps.lose(unit, actor=tx.actor)
    await units.save(tx, gone, unit_told, now, correlation_id=loan.inquiry_id)
    await loans.save(tx, lost, told, now)
    return lost
