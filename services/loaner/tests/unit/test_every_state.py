"""Every state of loans and units is reached, and every state that is not final is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from common.errors import DomainError
from loaner.domain import lending, returning, units
from loaner.domain.loan import FINAL, OPEN, Loan, LoanStatus
from loaner.domain.returning import Condition
from loaner.domain.units import ErasureMethod, Unit, UnitStatus
from loaner.testing import NOW, REMINDERS, a_loan, a_pc, a_unit

BY = "depot-ito"
Pair = tuple[Loan, Unit]


def next_pairs(loan: Loan, unit: Unit) -> Iterator[Pair]:
    """Every step from here that is not refused, with its effect on both."""
    now, late = NOW, NOW + timedelta(days=30)
    both: list[Callable[[], Pair]] = [
        lambda: (lending.reserve(loan, unit_id=unit.id, actor=BY)[0], units.reserve(unit)[0]),
        lambda: (returning.cancel(loan, reason="-", actor=BY, now=now)[0], unit),
        lambda: (shipped(loan), units.ship(unit)[0]),
        lambda: (
            lending.deliver(loan, delivered_at=now, reminders=REMINDERS, actor=BY, now=now)[0],
            unit,
        ),
        lambda: (lending.mark_overdue(loan, actor=BY, now=late)[0], unit),
        lambda: (
            lending.extend(loan, new_last_day=None, more_days=1, longest=14, reminders=REMINDERS, actor=BY, now=now)[0],
            unit,
        ),
        lambda: (
            returning.take_back(loan, handed_over_at=now, received_at=now, actor=BY, now=now)[0],
            units.receive(unit, received_at=now)[0],
        ),
        lambda: (returning.lose(loan, reason="-", actor=BY, now=now)[0], units.lose(unit, actor=BY)[0]),
        lambda: (loan, units.repaired(unit, actor=BY)[0]),
        lambda: (loan, units.retire(unit, actor=BY)[0]),
        *(inspection(loan, unit, condition) for condition in Condition),
        *(erasure(loan, unit, method) for method in ErasureMethod),
    ]
    for step in both:
        try:
            yield step()
        except DomainError:
            continue


def shipped(loan: Loan) -> Loan:
    if refusals := lending.shipment_refusals(loan):
        raise refusals[0]
    return lending.ship(
        loan, unit_id=loan.unit_id or "", carrier="c", tracking_number="1", address_id=None, actor=BY, now=NOW
    )[0]


def inspection(loan: Loan, unit: Unit, condition: Condition) -> Callable[[], Pair]:
    status = units.after_inspection(unit, condition)
    return lambda: (
        returning.inspect(loan, condition=condition, missing=(), unit_status=status.value, actor=BY, now=NOW)[0],
        units.inspect(unit, condition=condition, actor=BY)[0],
    )


def erasure(loan: Loan, unit: Unit, method: ErasureMethod) -> Callable[[], Pair]:
    return lambda: (
        loan,
        units.erase(unit, erasure_id="e", method=method, serial=unit.serial, actor=BY, now=NOW)[0],
    )


def plain(pair: Pair) -> Pair:
    """The pair without what only counts up, so that the walk ends."""
    loan, unit = pair
    return replace(loan, version=0), replace(unit, version=0)


def test_every_state_is_reached_and_every_state_that_is_not_final_is_left() -> None:
    waiting = a_loan(status=LoanStatus.WAITLISTED, unit_id=None, days=7)
    unseen = [plain((waiting, a_pc())), plain((waiting, a_unit()))]
    seen: set[tuple[str, str, str]] = set()
    left_loans: set[LoanStatus] = set()
    left_units: set[UnitStatus] = set()
    while unseen:
        loan, unit = unseen.pop()
        key = (repr(replace(loan, evidence={})), repr(unit), "")
        if key in seen:
            continue
        seen.add(key)
        for after_loan, after_unit in next_pairs(loan, unit):
            if after_loan.status is not loan.status:
                left_loans.add(loan.status)
            if after_unit.status is not unit.status:
                left_units.add(unit.status)
            unseen.append(plain((after_loan, after_unit)))
    reached_loans = {status for status in LoanStatus if any(f"{status!r}" in key[0] for key in seen)}
    reached_units = {status for status in UnitStatus if any(f"{status!r}" in key[1] for key in seen)}
    assert reached_loans == set(LoanStatus)
    assert reached_units == set(UnitStatus)
    assert left_loans == set(LoanStatus) - FINAL
    assert left_units == set(UnitStatus) - {UnitStatus.RETIRED}
    assert FINAL.isdisjoint(OPEN)
