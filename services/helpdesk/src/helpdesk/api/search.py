"""Search over all that was written."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from common.http import Code, IdText, MomentIn, Router, TxDep
from helpdesk.api.search_schemas import SearchOut, SimilarOut
from helpdesk.domain.search import What
from helpdesk.storage.search import Filters
from helpdesk.usecases.search import search
from helpdesk.usecases.similar_inquiries import similar_inquiries

router = Router(prefix="/api/helpdesk/v1", tags=["finding"])


def _filters(
    contract_id: Annotated[IdText | None, Query()] = None,
    status: Annotated[Code | None, Query()] = None,
    kind: Annotated[Code | None, Query()] = None,
    what: Annotated[What | None, Query()] = None,
    since: Annotated[MomentIn | None, Query(alias="from")] = None,
    until: Annotated[MomentIn | None, Query(alias="to")] = None,
) -> Filters:
    return Filters(contract_id=contract_id, status=status, kind=kind, what=what, since=since, until=until)


@router.get("/search", response_model=SearchOut)
async def find(
    tx: TxDep,
    q: Annotated[str, Query(min_length=1, max_length=200)],
    filters: Annotated[Filters, Depends(_filters)],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> object:
    """Inquiries, notes, verdicts, callers, subscribers and articles by two characters or more, best first.

    Width, kana and prolonged sounds do not matter; terms between spaces must all occur. Where that finds little, the
    words alone are looked for, then what differs by one slip of the pen. `status` and `kind` are those of the inquiry.
    """
    return SearchOut.of(await search(q, filters, tx, limit=limit))


@router.get("/inquiries/{inquiry_id}/similar", response_model=SimilarOut)
async def find_similar(inquiry_id: IdText, tx: TxDep) -> object:
    """What helped before: at most five solved inquiries, of whichever customer, that share most words with this one."""
    return SimilarOut.of(await similar_inquiries(inquiry_id, tx))
