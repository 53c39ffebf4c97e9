"""Refused inquiries, kept under ids of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.db import Tx, rows_as
from helpdesk.storage.tables import refusal as table


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What was asked, when, and every reason why not."""

    id: str
    contract_id: str
    codes: list[str]
    rule_ids: list[str]
    reasons: list[dict[str, Any]]
    kind: str
    channel: str
    site: str
    received_at: datetime
    fee_month: str | None
    actor: str


async def add(tx: Tx, refusal: Refusal) -> None:
    """Keep a refusal."""
    await tx.run(
        table.insert().values(
            id=refusal.id,
            contract_id=refusal.contract_id,
            codes=refusal.codes,
            rule_ids=refusal.rule_ids,
            reasons=refusal.reasons,
            kind=refusal.kind,
            channel=refusal.channel,
            site=refusal.site,
            received_at=refusal.received_at,
            fee_month=refusal.fee_month,
            actor=refusal.actor,
        )
    )


async def find(tx: Tx, refusal_id: str) -> Refusal | None:
    """A refusal by its reference."""
    found = rows_as(Refusal, await tx.all(sa.select(table).where(table.c.id == refusal_id)))
    return found[0] if found else None


async def listed(tx: Tx, *, contract_id: str | None = None, after: str | None = None, limit: int = 20) -> list[Refusal]:
    """Refusals in the order in which they happened."""
    statement = sa.select(table).order_by(table.c.id).limit(limit)
    if contract_id is not None:
        statement = statement.where(table.c.contract_id == contract_id)
    if after is not None:
        statement = statement.where(table.c.id > after)
    return rows_as(Refusal, await tx.all(statement))
