"""The customer's record: the entry as it stands, every version of it, and the kinds of entries."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Record, Tx, rows_as
from helpdesk.domain.records import Particulars, RecordEntry, RecordKind, RecordStatus
from helpdesk.storage.tables import credential, record_entry, record_kind, record_version

_SAID = [each.name for each in fields(Particulars)]


async def kinds(tx: Tx) -> list[RecordKind]:
    """All kinds, in their order."""
    return rows_as(RecordKind, await tx.all(sa.select(record_kind).order_by(record_kind.c.place, record_kind.c.code)))


async def put_kind(tx: Tx, kind: RecordKind) -> None:
    """Keep a kind, new or known."""
    statement = insert(record_kind).values(asdict(kind))
    again = {name: statement.excluded[name] for name in ("ja", "en", "place", "offered")}
    await tx.run(statement.on_conflict_do_update(index_elements=["code"], set_=again))


async def add(tx: Tx, new: RecordEntry) -> None:
    """A new entry, with its first version."""
    await tx.run(record_entry.insert().values(**_row(new), id=new.id))
    await tx.run(record_version.insert().values(**_row(new), entry_id=new.id))


async def save(tx: Tx, after: RecordEntry) -> None:
    """A later version of an entry that was locked before."""
    await tx.run(record_entry.update().where(record_entry.c.id == after.id).values(**_row(after)))
    await tx.run(record_version.insert().values(**_row(after), entry_id=after.id))


async def keep_for(tx: Tx, entry_id: str, subscriber_id: str) -> None:
    """From now on the entry is this subscriber's, who has something hanging on it; it is locked."""
    await tx.run(record_entry.update().where(record_entry.c.id == entry_id).values(subscriber_id=subscriber_id))


async def find(tx: Tx, entry_id: str, *, lock: bool = False) -> RecordEntry | None:
    """An entry as it stands."""
    statement = sa.select(record_entry).where(record_entry.c.id == entry_id)
    row = await tx.first(statement.with_for_update() if lock else statement)
    return None if row is None else _entry(row, row["id"])


async def listed(tx: Tx, *, filters: dict[str, str], after: str | None, limit: int) -> list[RecordEntry]:
    """Entries in the order in which they were first written."""
    statement = sa.select(record_entry).order_by(record_entry.c.id).limit(limit)
    for name, value in filters.items():
        statement = statement.where(record_entry.c[name] == value)
    if after is not None:
        statement = statement.where(record_entry.c.id > after)
    return [_entry(row, row["id"]) for row in await tx.all(statement)]


async def in_short(tx: Tx, contract_id: str, *, most: int) -> list[RecordEntry]:
    """What is in force for a contract, by kind; the newest `most` of it."""
    newest = (
        sa.select(record_entry)
        .where(record_entry.c.contract_id == contract_id, record_entry.c.status == RecordStatus.ACTIVE.value)
        .order_by(record_entry.c.id.desc())
        .limit(most)
        .subquery()
    )
    kind = sa.select(record_kind.c.place).where(record_kind.c.code == newest.c.kind).scalar_subquery()
    rows = await tx.all(sa.select(newest).order_by(kind, newest.c.id))
    return [_entry(row, row["id"]) for row in rows]


async def versions(tx: Tx, entry_id: str, *, before: int | None, limit: int) -> list[RecordEntry]:
    """Versions before `before`, the newest first."""
    statement = sa.select(record_version).where(record_version.c.entry_id == entry_id)
    if before is not None:
        statement = statement.where(record_version.c.version < before)
    rows = await tx.all(statement.order_by(record_version.c.version.desc()).limit(limit))
    return [_entry(row, row["entry_id"]) for row in rows]


async def forget(tx: Tx, subscriber_id: str) -> None:
    """Erase what was written for a subscriber: entries that nobody else took over, versions, secrets."""
    for table in (record_entry, record_version, credential):
        await tx.run(table.delete().where(table.c.subscriber_id == subscriber_id))


def _row(new: RecordEntry) -> dict[str, Any]:
    return {
        **asdict(new.said),
        "contract_id": new.contract_id,
        "subscriber_id": new.subscriber_id,
        "status": new.status.value,
        "version": new.version,
        "actor": new.actor,
        "at": new.at,
    }


def _entry(row: Record, entry_id: str) -> RecordEntry:
    return RecordEntry(
        id=entry_id,
        contract_id=row["contract_id"],
        subscriber_id=row["subscriber_id"],
        status=RecordStatus(row["status"]),
        version=row["version"],
        said=Particulars(**{name: row[name] for name in _SAID}),
        actor=row["actor"],
        at=row["at"],
    )
