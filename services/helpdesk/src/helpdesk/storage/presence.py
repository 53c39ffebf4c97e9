"""Who has which inquiry on the screen: leases that each process keeps for its own connections, in the database's time.

A process that dies renews none; whoever reads passes over what has run out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.db import Tx

_LEAVE = """
UPDATE inquiry_presence SET until = least(until, now() + $3::interval) WHERE process = $1 AND id <> ALL ($2::text[])
"""
_STAY = """
INSERT INTO inquiry_presence (id, inquiry_id, operator, process, until)
SELECT id, inquiry_id, operator, $1, now() + $5::interval
FROM unnest($2::text[], $3::text[], $4::text[]) AS t (id, inquiry_id, operator)
ON CONFLICT (id) DO UPDATE SET until = excluded.until
"""
_FORGET = """
DELETE FROM inquiry_presence WHERE id IN (SELECT id FROM inquiry_presence WHERE until <= now() FOR UPDATE SKIP LOCKED)
"""
_HERE = """
SELECT inquiry_id, operator, min(since) AS since FROM inquiry_presence
WHERE inquiry_id = ANY ($1::text[]) AND until > now() GROUP BY inquiry_id, operator ORDER BY since, operator
"""


@dataclass(frozen=True, kw_only=True)
class Seat:
    """One connection by which an operator has an inquiry open."""

    id: str
    inquiry_id: str
    operator: str


@dataclass(frozen=True, kw_only=True)
class Present:
    """Somebody who has an inquiry open, and since when."""

    operator: str
    since: datetime


async def keep(tx: Tx, process: str, seats: Collection[Seat], *, lease: timedelta, linger: timedelta) -> None:
    """These are the seats of this process, for `lease`; what else it had ends after `linger`."""
    ids = [seat.id for seat in seats]
    await tx.connection.execute(_LEAVE, process, ids, linger)
    inquiries, operators = [seat.inquiry_id for seat in seats], [seat.operator for seat in seats]
    await tx.connection.execute(_STAY, process, ids, inquiries, operators, lease)
    await tx.connection.execute(_FORGET)


async def here(tx: Tx, inquiry_ids: Collection[str]) -> dict[str, list[Present]]:
    """Who has these inquiries open, whoever came first first; inquiries that nobody has open are left out."""
    found: dict[str, list[Present]] = {}
    for row in await tx.connection.fetch(_HERE, list(inquiry_ids)):
        present = Present(operator=row["operator"], since=row["since"])
        found.setdefault(row["inquiry_id"], []).append(present)
    return found
