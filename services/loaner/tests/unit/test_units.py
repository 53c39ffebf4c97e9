"""A unit's round, and that it is never lent with another customer's data (R-LOAN-ERASE)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.errors import WrongState
from common.events.loaner import UnitErased, UnitRestocked, UnitRetired
from loaner.domain import units
from loaner.domain.refusals import ErasureMissing, SerialMismatch
from loaner.domain.returning import Condition
from loaner.domain.units import ErasureMethod, Unit, UnitStatus
from loaner.testing import NOW, a_pc, a_unit

DEPOT = "dep_00000000000000000000000000000001"


def lent_and_returned(unit: Unit) -> Unit:
    reserved, _ = units.reserve(unit)
    shipped, _ = units.ship(reserved)
    returned, _ = units.receive(shipped, received_at=NOW)
    return returned


def inspected(unit: Unit, condition: Condition = Condition.GOOD) -> Unit:
    return units.inspect(lent_and_returned(unit), condition=condition, actor="depot-ito")[0]


def erased(unit: Unit, method: ErasureMethod = ErasureMethod.PURGE) -> tuple[Unit, list[type]]:
    after, events = units.erase(unit, erasure_id="ers_1", method=method, serial=unit.serial, actor="depot-ito", now=NOW)
    return after, [type(event) for event in events]


@pytest.mark.rule("R-LOAN-ERASE")
def test_a_returned_pc_awaits_erasure_and_is_not_lent_before() -> None:
    pc = inspected(a_pc())
    assert pc.status is UnitStatus.AWAITING_ERASURE
    (refusal,) = units.lending_refusals(pc, kind="windows_pc", depot_id=DEPOT)
    assert (refusal.code, refusal.rule_ids) == ("erasure_missing", ("R-LOAN-ERASE",))
    assert refusal.why["last_returned_at"] == NOW


@pytest.mark.rule("R-LOAN-ERASE")
def test_a_pc_in_stock_without_an_erasure_since_its_return_cannot_be_reserved() -> None:
    with pytest.raises(ErasureMissing):
        units.reserve(a_pc(last_returned_at=NOW))
    with pytest.raises(ErasureMissing):
        units.reserve(a_pc(last_returned_at=NOW, last_erased_at=NOW - timedelta(days=1)))
    reserved, _ = units.reserve(a_pc(last_returned_at=NOW, last_erased_at=NOW))
    assert reserved.status is UnitStatus.RESERVED


@pytest.mark.rule("R-LOAN-ERASE")
def test_an_erasure_before_the_return_does_not_count_even_at_the_same_instant() -> None:
    once, _ = erased(inspected(a_pc()))
    again = lent_and_returned(once)
    assert again.needs_erasure


@pytest.mark.rule("R-LOAN-ERASE")
def test_erasure_puts_a_good_pc_back_in_stock() -> None:
    pc, events = erased(inspected(a_pc()))
    assert (pc.status, events) == (UnitStatus.IN_STOCK, [UnitErased, UnitRestocked])
    assert units.lending_refusals(pc, kind="windows_pc", depot_id=DEPOT) == []


@pytest.mark.rule("R-LOAN-ERASE")
def test_refuses_an_erasure_record_for_another_serial() -> None:
    with pytest.raises(SerialMismatch):
        units.erase(
            inspected(a_pc()),
            erasure_id="ers_1",
            method=ErasureMethod.CLEAR,
            serial="PC-0002",
            actor="depot-ito",
            now=NOW,
        )


def test_the_serial_may_be_typed_in_another_case() -> None:
    pc = inspected(a_pc())
    after, _ = units.erase(
        pc, erasure_id="ers_1", method=ErasureMethod.CLEAR, serial=" pc-0001", actor="depot-ito", now=NOW
    )
    assert after.status is UnitStatus.IN_STOCK


def test_destroyed_storage_retires_the_unit() -> None:
    pc, events = erased(inspected(a_pc()), ErasureMethod.DESTROY)
    assert (pc.status, events) == (UnitStatus.RETIRED, [UnitErased, UnitRetired])


@pytest.mark.rule("R-LOAN-ERASE")
def test_a_damaged_pc_is_erased_before_anybody_repairs_it() -> None:
    broken = inspected(a_pc(), Condition.DAMAGED)
    assert broken.status is UnitStatus.AWAITING_ERASURE
    with pytest.raises(WrongState):
        units.repaired(broken, actor="depot-ito")
    in_repair, _ = erased(broken)
    assert in_repair.status is UnitStatus.IN_REPAIR
    whole, events = units.repaired(in_repair, actor="depot-ito")
    assert (whole.status, whole.condition) == (UnitStatus.IN_STOCK, Condition.GOOD)
    assert [type(event) for event in events] == [UnitRestocked]


@pytest.mark.rule("R-LOAN-ERASE")
def test_a_pc_that_may_hold_data_is_not_retired_without_erasure() -> None:
    with pytest.raises(ErasureMissing):
        units.retire(inspected(a_pc()), actor="depot-ito")


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (Condition.GOOD, UnitStatus.IN_STOCK),
        (Condition.DAMAGED, UnitStatus.IN_REPAIR),
        (Condition.INCOMPLETE, UnitStatus.IN_REPAIR),
    ],
)
def test_a_router_without_storage_goes_to_stock_or_to_repair(condition: Condition, status: UnitStatus) -> None:
    assert inspected(a_unit(), condition).status is status


def test_a_unit_without_its_kit_is_incomplete() -> None:
    missing = units.missing_of_kit(a_unit(accessories=("ac_adapter", "handset")), ["handset"])
    assert missing == ("ac_adapter",)
    assert units.judged_condition(Condition.GOOD, missing) is Condition.INCOMPLETE
    assert units.judged_condition(Condition.DAMAGED, missing) is Condition.DAMAGED
    assert units.judged_condition(Condition.GOOD, ()) is Condition.GOOD


def test_a_unit_that_is_not_free_or_of_another_kind_is_not_lent() -> None:
    taken = a_unit(status=UnitStatus.RESERVED)
    refusals = units.lending_refusals(taken, kind="hub", depot_id=DEPOT)
    assert [refusal.code for refusal in refusals] == ["unit_not_available", "unit_of_another_kind"]
    elsewhere = units.lending_refusals(a_unit(), kind="soho_router", depot_id="dep_2")
    assert [refusal.code for refusal in elsewhere] == ["unit_of_another_kind"]


def test_the_version_rises_with_every_step() -> None:
    reserved, events = units.reserve(a_unit(version=4))
    assert (reserved.version, events) == (5, ())
    pc, _ = erased(inspected(a_pc(version=1)))
    assert pc.version == 7
