"""News came: loans that rest on it are judged again, held or released; a promise is never cancelled silently."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from common.db import Tx
from common.errors import DomainError
from loaner.domain import lending
from loaner.domain.eligibility import evidence_refusal, standing_refusals
from loaner.domain.loan import UNSHIPPED, Loan, LoanStatus
from loaner.storage import cases, loans, units
from loaner.usecases.facts import facts_of
from loaner.usecases.promote_waitlist import promote_waitlist


async def review_loans_of_inquiry(tx: Tx, inquiry_id: str, now: datetime) -> None:
    """Judge the open loans of a case, and of all that became part of it (R-ISOLATION-EVIDENCE)."""
    concerned = await cases.merged_with(tx, inquiry_id)
    await _review(tx, await loans.open_of_inquiries(tx, concerned), now)


async def review_unshipped_loans(tx: Tx, now: datetime, *, contract_id: str | None = None) -> None:
    """Judge what has not left the depot, of one contract or of all (R-ADDRESS)."""
    await _review(tx, await loans.unshipped(tx, contract_id=contract_id), now)


async def _review(tx: Tx, seen: Sequence[Loan], now: datetime) -> None:
    """Stocks first, then loans: the order in which everybody locks."""
    if not seen:
        return
    for depot_id, kind in sorted({(loan.depot_id, loan.kind) for loan in seen if loan.status in UNSHIPPED}):
        await units.lock_stock(tx, depot_id, kind)
    waiting_again: set[tuple[str, str]] = set()
    for loan in await loans.lock_all(tx, [loan.id for loan in seen]):
        refusals = await _refusals(tx, loan, now)
        judged, told = lending.review(loan, refusals, actor=tx.actor, now=now)
        if not told:
            continue
        await loans.save(tx, judged, told, now)
        if judged.status is LoanStatus.WAITLISTED and not judged.held:
            waiting_again.add((judged.depot_id, judged.kind))
    for depot_id, kind in sorted(waiting_again):
        await promote_waitlist(tx, depot_id, kind, now)


async def _refusals(tx: Tx, loan: Loan, now: datetime) -> list[DomainError]:
    """Before shipment every rule counts; afterwards only the evidence is still watched."""
    facts = await facts_of(tx, loan, now)
    if loan.status in UNSHIPPED:
        return standing_refusals(loan.kind, facts)
    gone = evidence_refusal(loan.kind, facts)
    return [] if gone is None else [gone]
