"""Refusals that were recorded."""

from __future__ import annotations

from common.http import IdText, Router, TxDep
from loaner.api.schemas import LoanRefusalOut
from loaner.storage import refusals

router = Router(prefix="/api/loaner/v1", tags=["loans"])


@router.get("/loan-refusals/{refusal_id}", response_model=LoanRefusalOut)
async def get_refusal(refusal_id: IdText, tx: TxDep) -> object:
    """A refused loan: which rules, which inputs."""
    return LoanRefusalOut.of(await refusals.find(tx, refusal_id))
