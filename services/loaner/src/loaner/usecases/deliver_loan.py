"""The customer has the unit; the term begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from loaner.domain import lending
from loaner.domain.loan import Loan
from loaner.storage import loans
from loaner.usecases.facts import known_catalogue


@dataclass(frozen=True, kw_only=True)
class DeliverLoan:
    """Delivered at this instant, as the carrier says."""

    loan_id: str
    delivered_at: datetime
    version: int | None = None


async def deliver_loan(delivery: DeliverLoan, tx: Tx, now: datetime) -> Loan:
    """The loan with its due instant (R-LOAN-TERM).

    Raises `LoanUnknown`, `StaleVersion`, `WrongState`, `TimeInFuture`, `TimesOutOfOrder`.
    """
    catalogue = await known_catalogue(tx)
    loan = await loans.lock(tx, delivery.loan_id)
    loan.expect(delivery.version)
    delivered, told = lending.deliver(
        loan, delivered_at=delivery.delivered_at, reminders=catalogue.reminders, actor=tx.actor, now=now
    )
    await loans.save(tx, delivered, told, now)
    return delivered
