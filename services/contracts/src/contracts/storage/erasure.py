"""Taking a person's data out of every row, and keeping apart what tax law wants kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from common.db import Tx
from common.events.contracts import DIRECTORY
from contracts.storage import tables

_LAST_STATEMENT = "SELECT max(last_day) FROM statement WHERE subscriber_id = $1"
_KEEP = """
INSERT INTO tax_record (subscriber_id, name, postal_code, prefecture, city, street, building, erased_at, erased_by,
                        keep_until)
SELECT id, name, postal_code, prefecture, city, street, building, $2, $3, $4 FROM subscriber WHERE id = $1
"""
_OF_PERSON = (
    "DELETE FROM contact WHERE subscriber_id = $1",
    "DELETE FROM subscriber_phone WHERE subscriber_id = $1",
    "DELETE FROM bank_account WHERE subscriber_id = $1",
    # Who consented for this holder: consents end with the registration of the holder who gave them.
    """
    UPDATE consent s SET accepted_by = '' FROM registration_period r
    WHERE r.subscriber_id = $1 AND s.contract_id = r.contract_id AND s.holds_until IS NOT DISTINCT FROM r.ends_at
    """,
    """
    UPDATE consent s SET accepted_by = '' FROM contract c
    WHERE c.subscriber_id = $1 AND s.contract_id = c.id AND s.holds_until IS NULL
    """,
    """
    UPDATE site s SET label = '' FROM registration_period r
    WHERE r.subscriber_id = $1 AND s.contract_id = r.contract_id AND s.starts_at >= r.starts_at
      AND (r.ends_at IS NULL OR s.starts_at < r.ends_at)
    """,
    "UPDATE contract SET correction = NULL WHERE subscriber_id = $1",
    """
    UPDATE subscriber SET name = '', name_kana = '', postal_code = '', prefecture = '', prefecture_code = '', city = '',
        street = '', building = NULL, municipality_code = NULL
    WHERE id = $1
    """,
)
# The district stays: it was told everywhere, and no longer leads to anybody.
_ADDRESSES = """
UPDATE address_period a SET city = '', street = '', building = NULL FROM contract c
WHERE c.subscriber_id = $1 AND a.contract_id = c.id RETURNING a.id, a.contract_id
"""
_TOLD = "DELETE FROM published_event WHERE topic = $2 AND aggregateid = ANY($1)"


@dataclass(frozen=True, kw_only=True)
class ErasedAddress:
    """A contract address of which nothing is left but its id and district."""

    id: str
    contract_id: str


async def last_statement_day(tx: Tx, subscriber_id: str) -> date | None:
    """The last day that was ever billed to a subscriber."""
    found: date | None = await tx.connection.fetchval(_LAST_STATEMENT, subscriber_id)
    return found


async def keep_for_tax(tx: Tx, subscriber_id: str, *, now: datetime, keep_until: date) -> None:
    """Name and address of whom statements were issued to, out of everybody's sight, until the day given."""
    await tx.connection.execute(_KEEP, subscriber_id, now, tx.actor, keep_until)


async def erase(tx: Tx, subscriber_id: str) -> list[ErasedAddress]:
    """Nothing personal is left of a subscriber; the addresses of its contracts that went with it."""
    for statement in _OF_PERSON:
        await tx.connection.execute(statement, subscriber_id)
    rows = await tx.connection.fetch(_ADDRESSES, subscriber_id)
    gone = sorted((row["id"], row["contract_id"]) for row in rows)
    await tx.connection.execute(_TOLD, [subscriber_id, *(id_ for id_, _ in gone)], DIRECTORY)
    return [ErasedAddress(id=id_, contract_id=contract_id) for id_, contract_id in gone]


async def mark_erased(tx: Tx, subscriber_id: str, *, version: int, now: datetime) -> None:
    """Count the erasure as the subscriber's newest version."""
    t = tables.subscriber
    await tx.run(sa.update(t).where(t.c.id == subscriber_id).values(version=version, erased_at=now))


async def next_tax_record_due(tx: Tx) -> date | None:
    """The day on which the next tax record has been kept long enough."""
    found: date | None = await tx.scalar(sa.select(sa.func.min(tables.tax_record.c.keep_until)))
    return found


async def drop_tax_records(tx: Tx, *, today: date) -> int:
    """Tax records whose time is over go."""
    return await tx.run(sa.delete(tables.tax_record).where(tables.tax_record.c.keep_until < today))
