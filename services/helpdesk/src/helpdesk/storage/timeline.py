"""The story of a case: its own facts and those of other services, in order.

Own facts are written by the database from the outbox row itself: the story and what was published cannot differ. Each
case is a hash chain of its own (`common.sealing`), laid behind the writers: what was changed, removed or put in
afterwards does not fit its seals.
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
from common.ids import ID_PATTERN
from common.sealing import Chain
from helpdesk.storage.tables import case_entry

CASES_AT_ONCE = 200
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('seal'), hashtext('cases'))"
_TAKE = """
WITH taken AS (
    DELETE FROM case_unsealed WHERE number IN (SELECT number FROM case_unsealed ORDER BY number LIMIT $1)
    RETURNING number, inquiry_id
)
SELECT inquiry_id FROM taken GROUP BY inquiry_id ORDER BY min(number)
"""


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


async def tell(tx: Tx, event: Received[EventData], *, inquiry_id: str, contract_id: str) -> None:
    """Add another service's fact; told twice it stands there once."""
    await tx.run(
        insert(case_entry)
        .values(
            inquiry_id=inquiry_id,
            contract_id=contract_id,
            event_id=event.id,
            source=event.data.topic.split(".", 1)[0],
            type=type(event.data).__name__,
            actor=event.data.actor,
            at=event.time,
            facts=body_of(event.data),
        )
        .on_conflict_do_nothing(index_elements=[case_entry.c.event_id, case_entry.c.inquiry_id])
    )


async def entries(tx: Tx, inquiry_ids: Collection[str]) -> list[Entry]:
    """Everything about these inquiries, in order."""
    columns = [column for column in case_entry.c if column.name not in {"txid", "contract_id"}]
    statement = (
        sa.select(*columns)
        .where(case_entry.c.inquiry_id.in_(sorted(inquiry_ids)))
        .order_by(case_entry.c.at, case_entry.c.number)
    )
    return rows_as(Entry, await tx.all(statement))


def chain_of(inquiry_id: str) -> Chain:
    """The chain over the entries of one case; raises `ValueError` for what is no id."""
    if not ID_PATTERN.fullmatch(inquiry_id):
        raise ValueError(inquiry_id)
    entries_of_case = f"(SELECT * FROM case_entry WHERE inquiry_id = '{inquiry_id}')"  # noqa: S608 - letters and digits
    return Chain(f"case:{inquiry_id}", entries_of_case)


async def unsealed(tx: Tx) -> list[Chain]:
    """Some cases with new entries, for this transaction to seal; none while another process does so."""
    if not await tx.connection.fetchval(_ALONE):
        return []
    return [chain_of(row["inquiry_id"]) for row in await tx.connection.fetch(_TAKE, CASES_AT_ONCE)]
