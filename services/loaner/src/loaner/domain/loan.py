"""A loan: one borrowing of a device of one kind by one contract, from the wish to the closing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict

from common.errors import StaleVersion, WrongState
from common.events.loaner import LoanData


class LoanStatus(StrEnum):
    """Where a loan stands."""

    WAITLISTED = "waitlisted"
    RESERVED = "reserved"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    OVERDUE = "overdue"
    RETURNED = "returned"
    CLOSED = "closed"
    LOST = "lost"
    CANCELLED = "cancelled"


OPEN = frozenset(
    {LoanStatus.WAITLISTED, LoanStatus.RESERVED, LoanStatus.SHIPPED, LoanStatus.DELIVERED, LoanStatus.OVERDUE}
)
"""Counts against "one per kind and contract" (R-LOAN-KINDS)."""
UNSHIPPED = frozenset({LoanStatus.WAITLISTED, LoanStatus.RESERVED})
OUT = frozenset({LoanStatus.SHIPPED, LoanStatus.DELIVERED, LoanStatus.OVERDUE})
"""A unit is on its way or with the customer."""
RUNNING = frozenset({LoanStatus.DELIVERED, LoanStatus.OVERDUE})
"""The term counts."""
FINAL = frozenset({LoanStatus.CLOSED, LoanStatus.CANCELLED})


@dataclass(frozen=True, kw_only=True)
class Loan:
    """The state of a loan.

    `waitlist_number` counts up per depot and kind and is never given twice. `hold_codes` names what no longer
    stands: while unshipped the loan is kept in the depot, afterwards it is only flagged (R-ISOLATION-
    EVIDENCE). `evidence` are the inputs it was granted with. `due_at` is the first instant that is too late.
    """

    id: str
    inquiry_id: str
    contract_id: str
    partner: str | None
    kind: str
    depot_id: str
    days: int
    wished_by: str | None
    status: LoanStatus
    requested_at: datetime
    evidence: Mapping[str, Any]
    version: int = 0
    unit_id: str | None = None
    waitlist_number: int | None = None
    hold_codes: tuple[str, ...] = ()
    hold_since: datetime | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    address_id: str | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    due_at: datetime | None = None
    next_reminder_at: datetime | None = None
    handed_over_at: datetime | None = None
    received_at: datetime | None = None
    days_late: int | None = None
    condition: str | None = None
    missing_accessories: tuple[str, ...] = ()
    ended_at: datetime | None = None
    end_reason: str | None = None

    @property
    def held(self) -> bool:
        """Kept from shipping."""
        return self.hold_since is not None and self.status in UNSHIPPED

    def require(self, *allowed: LoanStatus) -> None:
        """Raise `WrongState` unless the loan is in one of the `allowed` states."""
        if self.status not in allowed:
            raise WrongState(loan_id=self.id, status=self.status.value, allowed=[status.value for status in allowed])

    def expect(self, version: int | None) -> None:
        """Raise `StaleVersion` when the caller saw another version; None: the caller does not care."""
        if version is not None and version != self.version:
            raise StaleVersion(expected=version, current=self.version)


Outcome = tuple[Loan, Sequence[LoanData]]
"""The loan after a step, and what to tell the world; the k-th fact has sequence `version before + k`."""


def stepped(loan: Loan, *events: LoanData, **changes: Any) -> Outcome:
    """The loan with `changes`, its version raised by the number of facts."""
    return replace(loan, **changes, version=loan.version + len(events)), events


class Names(TypedDict):
    """The fields that every fact about a loan carries."""

    actor: str
    loan_id: str
    inquiry_id: str
    contract_id: str
    kind: str


def names_of(loan: Loan, actor: str) -> Names:
    """What every fact about this loan says, caused by `actor`."""
    return {
        "actor": actor,
        "loan_id": loan.id,
        "inquiry_id": loan.inquiry_id,
        "contract_id": loan.contract_id,
        "kind": loan.kind,
    }
