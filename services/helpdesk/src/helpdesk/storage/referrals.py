"""Referrals: reading, keeping, and which are due to be followed up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx, refusing, rows_as
from helpdesk.domain.referrals import Referral, ReferralOutcome, ReferralStatus
from helpdesk.domain.refusals import ReferralOpen
from helpdesk.storage.tables import referral as table
from helpdesk.storage.tables import referral_follow_up


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """Somebody asked the carrier; its words are for the house."""

    id: str
    referral_id: str
    inquiry_id: str
    contract_id: str
    words: str
    next_at: datetime
    actor: str
    at: datetime


async def add(tx: Tx, new: Referral) -> None:
    """Keep a referral; raises `ReferralOpen` when the inquiry has an open one."""
    with refusing(uq_referral_open=lambda: ReferralOpen(inquiry_id=new.inquiry_id)):
        await tx.run(table.insert().values(_row(new)))


async def save(tx: Tx, after: Referral) -> None:
    """Keep what became of a referral; its inquiry is locked."""
    await tx.run(table.update().where(table.c.id == after.id).values(_row(after)))


async def find(tx: Tx, inquiry_id: str, referral_id: str) -> Referral | None:
    """A referral of this inquiry."""
    row = await tx.first(sa.select(table).where(table.c.id == referral_id, table.c.inquiry_id == inquiry_id))
    return None if row is None else _referral(row)


async def of_inquiry(tx: Tx, inquiry_id: str) -> list[Referral]:
    """All referrals of an inquiry, in order."""
    statement = sa.select(table).where(table.c.inquiry_id == inquiry_id).order_by(table.c.id)
    return [_referral(row) for row in await tx.all(statement)]


async def still_open(
    tx: Tx, *, due_at: datetime | None = None, after: str | None = None, limit: int = 20
) -> list[Referral]:
    """Referrals that wait for an answer; with `due_at` those that were to be followed up by then."""
    statement = sa.select(table).where(table.c.status == ReferralStatus.OPEN.value)
    if due_at is not None:
        statement = statement.where(table.c.follow_up_at <= due_at)
    if after is not None:
        statement = statement.where(table.c.id > after)
    return [_referral(row) for row in await tx.all(statement.order_by(table.c.id).limit(limit))]


async def add_follow_up(tx: Tx, asked: FollowUp) -> None:
    """Write down that somebody asked."""
    await tx.run(referral_follow_up.insert().values(asdict(asked)))


async def follow_ups(tx: Tx, referral_id: str) -> list[FollowUp]:
    """Each time somebody asked, in order."""
    statement = sa.select(referral_follow_up).where(referral_follow_up.c.referral_id == referral_id)
    return rows_as(FollowUp, await tx.all(statement.order_by(referral_follow_up.c.id)))


def _row(kept: Referral) -> dict[str, Any]:
    outcome = kept.outcome.value if kept.outcome is not None else None
    return {**asdict(kept), "status": kept.status.value, "outcome": outcome}


def _referral(row: Record) -> Referral:
    outcome = ReferralOutcome(row["outcome"]) if row["outcome"] is not None else None
    return Referral(**{**dict(row), "status": ReferralStatus(row["status"]), "outcome": outcome})
