"""What must never happen is impossible in the database too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from common.db import Tx
from common.migrations import check
from loaner.storage.tables import metadata
from loaner.testing import House


@asynccontextmanager
async def refused_by(house: House, constraint: str) -> AsyncIterator[Tx]:
    """A transaction in which the database says no in the name of this constraint."""
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with house.suite.transaction() as tx:
            yield tx
    assert refused.value.constraint_name == constraint


@pytest.mark.rule("R-LOAN-ERASE")
@pytest.mark.parametrize("status", ["in_stock", "reserved", "on_loan"])
async def test_a_unit_with_storage_is_not_lent_before_its_erasure(house: House, status: str) -> None:
    await house.unit("windows_pc")
    loan = await house.out(await house.case(failed="windows_pc"), "windows_pc")
    await house.take_back(loan["id"])
    await house.inspect(loan["id"])
    async with refused_by(house, "unit_erased_before_lending") as tx:
        await tx.connection.execute("UPDATE unit SET status = $1", status)


@pytest.mark.rule("R-LOAN-ERASE")
async def test_an_erasure_before_the_last_return_does_not_count(house: House) -> None:
    await house.unit("windows_pc")
    loan = await house.out(await house.case(failed="windows_pc"), "windows_pc")
    await house.take_back(loan["id"])
    await house.inspect(loan["id"])
    async with refused_by(house, "unit_erased_before_lending") as tx:
        await tx.connection.execute(
            "UPDATE unit SET status = 'in_stock', last_erased_at = last_returned_at - interval '1 second'"
        )


_COPY = """
INSERT INTO loan (id, inquiry_id, contract_id, kind, depot_id, days, status, requested_at, evidence, version, unit_id,
                  hold_codes, missing_accessories)
SELECT 'loan_copy', inquiry_id, {contract}, kind, depot_id, days, status, requested_at, evidence, version, unit_id,
       hold_codes, missing_accessories FROM loan
"""


@pytest.mark.rule("R-LOAN-KINDS")
async def test_a_contract_has_one_open_loan_of_a_kind(house: House) -> None:
    await house.unit()
    await house.lend(await house.case())
    async with refused_by(house, "loan_one_open_per_kind") as tx:
        await tx.connection.execute(_COPY.format(contract="contract_id"))


async def test_a_unit_is_in_one_live_loan(house: House) -> None:
    await house.unit()
    await house.lend(await house.case())
    async with refused_by(house, "loan_one_per_unit") as tx:
        await tx.connection.execute(_COPY.format(contract="'ctr_other'"))


@pytest.mark.rule("R-LOAN-ERASE")
@pytest.mark.parametrize("statement", ["UPDATE erasure SET verified_by = 'x'", "DELETE FROM erasure"])
async def test_an_erasure_record_is_never_changed(house: House, statement: str, admin_url: str) -> None:
    unit = await house.unit("windows_pc")
    loan = await house.out(await house.case(failed="windows_pc"), "windows_pc")
    await house.take_back(loan["id"])
    await house.inspect(loan["id"])
    await house.erase(unit)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with house.suite.transaction() as tx:
            await tx.connection.execute(statement)
    owner = await asyncpg.connect(admin_url, server_settings={"search_path": "loaner"})
    try:
        with pytest.raises(asyncpg.RestrictViolationError):
            await owner.execute(statement)
    finally:
        await owner.close()


def test_the_migrated_schema_is_the_one_in_the_code(admin_url: str) -> None:
    assert check(admin_url, "loaner", metadata) == []
