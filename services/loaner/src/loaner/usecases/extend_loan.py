"""The customer keeps the unit longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from common.db import Tx
from loaner.domain import lending
from loaner.domain.loan import Loan
from loaner.storage import loans
from loaner.usecases.facts import known_catalogue


@dataclass(frozen=True, kw_only=True)
class ExtendLoan:
    """By `more_days` further days, or to the end of the JST day `due_on`; exactly one of the two."""

    loan_id: str
    more_days: int | None
    due_on: date | None
    version: int | None = None


async def extend_loan(wish: ExtendLoan, tx: Tx, now: datetime) -> Loan:
    """The loan with its later due instant, never past the longest term from the first delivery (R-LOAN-TERM).

    Raises `LoanUnknown`, `StaleVersion`, `WrongState`, `LoanTermExceeded`, `ExtensionNotLater`.
    """
    catalogue = await known_catalogue(tx)
    loan = await loans.lock(tx, wish.loan_id)
    loan.expect(wish.version)
    extended, told = lending.extend(
        loan,
        new_last_day=wish.due_on,
        more_days=wish.more_days,
        longest=catalogue.days_max,
        reminders=catalogue.reminders,
        actor=tx.actor,
        now=now,
    )
    await loans.save(tx, extended, told, now)
    return extended
