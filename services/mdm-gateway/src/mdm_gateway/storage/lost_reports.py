"""Reports of lost devices."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx
from mdm_gateway.domain.lost_reports import IdentityCheck, LostReport
from mdm_gateway.storage.tables import lost_report as table


async def add(tx: Tx, report: LostReport) -> None:
    """Keep a new report."""
    values: dict[str, Any] = dict(vars(report))
    identity: IdentityCheck = values.pop("identity")
    await tx.run(
        sa.insert(table).values(
            **values,
            identity_method=identity.method,
            identity_passed=identity.passed,
            identity_checked_by=identity.checked_by,
        )
    )


async def find(tx: Tx, report_id: str) -> LostReport | None:
    """One report."""
    row = await tx.first(sa.select(table).where(table.c.id == report_id))
    return None if row is None else _report(row)


async def listed(tx: Tx, *, device_id: str | None, after: str | None, limit: int) -> list[LostReport]:
    """Reports in order of their making."""
    chosen = sa.select(table).order_by(table.c.id).limit(limit)
    if device_id is not None:
        chosen = chosen.where(table.c.device_id == device_id)
    if after is not None:
        chosen = chosen.where(table.c.id > after)
    return [_report(row) for row in await tx.all(chosen)]


def _report(row: Record) -> LostReport:
    values = dict(row)
    identity = IdentityCheck(
        method=values.pop("identity_method"),
        passed=values.pop("identity_passed"),
        checked_by=values.pop("identity_checked_by"),
    )
    return LostReport(**values, identity=identity)
