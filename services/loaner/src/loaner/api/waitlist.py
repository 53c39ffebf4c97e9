"""Who waits for what."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import IdText, PageOf, Paging, Router, TxDep, page
from loaner.api.schemas import WaitingOut
from loaner.storage import loans

router = Router(prefix="/api/loaner/v1", tags=["waitlist"])


@router.get("/waitlist", response_model=PageOf[WaitingOut])
async def get_waitlist(
    tx: TxDep,
    paging: Paging,
    kind: Annotated[IdText | None, Query()] = None,
    depot_id: Annotated[IdText | None, Query()] = None,
) -> object:
    """Everybody who waits, by depot, kind and place."""
    rows = await loans.waitlist(tx, after=paging.after, limit=paging.limit + 1, depot_id=depot_id, kind=kind)
    return page(rows, paging, to=lambda place: WaitingOut.of(place.loan, place.position))
