"""Reports that were taken: reading, keeping, and whose opening has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from common.db import Record, Tx
from helpdesk.domain.reports import KeptReport, ReportStatus
from helpdesk.storage.tables import report as table


async def add(tx: Tx, new: KeptReport) -> None:
    """Keep a report."""
    await tx.run(table.insert().values(asdict(new)))


async def save(tx: Tx, after: KeptReport) -> None:
    """Keep what became of a report; it is locked."""
    await tx.run(table.update().where(table.c.id == after.id).values(asdict(after)))


async def find(tx: Tx, report_id: str) -> KeptReport | None:
    """A report as it stands."""
    row = await tx.first(sa.select(table).where(table.c.id == report_id))
    return None if row is None else _report(row)


async def lock(tx: Tx, report_id: str) -> KeptReport | None:
    """A report, alone."""
    row = await tx.first(sa.select(table).where(table.c.id == report_id).with_for_update())
    return None if row is None else _report(row)


async def listed(tx: Tx, *, filters: Mapping[str, str], after: str | None = None, limit: int = 20) -> list[KeptReport]:
    """Reports, oldest first; `filters` are columns (contract_id, status) with values."""
    statement = sa.select(table)
    for column, value in filters.items():
        statement = statement.where(table.c[column] == value)
    if after is not None:
        statement = statement.where(table.c.id > after)
    return [_report(row) for row in await tx.all(statement.order_by(table.c.id).limit(limit))]


async def next_opening(tx: Tx) -> datetime | None:
    """When the next report is to be judged."""
    found: datetime | None = await tx.scalar(sa.select(sa.func.min(table.c.judge_at)))
    return found


async def due(tx: Tx, now: datetime, *, limit: int) -> list[tuple[str, str]]:
    """Reports that are to be judged by now, with their contracts, who came first before the others."""
    statement = sa.select(table.c.id, table.c.contract_id).where(table.c.judge_at <= now)
    rows = await tx.all(statement.order_by(table.c.judge_at, table.c.reported_at, table.c.id).limit(limit))
    return [(row["id"], row["contract_id"]) for row in rows]


async def mark(tx: Tx, contract_id: str | None, now: datetime) -> None:
    """Have waiting reports looked at again: of a contract, or all."""
    waiting = sa.select(table.c.id).where(table.c.judge_at > now)
    if contract_id is not None:
        waiting = waiting.where(table.c.contract_id == contract_id)
    locked = waiting.order_by(table.c.id).with_for_update()
    await tx.run(table.update().where(table.c.id.in_(locked)).values(judge_at=now))


async def forget_callers(tx: Tx, subscriber_id: str) -> None:
    """Erase who reported."""
    await tx.run(
        table.update().where(table.c.subscriber_id == subscriber_id).values(caller_name=None, caller_phone=None)
    )


def _report(row: Record) -> KeptReport:
    return KeptReport(**{**dict(row), "status": ReportStatus(row["status"])})
