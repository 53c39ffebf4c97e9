"""Closing fee months, and the statements that result."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from common.http import IdText, Now, PageOf, Paging, Router, TxDep, page
from contracts.api.billing_schemas import ClosingOut, StatementOut, StatementWhyOut
from contracts.storage import statements
from contracts.usecases.close_fee_month import close_fee_month

router = Router(prefix="/api/contracts/v1", tags=["billing"])
_ALREADY_CLOSED = 200


@router.post("/contracts/{contract_id}/fee-months/{fee_month}/closing", status_code=201, response_model=ClosingOut)
async def post_closing(contract_id: str, fee_month: str, tx: TxDep, now: Now, response: Response) -> object:
    """Close a fee month from the first day after it; asked again, the same statement (200)."""
    closed = await close_fee_month(contract_id, fee_month, tx, now)
    if not closed.new:
        response.status_code = _ALREADY_CLOSED
    return ClosingOut.of(closed.statement)


@router.get("/statements", response_model=PageOf[StatementOut])
async def list_statements(
    tx: TxDep,
    paging: Paging,
    contract_id: Annotated[IdText | None, Query()] = None,
    fee_month: Annotated[IdText | None, Query()] = None,
) -> object:
    """Closed statements in the order of their closing."""
    rows = await statements.listed(
        tx, contract_id=contract_id, fee_month=fee_month, after=paging.after, limit=paging.limit + 1
    )
    return page(rows, paging, to=StatementOut.of)


@router.get("/statements/{statement_id}", response_model=StatementOut)
async def get_statement(statement_id: str, tx: TxDep) -> object:
    """One statement; each line names its rules and its event."""
    return StatementOut.of(await statements.load(tx, statement_id))


@router.get("/statements/{statement_id}/why", response_model=StatementWhyOut)
async def get_statement_why(statement_id: str, tx: TxDep) -> object:
    """Which rules, inputs and events made each line."""
    return StatementWhyOut.of(await statements.load(tx, statement_id))
