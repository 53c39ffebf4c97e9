"""What dispatch has been told about inquiries; merges are followed to where the case went on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from asyncpg import Record
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from dispatch.domain.cases import CaseFile, CaseStatus
from dispatch.storage.tables import inquiry_case

_DEPTH = 20

_FOLLOWED = """
WITH RECURSIVE chain AS (
    SELECT c.*, 0 AS depth FROM inquiry_case c WHERE c.inquiry_id = $1
    UNION ALL
    SELECT c.*, chain.depth + 1 FROM inquiry_case c JOIN chain ON c.inquiry_id = chain.merged_into
    WHERE chain.status = 'merged' AND chain.depth < $2
)
SELECT * FROM chain ORDER BY depth DESC LIMIT 1
"""

_LEADING_HERE = """
WITH RECURSIVE sources AS (
    SELECT $1::text AS inquiry_id, 0 AS depth
    UNION
    SELECT c.inquiry_id, s.depth + 1 FROM inquiry_case c JOIN sources s ON c.merged_into = s.inquiry_id
    WHERE c.status = 'merged' AND s.depth < $2
)
SELECT DISTINCT inquiry_id FROM sources ORDER BY inquiry_id
"""


async def learn(
    tx: Tx,
    inquiry_id: str,
    *,
    contract_id: str,
    partner: str | None,
    sequence: int,
    at: datetime,
    **told: Any,
) -> None:
    """Keep what an event told about an inquiry (columns of `inquiry_case`); the rest stays as it was.

    Two consumer groups tell the same story, each in its order: what is not newer is left alone. The row is locked in
    any case.
    """
    values = {
        "contract_id": contract_id,
        "partner": partner,
        "sequence": sequence,
        "known_up_to": at,
        **told,
    }
    statement = insert(inquiry_case).values(**{"inquiry_id": inquiry_id, "status": CaseStatus.OPEN.value, **values})
    await tx.run(
        statement.on_conflict_do_update(
            index_elements=["inquiry_id"], set_=values, where=inquiry_case.c.sequence < sequence
        )
    )


async def lock(tx: Tx, inquiry_id: str) -> None:
    """Keep the inquiry from changing until the end of the transaction."""
    statement = sa.select(inquiry_case.c.inquiry_id).where(inquiry_case.c.inquiry_id == inquiry_id)
    await tx.first(statement.with_for_update(read=True))


async def followed(tx: Tx, inquiry_id: str) -> CaseFile | None:
    """The inquiry that stands for this one now: itself, or what it was merged into (as far as known)."""
    row = await tx.connection.fetchrow(_FOLLOWED, inquiry_id, _DEPTH)
    return _case(row) if row is not None else None


async def leading_to(tx: Tx, inquiry_id: str) -> list[str]:
    """This inquiry and all that were merged into it, directly or not."""
    return [row["inquiry_id"] for row in await tx.connection.fetch(_LEADING_HERE, inquiry_id, _DEPTH)]


def _case(row: Record) -> CaseFile:
    values = {name: row[name] for name in inquiry_case.c.keys()}  # noqa: SIM118
    return CaseFile(**values | {"status": CaseStatus(row["status"])})
