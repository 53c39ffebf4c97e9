"""Notices of outages, and on which inquiries they stand."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx, rows_as
from helpdesk.domain.notices import Notice
from helpdesk.storage.tables import note, outage_notice


async def keep(tx: Tx, new: Notice) -> Notice:
    """Keep the notice; where the outage has one in the same words already, it is that one."""
    await tx.run(insert(outage_notice).values(asdict(new)).on_conflict_do_nothing())
    own = outage_notice.c.outage_id == new.outage_id, outage_notice.c.digest == new.digest
    return Notice(**dict(await tx.one(sa.select(outage_notice).where(*own))))


async def listed(tx: Tx, outage_id: str, *, after: str | None, limit: int) -> list[Notice]:
    """The notices of an outage, oldest first."""
    statement = sa.select(outage_notice).where(outage_notice.c.outage_id == outage_id)
    if after is not None:
        statement = statement.where(outage_notice.c.id > after)
    return rows_as(Notice, await tx.all(statement.order_by(outage_notice.c.id).limit(limit)))


async def stands_on(tx: Tx, notice_id: str, inquiry_id: str) -> bool:
    """Whether the notice was written on this inquiry, which is locked."""
    own = sa.select(note.c.id).where(note.c.notice_id == notice_id, note.c.inquiry_id == inquiry_id)
    return await tx.scalar(own) is not None
