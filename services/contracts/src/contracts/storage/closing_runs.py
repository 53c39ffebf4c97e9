"""Closing runs with their progress, and the contracts they could not close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_or

from common.db import Record, Tx, refusing
from contracts.domain.billing_refusals import ClosingRunGoesOn, ClosingRunUnknown
from contracts.domain.closing import ClosingFailure, ClosingRun, RunStatus
from contracts.storage import tables

_RUN, _FAILURE, _OPEN = tables.closing_run, tables.closing_failure, tables.open_month


async def insert(tx: Tx, run: ClosingRun) -> None:
    """Begin a run; raises `ClosingRunGoesOn` while another one is not finished."""
    with refusing(uq_closing_run_running=ClosingRunGoesOn):
        await tx.run(sa.insert(_RUN).values(_columns(run)))


async def running(tx: Tx, *, lock: bool = False) -> ClosingRun | None:
    """The run that goes on, if any."""
    chosen = sa.select(_RUN).where(_RUN.c.status == RunStatus.RUNNING.value)
    row = await tx.first(chosen.with_for_update() if lock else chosen)
    return None if row is None else _run(row)


async def update(tx: Tx, run: ClosingRun) -> None:
    """The progress of a run that was read under lock."""
    await tx.run(sa.update(_RUN).where(_RUN.c.id == run.id).values(_columns(run)))


async def load(tx: Tx, run_id: str) -> ClosingRun:
    """One run; raises `ClosingRunUnknown`."""
    row = await tx.first(sa.select(_RUN).where(_RUN.c.id == run_id))
    if row is None:
        raise ClosingRunUnknown(closing_run_id=run_id)
    return _run(row)


async def listed(tx: Tx, *, after: str | None, limit: int) -> list[ClosingRun]:
    """Runs, the newest first, behind `after`."""
    chosen = sa.select(_RUN).order_by(_RUN.c.id.desc()).limit(limit)
    if after is not None:
        chosen = chosen.where(_RUN.c.id < after)
    return [_run(row) for row in await tx.all(chosen)]


async def left(tx: Tx, run: ClosingRun) -> int:
    """How many contracts this run has still to close a month of."""
    found: int = await tx.scalar(sa.select(sa.func.count()).select_from(_OPEN).where(*_waiting(run)))
    return found


async def is_done(tx: Tx, run: ClosingRun) -> bool:
    """Whether nothing is left for it."""
    return not await tx.scalar(sa.select(sa.select(_OPEN.c.contract_id).where(*_waiting(run)).exists()))


async def first_open_month_end(tx: Tx) -> datetime | None:
    """The earliest end of a month without a statement, of contracts that no run failed to close."""
    end = _OPEN.c.ends_at
    chosen = sa.select(end).where(end.is_not(None), ~_failed(sa.true()))
    found: datetime | None = await tx.scalar(chosen.order_by(end).limit(1))
    return found


async def keep_failures(tx: Tx, failures: Sequence[ClosingFailure]) -> None:
    """What could not be closed; of each contract the latest failure."""
    if not failures:
        return
    new = insert_or(_FAILURE).values([asdict(failure) for failure in failures])
    names = ("partner", "fee_month", "run_id", "at", "code", "why")
    await tx.run(
        new.on_conflict_do_update(
            index_elements=[_FAILURE.c.contract_id], set_={name: new.excluded[name] for name in names}
        )
    )


async def failures(tx: Tx, run_id: str | None, *, after: str | None, limit: int) -> list[ClosingFailure]:
    """Contracts that failed (in a run, else in whichever) and were not closed since, in id order."""
    chosen = sa.select(_FAILURE).order_by(_FAILURE.c.contract_id).limit(limit)
    if run_id is not None:
        chosen = chosen.where(_FAILURE.c.run_id == run_id)
    if after is not None:
        chosen = chosen.where(_FAILURE.c.contract_id > after)
    return [ClosingFailure(**dict(row)) for row in await tx.all(chosen)]


def _waiting(run: ClosingRun) -> tuple[sa.ColumnElement[bool], ...]:
    mine = sa.true() if run.automatic else _FAILURE.c.run_id == run.id
    return _OPEN.c.ends_at <= run.until, ~_failed(mine)


def _failed(which: sa.ColumnElement[bool]) -> sa.Exists:
    return sa.exists().where(_FAILURE.c.contract_id == _OPEN.c.contract_id, which)


def _columns(run: ClosingRun) -> dict[str, Any]:
    return {**asdict(run), "status": run.status.value}


def _run(row: Record) -> ClosingRun:
    return ClosingRun(**{**dict(row), "status": RunStatus(row["status"])})
