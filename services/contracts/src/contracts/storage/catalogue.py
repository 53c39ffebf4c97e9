"""The catalogue's effective-dated rows, what of it was published, and the exceptions of the calendar."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Record, Tx
from contracts.domain.catalogue import Catalogue
from contracts.domain.closed_day import ClosedDay
from contracts.domain.refusals import CatalogueMissing
from contracts.storage import tables
from contracts.storage.catalogue_document import PARTS, digest_of, read_catalogue

_CURRENT = """
SELECT DISTINCT ON (part) part, valid_from, digest FROM catalogue_part WHERE valid_from <= $1 AND part = ANY($2)
ORDER BY part, valid_from DESC
"""
_BODIES = """
SELECT part, body::text AS body FROM catalogue_part
WHERE (part, valid_from) IN (SELECT * FROM unnest($1::text[], $2::timestamptz[])) ORDER BY part
"""
_KNOWN = 8
_ONE_LOADER = "SELECT pg_advisory_xact_lock(hashtext('contracts catalogue'))"


async def current(tx: Tx, at: datetime) -> Catalogue:
    """The catalogue in force at `at`; raises `CatalogueMissing` before the first was loaded.

    Its parts are read and checked once for each content. Parts that only a newer version of this program knows, which
    may run beside it, are left alone.
    """
    rows = await tx.connection.fetch(_CURRENT, at, PARTS)
    if not rows:
        raise CatalogueMissing(at=at)
    content = tuple((row["part"], row["digest"]) for row in rows)
    if content not in _read:
        parts = await bodies(tx, rows)
        while len(_read) >= _KNOWN:
            del _read[next(iter(_read))]
        _read[content] = read_catalogue({part: json.loads(body) for part, body in parts})
    return _read[content]


_read: dict[tuple[tuple[str, str], ...], Catalogue] = {}


async def document_in_force(tx: Tx, at: datetime) -> dict[str, Any]:
    """The parts in force at `at`, as they were loaded; empty before the first was."""
    rows = await tx.connection.fetch(_CURRENT, at, PARTS)
    return {part: json.loads(body) for part, body in await bodies(tx, rows)}


async def bodies(tx: Tx, rows: list[Record]) -> list[tuple[str, str]]:
    """The content of rows that name a part and since when it counts, as JSON text."""
    found = await tx.connection.fetch(_BODIES, [row["part"] for row in rows], [row["valid_from"] for row in rows])
    return [(row["part"], row["body"]) for row in found]


async def keep_part(tx: Tx, part: str, body: Any, now: datetime) -> bool:
    """A part's content from `now` on, when it differs from what is in force; whether it did."""
    t = tables.catalogue_part
    latest = sa.select(t.c.digest).where(t.c.part == part).order_by(t.c.valid_from.desc()).limit(1)
    digest = digest_of(body)
    if await tx.scalar(latest) == digest:
        return False
    new = insert(t).values(part=part, valid_from=now, digest=digest, body=body)
    await tx.run(
        new.on_conflict_do_update(
            index_elements=[t.c.part, t.c.valid_from],
            set_={"digest": new.excluded.digest, "body": new.excluded.body},
        )
    )
    return True


async def one_loader(tx: Tx) -> None:
    """Processes that start together load one after the other."""
    await tx.connection.execute(_ONE_LOADER)


async def count_publication(tx: Tx, part: str, content: Any) -> int | None:
    """The version under which this content is to be published now; None when it was published last."""
    t = tables.published_part
    digest = digest_of(content)
    new = insert(t).values(part=part, version=1, digest=digest)
    version: int | None = await tx.scalar(
        new.on_conflict_do_update(
            index_elements=[t.c.part],
            set_={"version": t.c.version + 1, "digest": new.excluded.digest},
            where=t.c.digest != new.excluded.digest,
        ).returning(t.c.version)
    )
    return version


async def count_republication(tx: Tx, part: str) -> int:
    """The version under which the same content is to be published again. Raises `LookupError` when it never was."""
    t = tables.published_part
    counted = sa.update(t).where(t.c.part == part).values(version=t.c.version + 1).returning(t.c.version)
    return int((await tx.one(counted))["version"])


async def closed_days(tx: Tx) -> list[ClosedDay]:
    """All exceptions, by day."""
    t = tables.closed_day
    rows = await tx.all(sa.select(t.c.day, t.c.closed, t.c.reason).order_by(t.c.day))
    return [ClosedDay(**dict(row)) for row in rows]


async def put_closed_day(tx: Tx, exception: ClosedDay, *, by: str, now: datetime) -> None:
    """Enter or replace the exception of a day."""
    t = tables.closed_day
    new = insert(t).values(day=exception.day, closed=exception.closed, reason=exception.reason, set_by=by, set_at=now)
    names = ("closed", "reason", "set_by", "set_at")
    await tx.run(new.on_conflict_do_update(index_elements=[t.c.day], set_={name: new.excluded[name] for name in names}))


async def remove_closed_day(tx: Tx, day: date) -> bool:
    """Take the exception of a day back; whether there was one."""
    return await tx.run(sa.delete(tables.closed_day).where(tables.closed_day.c.day == day)) > 0
