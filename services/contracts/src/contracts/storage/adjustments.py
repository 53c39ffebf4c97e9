"""Adjustments that wait for a second person, for a statement, or stand on one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import asyncpg
import sqlalchemy as sa

from common.db import Tx
from contracts.domain.adjustments import Adjustment, AdjustmentStatus
from contracts.domain.billing_refusals import AdjustmentUnknown
from contracts.storage import tables

_T = tables.adjustment


def adjustment_of(row: asyncpg.Record) -> Adjustment:
    """The adjustment in a row."""
    return Adjustment(**{**dict(row), "status": AdjustmentStatus(row["status"])})


async def insert(tx: Tx, adjustment: Adjustment) -> None:
    """A new one; its contract is locked."""
    await tx.run(sa.insert(_T).values(_columns(adjustment)))


async def update(tx: Tx, adjustment: Adjustment) -> None:
    """What was decided about one that was read under lock."""
    await tx.run(sa.update(_T).where(_T.c.id == adjustment.id).values(_columns(adjustment)))


async def load(tx: Tx, adjustment_id: str, *, lock: bool = False) -> Adjustment:
    """One adjustment; raises `AdjustmentUnknown`."""
    chosen = sa.select(_T).where(_T.c.id == adjustment_id)
    row = await tx.first(chosen.with_for_update() if lock else chosen)
    if row is None:
        raise AdjustmentUnknown(adjustment_id=adjustment_id)
    return adjustment_of(row)


async def listed(
    tx: Tx, *, contract_id: str | None, status: str | None, after: str | None, limit: int
) -> list[Adjustment]:
    """Adjustments in the order of asking, behind `after`."""
    chosen = sa.select(_T).order_by(_T.c.id).limit(limit)
    for column, value in ((_T.c.contract_id, contract_id), (_T.c.status, status)):
        if value is not None:
            chosen = chosen.where(column == value)
    if after is not None:
        chosen = chosen.where(_T.c.id > after)
    return [adjustment_of(row) for row in await tx.all(chosen)]


async def counts(tx: Tx, contract_id: str, fee_month: str) -> tuple[int, int]:
    """How many of a contract and month were not rejected, and how many of them one person made alone."""
    row = await tx.one(
        sa.select(
            sa.func.count().filter(_T.c.status != AdjustmentStatus.REJECTED.value).label("standing"),
            sa.func.count().filter(_T.c.alone).label("alone"),
        ).where(_T.c.contract_id == contract_id, _T.c.fee_month == fee_month)
    )
    return row["standing"], row["alone"]


def _columns(adjustment: Adjustment) -> dict[str, Any]:
    return {**asdict(adjustment), "status": adjustment.status.value}
