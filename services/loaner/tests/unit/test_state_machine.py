"""The round of loans and units as a whole: any order of steps leaves them straight."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from common.civil import jst_day
from loaner.domain import lending, returning, units
from loaner.domain.loan import OUT, Loan, LoanStatus
from loaner.domain.refusals import ExtensionNotLater, LoanEvidenceMissing, LoanTermExceeded
from loaner.domain.returning import Condition
from loaner.domain.units import ErasureMethod, Unit, UnitStatus
from loaner.testing import NOW, REMINDERS, a_loan, a_pc, a_unit

BY = "depot-ito"
GONE = LoanEvidenceMissing(missing=["device_fault"])
HOLDING_A_UNIT = OUT | {LoanStatus.RESERVED, LoanStatus.RETURNED, LoanStatus.LOST}


class Depot(RuleBasedStateMachine):
    """Two PCs and a router against any order of wishes, scans, days passing and changed verdicts.

    What this class does between the calls is what the use cases do with locks and rows: choose a unit, move both.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.units: dict[str, Unit] = {}
        self.loans: dict[str, Loan] = {}
        self.facts = 0

    @initialize()
    def stock(self) -> None:
        for unit in (a_pc(id="pc1"), a_pc(id="pc2"), a_unit(id="router")):
            self.units[unit.id] = unit

    def pick(self, among: list[str], number: int) -> str | None:
        return sorted(among)[number % len(among)] if among else None

    def loans_in(self, *statuses: LoanStatus) -> list[str]:
        return [loan.id for loan in self.loans.values() if loan.status in statuses]

    def units_in(self, *statuses: UnitStatus) -> list[str]:
        return [unit.id for unit in self.units.values() if unit.status in statuses]

    def keep(self, step: tuple[Loan, object]) -> Loan:
        loan = step[0]
        self.loans[loan.id] = loan
        return loan

    def keep_unit(self, step: tuple[Unit, object]) -> None:
        self.units[step[0].id] = step[0]

    def free_unit(self, kind: str) -> str | None:
        return self.pick([u for u in self.units_in(UnitStatus.IN_STOCK) if self.units[u].kind == kind], 0)

    def promote(self, kind: str) -> None:
        waiting = [self.loans[key] for key in self.loans_in(LoanStatus.WAITLISTED)]
        heads = sorted(
            (loan for loan in waiting if loan.kind == kind and not loan.held),
            key=lambda loan: loan.waitlist_number or 0,
        )
        unit = self.free_unit(kind)
        if heads and unit is not None:
            self.keep(lending.reserve(heads[0], unit_id=unit, actor=BY))
            self.keep_unit(units.reserve(self.units[unit]))

    @rule(kind=st.sampled_from(["windows_pc", "soho_router"]), days=st.integers(1, 14))
    def wish(self, kind: str, days: int) -> None:
        number = len(self.loans) + 1
        fresh = a_loan(id=f"loan_{number}", kind=kind, days=days, unit_id=None, version=0)
        unit = self.free_unit(kind)
        if unit is None:
            self.keep(lending.requested_and_waitlisted(fresh, number=number, position=1, actor=BY))
            return
        self.keep(lending.requested_and_reserved(fresh, unit_id=unit, actor=BY))
        self.keep_unit(units.reserve(self.units[unit]))

    @rule(number=st.integers(0, 9))
    def ship(self, number: int) -> None:
        key = self.pick(self.loans_in(LoanStatus.RESERVED), number)
        if key is None or lending.shipment_refusals(self.loans[key]):
            return
        unit = self.units[self.loans[key].unit_id or ""]
        self.keep(
            lending.ship(
                self.loans[key],
                unit_id=unit.id,
                carrier="yamato",
                tracking_number="1",
                address_id="adr_1",
                actor=BY,
                now=self.now,
            )
        )
        self.keep_unit(units.ship(unit))

    @rule(number=st.integers(0, 9))
    def deliver(self, number: int) -> None:
        key = self.pick(self.loans_in(LoanStatus.SHIPPED), number)
        if key is not None:
            self.keep(
                lending.deliver(self.loans[key], delivered_at=self.now, reminders=REMINDERS, actor=BY, now=self.now)
            )

    @rule(number=st.integers(0, 9), days=st.integers(1, 20))
    def extend(self, number: int, days: int) -> None:
        key = self.pick(self.loans_in(LoanStatus.DELIVERED, LoanStatus.OVERDUE), number)
        if key is None:
            return
        try:
            self.keep(
                lending.extend(
                    self.loans[key],
                    new_last_day=None,
                    more_days=days,
                    longest=14,
                    reminders=REMINDERS,
                    actor=BY,
                    now=self.now,
                )
            )
        except (LoanTermExceeded, ExtensionNotLater):
            return

    @rule(number=st.integers(0, 9))
    def take_back(self, number: int) -> None:
        key = self.pick(self.loans_in(*OUT, LoanStatus.LOST), number)
        if key is None:
            return
        loan = self.keep(
            returning.take_back(self.loans[key], handed_over_at=self.now, received_at=self.now, actor=BY, now=self.now)
        )
        self.keep_unit(units.receive(self.units[loan.unit_id or ""], received_at=self.now))

    @rule(number=st.integers(0, 9), condition=st.sampled_from(Condition))
    def inspect(self, number: int, condition: Condition) -> None:
        key = self.pick(self.loans_in(LoanStatus.RETURNED), number)
        if key is None:
            return
        unit = self.units[self.loans[key].unit_id or ""]
        status = units.after_inspection(unit, condition)
        self.keep(
            returning.inspect(
                self.loans[key],
                condition=condition,
                missing=(),
                unit_status=status.value,
                actor=BY,
                now=self.now,
            )
        )
        self.keep_unit(units.inspect(unit, condition=condition, actor=BY))
        assert self.units[unit.id].status is status
        self.promote(unit.kind)

    @rule(number=st.integers(0, 9), method=st.sampled_from([ErasureMethod.CLEAR, ErasureMethod.PURGE]))
    def erase(self, number: int, method: ErasureMethod) -> None:
        key = self.pick(self.units_in(UnitStatus.AWAITING_ERASURE), number)
        if key is not None:
            unit = self.units[key]
            self.keep_unit(
                units.erase(unit, erasure_id="ers_1", method=method, serial=unit.serial, actor=BY, now=self.now)
            )
            self.promote(unit.kind)

    @rule(number=st.integers(0, 9))
    def repair(self, number: int) -> None:
        key = self.pick(self.units_in(UnitStatus.IN_REPAIR), number)
        if key is not None:
            self.keep_unit(units.repaired(self.units[key], actor=BY))
            self.promote(self.units[key].kind)

    @rule(number=st.integers(0, 9))
    def lose(self, number: int) -> None:
        key = self.pick(self.loans_in(*OUT), number)
        if key is not None:
            loan = self.keep(returning.lose(self.loans[key], reason="gone", actor=BY, now=self.now))
            self.keep_unit(units.lose(self.units[loan.unit_id or ""], actor=BY))

    @rule(number=st.integers(0, 9))
    def cancel(self, number: int) -> None:
        key = self.pick(self.loans_in(LoanStatus.RESERVED, LoanStatus.WAITLISTED), number)
        if key is None:
            return
        unit = self.loans[key].unit_id
        self.keep(returning.cancel(self.loans[key], reason="no need", actor=BY, now=self.now))
        if unit is not None:
            self.keep_unit(units.free(self.units[unit], actor=BY))
            self.promote(self.units[unit].kind)

    @precondition(lambda self: self.loans)
    @rule(number=st.integers(0, 9), stands=st.booleans())
    def news(self, number: int, stands: bool) -> None:
        key = self.pick(list(self.loans), number)
        if key is not None:
            loan = self.keep(lending.review(self.loans[key], [] if stands else [GONE], actor=BY, now=self.now))
            if loan.status is LoanStatus.WAITLISTED:
                self.promote(loan.kind)

    @rule(days=st.integers(0, 6))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        for key in list(self.loans):
            self.keep(lending.remind(self.loans[key], reminders=REMINDERS, actor=BY, now=self.now))
            self.keep(lending.mark_overdue(self.loans[key], actor=BY, now=self.now))

    @invariant()
    def a_unit_is_in_one_live_loan_at_most_and_agrees_with_it(self) -> None:
        holding = [loan for loan in self.loans.values() if loan.status in HOLDING_A_UNIT]
        assert len({loan.unit_id for loan in holding}) == len(holding)
        for loan in holding:
            unit = self.units[loan.unit_id or ""]
            expected = {
                LoanStatus.RESERVED: UnitStatus.RESERVED,
                LoanStatus.RETURNED: UnitStatus.IN_INSPECTION,
                LoanStatus.LOST: UnitStatus.LOST,
            }
            assert unit.status is expected.get(loan.status, UnitStatus.ON_LOAN)

    @invariant()
    def nothing_with_storage_is_lent_or_free_before_its_erasure(self) -> None:
        for unit in self.units.values():
            if unit.status in {UnitStatus.IN_STOCK, UnitStatus.RESERVED, UnitStatus.ON_LOAN}:
                assert not unit.needs_erasure

    @invariant()
    def no_loan_is_due_after_day_fourteen_of_its_delivery(self) -> None:
        for loan in self.loans.values():
            if loan.due_at is not None and loan.delivered_at is not None:
                assert jst_day(loan.due_at) <= jst_day(loan.delivered_at) + timedelta(days=15)

    @invariant()
    def nobody_waits_for_a_unit_that_is_free(self) -> None:
        for kind in {unit.kind for unit in self.units.values()}:
            waiting = [self.loans[key] for key in self.loans_in(LoanStatus.WAITLISTED)]
            if any(loan.kind == kind and not loan.held for loan in waiting):
                assert self.free_unit(kind) is None


class TestDepot(Depot.TestCase):  # type: ignore[valid-type, misc]
    """Hypothesis plays the depot; what it finds is printed as a short story."""

    settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
    pytestmark = pytest.mark.rule("R-LOAN-ERASE", "R-LOAN-TERM")
