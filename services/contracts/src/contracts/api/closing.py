"""Closing runs over all contracts, and adjustments of the next statement."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.db import Tx
from common.http import Caller, IdText, IfMatch, Now, Page, PageOf, Paging, Router, TxDep, page
from contracts.api.closing_schemas import (
    AdjustmentIn,
    AdjustmentOut,
    ClosingFailureOut,
    ClosingRunIn,
    ClosingRunOut,
)
from contracts.storage import adjustments, closing_runs
from contracts.usecases.adjust_statement import ask_for_adjustment, decide_adjustment
from contracts.usecases.run_closing import start_closing

router = Router(prefix="/api/contracts/v1", tags=["billing"])


@router.post("/closing-runs", status_code=202, response_model=ClosingRunOut)
async def post_closing_run(body: ClosingRunIn, tx: TxDep, now: Now) -> object:
    """Close everybody's fee months that are over; the worker does it, batch by batch."""
    run = await start_closing(tx, now, until=body.until)
    return ClosingRunOut.of(run, await closing_runs.left(tx, run))


@router.get("/closing-runs", response_model=PageOf[ClosingRunOut])
async def list_closing_runs(tx: TxDep, paging: Paging) -> object:
    """Closing runs, the newest first; those that began by themselves too."""
    rows = await closing_runs.listed(tx, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=ClosingRunOut.of)


@router.get("/closing-runs/{closing_run_id}", response_model=ClosingRunOut)
async def get_closing_run(closing_run_id: str, tx: TxDep) -> object:
    """One run and what it has still to do."""
    run = await closing_runs.load(tx, closing_run_id)
    return ClosingRunOut.of(run, await closing_runs.left(tx, run))


@router.get("/closing-runs/{closing_run_id}/failures", response_model=PageOf[ClosingFailureOut])
async def list_closing_failures(closing_run_id: str, tx: TxDep, paging: Paging) -> object:
    """Contracts that the run could not close and that were not closed since."""
    run = await closing_runs.load(tx, closing_run_id)
    return await _failures(tx, paging, run.id)


@router.get("/closing-failures", response_model=PageOf[ClosingFailureOut])
async def list_all_closing_failures(tx: TxDep, paging: Paging) -> object:
    """Contracts that the last run over them could not close, whichever run that was, and that were not closed since."""
    return await _failures(tx, paging)


async def _failures(tx: Tx, paging: Page, run_id: str | None = None) -> object:
    rows = await closing_runs.failures(tx, run_id, after=paging.after, limit=paging.limit + 1)
    return page([ClosingFailureOut.of(row) for row in rows], paging, to=lambda row: row)


@router.post("/contracts/{contract_id}/adjustments", status_code=201, response_model=AdjustmentOut)
async def post_adjustment(contract_id: str, body: AdjustmentIn, tx: TxDep, now: Now, caller: Caller) -> object:
    """Adjust the next statement; above the limit, and the second in a month, it waits for another person."""
    done = await ask_for_adjustment(body.command(contract_id), tx, now, who=caller.signatory)
    return AdjustmentOut.of(done)


@router.get("/adjustments", response_model=PageOf[AdjustmentOut])
async def list_adjustments(
    tx: TxDep,
    paging: Paging,
    contract_id: Annotated[IdText | None, Query()] = None,
    status: Annotated[IdText | None, Query()] = None,
) -> object:
    """Adjustments in the order in which they were asked for."""
    rows = await adjustments.listed(
        tx, contract_id=contract_id, status=status, after=paging.after, limit=paging.limit + 1
    )
    return page(rows, paging, to=AdjustmentOut.of)


@router.get("/adjustments/{adjustment_id}", response_model=AdjustmentOut)
async def get_adjustment(adjustment_id: str, tx: TxDep) -> object:
    """One adjustment."""
    return AdjustmentOut.of(await adjustments.load(tx, adjustment_id))


@router.post("/adjustments/{adjustment_id}/approval", response_model=AdjustmentOut)
async def post_approval(adjustment_id: str, tx: TxDep, now: Now, caller: Caller, if_match: IfMatch) -> object:
    """Another person agrees (R-ADJUSTMENT)."""
    done = await decide_adjustment(adjustment_id, tx, now, approve=True, who=caller.signatory, expected=if_match)
    return AdjustmentOut.of(done)


@router.post("/adjustments/{adjustment_id}/rejection", response_model=AdjustmentOut)
async def post_adjustment_rejection(
    adjustment_id: str, tx: TxDep, now: Now, caller: Caller, if_match: IfMatch
) -> object:
    """Another person does not agree, or whoever asked takes it back."""
    done = await decide_adjustment(adjustment_id, tx, now, approve=False, who=caller.signatory, expected=if_match)
    return AdjustmentOut.of(done)
