"""The story of a case: its own facts and those of other services, in order.

Own facts are written by the database from the outbox row itself: the story and what was published cannot differ.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx, rows_as
from common.events.base import EventData, Received, body_of
from helpdesk.storage.tables import case_entry


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One fact about a case; `source` is the service that said it."""

    number: int
    inquiry_id: str
    event_id: str | None
    source: str
    type: str
    actor: str
    at: datetime
    facts: dict[str, Any]


async def tell(tx: Tx, event: Received[EventData], *, inquiry_id: str, contract_id: str, partner: str | None) -> None:
    """Add another service's fact; told twice it stands there once."""
    await tx.run(
        insert(case_entry)
        .values(
            inquiry_id=inquiry_id,
            partner=partner,
            contract_id=contract_id,
            event_id=event.id,
            source=event.data.topic.split(".", 1)[0],
            type=type(event.data).__name__,
            actor=event.data.actor,
            at=event.time,
            facts=body_of(event.data),
        )
        .on_conflict_do_nothing(index_elements=[case_entry.c.event_id])
    )


async def entries(tx: Tx, inquiry_ids: Collection[str]) -> list[Entry]:
    """Everything about these inquiries, in order."""
    columns = [column for column in case_entry.c if column.name not in {"partner", "contract_id"}]
    statement = (
        sa.select(*columns)
        .where(case_entry.c.inquiry_id.in_(sorted(inquiry_ids)))
        .order_by(case_entry.c.at, case_entry.c.number)
    )
    return rows_as(Entry, await tx.all(statement))
