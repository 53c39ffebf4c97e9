"""Visit requests in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from asyncpg import Record
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from dispatch.domain.refusals import VisitRequestUnknown
from dispatch.domain.requests import LIVE, RequestStatus, VisitRequest
from dispatch.domain.workforce import Purpose
from dispatch.storage import quotes
from dispatch.storage.tables import LIVE_REQUEST, visit_request


async def add(tx: Tx, new: VisitRequest) -> bool:
    """Insert a request; False when its inquiry already has a live one (R-ISOLATION-QUOTA)."""
    statement = insert(visit_request).values(
        id=new.id,
        contract_id=new.contract_id,
        partner=new.partner,
        purpose=new.purpose.value,
        created_at=new.created_at,
        inquiry_id=new.inquiry_id,
        verdict_id=new.verdict_id,
        suspected=new.suspected,
        quote=quotes.kept(new.quote),
        **_changing(new),
    )
    done = await tx.run(
        statement.on_conflict_do_nothing(index_elements=["inquiry_id"], index_where=sa.text(LIVE_REQUEST))
    )
    return done == 1


async def save(tx: Tx, changed: VisitRequest) -> None:
    """Save a request that this transaction has locked."""
    await tx.run(sa.update(visit_request).where(visit_request.c.id == changed.id).values(_changing(changed)))


async def by_id(tx: Tx, request_id: str, *, lock: bool = False) -> VisitRequest:
    """One request; raises `VisitRequestUnknown`."""
    statement = sa.select(visit_request).where(visit_request.c.id == request_id)
    row = await tx.first(statement.with_for_update() if lock else statement)
    if row is None:
        raise VisitRequestUnknown(visit_request_id=request_id)
    return _request(row)


async def live_ids(tx: Tx, *, inquiry_ids: Sequence[str] = (), contract_id: str | None = None) -> list[str]:
    """Ids of live requests of these inquiries, or of a contract, in id order."""
    whose = (
        visit_request.c.inquiry_id.in_(inquiry_ids)
        if contract_id is None
        else visit_request.c.contract_id == contract_id
    )
    statement = sa.select(visit_request.c.id).where(
        whose, visit_request.c.status.in_([status.value for status in LIVE])
    )
    return [row["id"] for row in await tx.all(statement.order_by(visit_request.c.id))]


async def listed(tx: Tx, *, filters: dict[str, str | None], after: str | None, limit: int) -> list[VisitRequest]:
    """Requests by id; `filters` are columns and the values they must have (None: any)."""
    statement = sa.select(visit_request).order_by(visit_request.c.id).limit(limit)
    for column, value in filters.items():
        if value is not None:
            statement = statement.where(visit_request.c[column] == value)
    if after is not None:
        statement = statement.where(visit_request.c.id > after)
    return [_request(row) for row in await tx.all(statement)]


def _changing(request: VisitRequest) -> dict[str, Any]:
    return {
        "status": request.status.value,
        "hold_reasons": list(request.hold_reasons),
        "reason": request.reason,
        "version": request.version,
    }


def _request(row: Record) -> VisitRequest:
    return VisitRequest(
        **dict(row)
        | {
            "purpose": Purpose(row["purpose"]),
            "status": RequestStatus(row["status"]),
            "quote": quotes.read(row["quote"]),
            "hold_reasons": tuple(row["hold_reasons"]),
        }
    )
