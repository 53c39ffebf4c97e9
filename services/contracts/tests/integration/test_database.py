"""What must never happen is impossible in the database too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from common.db import Tx
from common.migrations import check
from contracts.storage.tables import metadata
from contracts.testing import Desk

_COPY_CONTRACT = """
INSERT INTO contract SELECT (r).* FROM (
    SELECT jsonb_populate_record(c, jsonb_build_object('id', 'ctr_copy')) AS r FROM contract c
) copies
"""


@asynccontextmanager
async def refused_by(desk: Desk, constraint: str) -> AsyncIterator[Tx]:
    """A transaction in which the database says no in the name of this constraint."""
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with desk.suite.transaction() as tx:
            yield tx
    assert refused.value.constraint_name == constraint


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_one_live_light_contract_holds_a_line(desk: Desk) -> None:
    await desk.active()
    async with refused_by(desk, "uq_contract_live_line") as tx:
        await tx.connection.execute(_COPY_CONTRACT)


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_one_live_standard_contract_has_a_service_id(desk: Desk) -> None:
    await desk.standard()
    async with refused_by(desk, "uq_contract_live_service_id") as tx:
        await tx.connection.execute(_COPY_CONTRACT)


@pytest.mark.rule("R-PLAN-CHANGE")
@pytest.mark.parametrize("table", ["plan_period", "status_period"])
async def test_plans_and_states_of_a_contract_never_overlap(desk: Desk, table: str) -> None:
    await desk.active()
    async with refused_by(desk, f"{table}_no_overlap") as tx:
        await tx.connection.execute(
            f"INSERT INTO {table} SELECT (r).* FROM (SELECT jsonb_populate_record(p, "
            f"jsonb_build_object('starts_at', starts_at + interval '1 day')) AS r FROM {table} p) copies"
        )


@pytest.mark.rule("R-EXTRA-INQUIRIES")
async def test_extra_inquiries_of_a_fee_month_exist_once(desk: Desk) -> None:
    contract = await desk.standard()
    await desk.take(contract["id"], "standard-extra-inquiries")
    async with refused_by(desk, "uq_option_period_extra_inquiries") as tx:
        await tx.connection.execute(_copy_of_option())


@pytest.mark.rule("R-HOURS-EXT")
async def test_two_hours_extensions_never_overlap(desk: Desk) -> None:
    contract = await desk.active()
    await desk.take(contract["id"], "light-hours-extension")
    async with refused_by(desk, "option_period_hours_no_overlap") as tx:
        await tx.connection.execute(_copy_of_option())


@pytest.mark.rule("R-FEE-MONTH")
async def test_a_fee_month_begins_on_a_day_that_every_month_has(desk: Desk) -> None:
    await desk.active()
    async with refused_by(desk, "contract_fee_month_start_day") as tx:
        await tx.connection.execute("UPDATE contract SET fee_month_start_day = 29")


async def test_the_migrated_schema_is_the_one_in_code(admin_url: str) -> None:
    assert await asyncio.to_thread(check, admin_url, "contracts", metadata) == []


def _copy_of_option() -> str:
    return (
        "INSERT INTO option_period SELECT (r).* FROM (SELECT jsonb_populate_record(o, "
        "jsonb_build_object('id', 'opt_copy')) AS r FROM option_period o) copies"
    )
