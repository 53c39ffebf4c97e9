"""A unit leaves the depot: everything is judged once more, and the scan decides which unit goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.errors import DomainError, refuse_if_any
from loaner.domain import lending
from loaner.domain import units as unit_steps
from loaner.domain.eligibility import standing_refusals
from loaner.domain.loan import Loan, LoanStatus
from loaner.domain.returning import unit_of
from loaner.domain.units import Unit
from loaner.storage import loans, units
from loaner.usecases.facts import facts_of
from loaner.usecases.promote_waitlist import promote_waitlist


@dataclass(frozen=True, kw_only=True)
class ShipLoan:
    """Ship with this carrier; `unit_id` is the scanned unit, None: the reserved one."""

    loan_id: str
    unit_id: str | None
    carrier: str
    tracking_number: str
    version: int | None = None


async def ship_loan(parcel: ShipLoan, tx: Tx, now: datetime) -> Loan:
    """The loan on its way to the contract address.

    Refuses with all failing rules: `erasure_missing`, `unit_not_available`, `unit_of_another_kind`, `wrong_state`,
    `loan_on_hold`, and every rule that the loan itself no longer meets. Raises `LoanUnknown`, `UnitUnknown`,
    `StaleVersion`.
    """
    seen = await loans.find(tx, parcel.loan_id)
    await units.lock_stock(tx, seen.depot_id, seen.kind)
    loan = await loans.lock(tx, parcel.loan_id)
    loan.expect(parcel.version)
    swapped = parcel.unit_id is not None and parcel.unit_id != loan.unit_id
    involved = {unit_id: await units.lock(tx, unit_id) for unit_id in _involved(loan, parcel)}
    errors: list[DomainError] = []
    if swapped and parcel.unit_id is not None:
        scanned = involved[parcel.unit_id]
        errors += unit_steps.lending_refusals(scanned, kind=loan.kind, depot_id=loan.depot_id)
    errors += lending.shipment_refusals(loan)
    facts = await facts_of(tx, loan, now)
    if loan.status is LoanStatus.RESERVED:
        errors += standing_refusals(loan.kind, facts)
    refuse_if_any(errors)
    reserved = involved[unit_of(loan)]
    leaving = await _swap(tx, loan, reserved, involved[parcel.unit_id or ""], now) if swapped else reserved
    gone, unit_told = unit_steps.ship(leaving)
    await units.save(tx, gone, unit_told, now)
    shipped, told = lending.ship(
        loan,
        unit_id=gone.id,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        address_id=facts.entitled.address_id,
        actor=tx.actor,
        now=now,
    )
    await loans.save(tx, shipped, told, now)
    if swapped:
        await promote_waitlist(tx, loan.depot_id, loan.kind, now)
    return shipped


def _involved(loan: Loan, parcel: ShipLoan) -> list[str]:
    return sorted({unit_id for unit_id in (loan.unit_id, parcel.unit_id) if unit_id is not None})


async def _swap(tx: Tx, loan: Loan, reserved: Unit, scanned: Unit, now: datetime) -> Unit:
    """The scanned unit in place of the reserved one, which is free again."""
    freed, told = unit_steps.free(reserved, actor=tx.actor)
    await units.save(tx, freed, told, now, correlation_id=loan.inquiry_id)
    return unit_steps.reserve(scanned)[0]
