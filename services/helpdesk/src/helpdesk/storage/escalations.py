"""Questions to the second line and to makers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from common.db import Tx, refusing, rows_as
from helpdesk.domain.desk_refusals import EscalationOpen
from helpdesk.domain.escalation import Escalation
from helpdesk.storage.tables import escalation as table


async def add(tx: Tx, new: Escalation) -> None:
    """Keep a question; raises `EscalationOpen` when the inquiry has an open one."""
    with refusing(uq_escalation_open=lambda: EscalationOpen(inquiry_id=new.inquiry_id)):
        await tx.run(table.insert().values(asdict(new)))


async def save(tx: Tx, after: Escalation) -> None:
    """Keep the answer; the inquiry is locked."""
    await tx.run(table.update().where(table.c.id == after.id).values(asdict(after)))


async def of_inquiry(tx: Tx, inquiry_id: str) -> list[Escalation]:
    """All questions about an inquiry, in order."""
    return rows_as(
        Escalation, await tx.all(sa.select(table).where(table.c.inquiry_id == inquiry_id).order_by(table.c.id))
    )


async def still_open(
    tx: Tx, *, due_by: datetime | None = None, after: str | None = None, limit: int = 20
) -> list[Escalation]:
    """Questions that wait for an answer; with `due_by` those that were due by then."""
    statement = sa.select(table).where(table.c.answered_at.is_(None))
    if due_by is not None:
        statement = statement.where(table.c.due_at <= due_by)
    if after is not None:
        statement = statement.where(table.c.id > after)
    return rows_as(Escalation, await tx.all(statement.order_by(table.c.id).limit(limit)))
