"""A returned unit is held against its kit; the loan is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from loaner.domain import returning
from loaner.domain import units as unit_steps
from loaner.domain.loan import Loan, LoanStatus
from loaner.domain.returning import Condition
from loaner.domain.units import UnitStatus
from loaner.storage import loans, units
from loaner.usecases.promote_waitlist import promote_waitlist


@dataclass(frozen=True, kw_only=True)
class InspectLoan:
    """In this condition, with these accessories."""

    loan_id: str
    condition: Condition
    accessories: Sequence[str]
    version: int | None = None


async def inspect_loan(found: InspectLoan, tx: Tx, now: datetime) -> Loan:
    """The closed loan; its unit awaits erasure, is in stock again (and serves the waitlist), or goes to repair.

    Raises `LoanUnknown`, `StaleVersion`, `WrongState`.
    """
    seen = await loans.find(tx, found.loan_id)
    await units.lock_stock(tx, seen.depot_id, seen.kind)
    loan = await loans.lock(tx, found.loan_id)
    loan.expect(found.version)
    loan.require(LoanStatus.RETURNED)
    unit = await units.lock(tx, returning.unit_of(loan))
    missing = unit_steps.missing_of_kit(unit, found.accessories)
    condition = unit_steps.judged_condition(found.condition, missing)
    inspected, unit_told = unit_steps.inspect(unit, condition=condition, actor=tx.actor)
    closed, told = returning.inspect(
        loan,
        condition=condition,
        missing=missing,
        unit_status=inspected.status.value,
        actor=tx.actor,
        now=now,
    )
    await units.save(tx, inspected, unit_told, now, correlation_id=loan.inquiry_id)
    await loans.save(tx, closed, told, now)
    if inspected.status is UnitStatus.IN_STOCK:
        await promote_waitlist(tx, loan.depot_id, loan.kind, now)
    return closed
