"""Who did what to a contract, when, and from which request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.db import Tx, rows_as
from contracts.storage import tables


@dataclass(frozen=True, kw_only=True)
class HistoryEntry:
    """One act. `event_ids` are the facts that were told of it."""

    id: str
    contract_id: str
    partner: str | None
    at: datetime
    actor: str
    request_id: str | None
    act: str
    details: Mapping[str, Any]
    event_ids: Sequence[str]


async def append(tx: Tx, entry: HistoryEntry) -> None:
    """Write an entry; it is never changed."""
    await tx.run(
        sa.insert(tables.history).values(
            id=entry.id,
            contract_id=entry.contract_id,
            partner=entry.partner,
            at=entry.at,
            actor=entry.actor,
            request_id=entry.request_id,
            act=entry.act,
            details=dict(entry.details),
            event_ids=list(entry.event_ids),
        )
    )


async def of_contract(tx: Tx, contract_id: str, *, after: str | None, limit: int) -> list[HistoryEntry]:
    """The entries of a contract in order, behind `after`."""
    c = tables.history.c
    chosen = sa.select(tables.history).where(c.contract_id == contract_id).order_by(c.id).limit(limit)
    if after is not None:
        chosen = chosen.where(c.id > after)
    return rows_as(HistoryEntry, await tx.all(chosen))
