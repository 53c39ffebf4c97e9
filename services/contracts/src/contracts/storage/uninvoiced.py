"""Statements that wait for their invoice, and who gets one invoice over several contracts (一括請求)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_or

from common.db import Tx
from contracts.storage import tables

# One invoice over several contracts waits until none of them has an open month of that name or an earlier one.
_READY = """
NOT EXISTS (
    SELECT FROM subscriber_billing b JOIN contract c ON c.subscriber_id = b.subscriber_id
    JOIN open_month o ON o.contract_id = c.id
    WHERE b.subscriber_id = u.subscriber_id AND b.consolidated
      AND to_char(timezone('Asia/Tokyo', o.ends_at) - interval '1 month', 'YYYY-MM') <= u.fee_month
)
"""
_FIRST = "SELECT closed_at FROM uninvoiced u WHERE " + _READY + " LIMIT 1"  # noqa: S608 - constants
_CHOSEN = """
SELECT u.statement_id, u.subscriber_id, u.fee_month, coalesce(b.consolidated, false) AS consolidated
FROM uninvoiced u LEFT JOIN subscriber_billing b ON b.subscriber_id = u.subscriber_id
"""
_DUE = _CHOSEN + "WHERE " + _READY + " ORDER BY u.subscriber_id, u.fee_month, u.statement_id LIMIT $1"
_OF = _CHOSEN + "WHERE u.subscriber_id = $1 ORDER BY u.fee_month, u.statement_id"
_FOR_UPDATE = " FOR UPDATE OF u SKIP LOCKED"
# Of who was erased meanwhile, what tax law wants kept.
_CUSTOMERS = """
SELECT s.id, coalesce(t.name, s.name) AS name, coalesce(t.postal_code, s.postal_code) AS postal_code,
       CASE WHEN t.subscriber_id IS NULL THEN s.prefecture || s.city || s.street || coalesce(' ' || s.building, '')
            ELSE t.prefecture || t.city || t.street || coalesce(' ' || t.building, '') END AS address
FROM subscriber s LEFT JOIN tax_record t ON t.subscriber_id = s.id WHERE s.id = ANY($1)
"""


async def first(tx: Tx) -> datetime | None:
    """When a statement was closed that could have its invoice by now; None when all have."""
    found: datetime | None = await tx.connection.fetchval(_FIRST)
    return found


async def due(tx: Tx, most: int) -> list[list[str]]:
    """Statements that belong on one invoice each, for up to `most` statements; nobody else takes them up."""
    rows = await tx.connection.fetch(_DUE + _FOR_UPDATE, most)
    if len(rows) == most:  # the last subscriber's may not be all there
        whole = [row for row in rows if row["subscriber_id"] != rows[-1]["subscriber_id"]]
        rows = whole or await tx.connection.fetch(_OF + _FOR_UPDATE, rows[-1]["subscriber_id"])
    return _grouped(rows)


async def of_subscriber(tx: Tx, subscriber_id: str) -> list[list[str]]:
    """The same for one subscriber, ready or not."""
    return _grouped(await tx.connection.fetch(_OF + _FOR_UPDATE, subscriber_id))


async def customers(tx: Tx, subscriber_ids: list[str]) -> dict[str, dict[str, str]]:
    """Name and address of subscribers, as they are now, or as they were when they were erased, by id."""
    rows = await tx.connection.fetch(_CUSTOMERS, subscriber_ids)
    return {
        row["id"]: {"name": row["name"], "postal_code": row["postal_code"], "address": row["address"]} for row in rows
    }


async def is_consolidated(tx: Tx, subscriber_id: str) -> bool:
    """Whether a subscriber wants one invoice over several contracts."""
    t = tables.subscriber_billing
    return bool(await tx.scalar(sa.select(t.c.consolidated).where(t.c.subscriber_id == subscriber_id)))


async def set_consolidated(
    tx: Tx, *, subscriber_id: str, partner: str | None, consolidated: bool, now: datetime
) -> None:
    """Remember the wish."""
    t = tables.subscriber_billing
    wish = {"consolidated": consolidated, "changed_by": tx.actor, "changed_at": now}
    new = insert_or(t).values(subscriber_id=subscriber_id, partner=partner, version=1, **wish)
    await tx.run(
        new.on_conflict_do_update(index_elements=[t.c.subscriber_id], set_={**wish, "version": t.c.version + 1})
    )


def _grouped(rows: Any) -> list[list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        one = (row["subscriber_id"], row["fee_month"]) if row["consolidated"] else (row["statement_id"],)
        groups.setdefault(one, []).append(row["statement_id"])
    return list(groups.values())
