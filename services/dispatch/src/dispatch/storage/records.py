"""What is written once and never changes: signatures, charges and the journal behind `why`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.db import Tx
from dispatch.domain.completion import Charge
from dispatch.domain.signatures import Signature
from dispatch.storage import quotes
from dispatch.storage.tables import charge, visit_journal, visit_signature


@dataclass(frozen=True, kw_only=True)
class JournalEntry:
    """One step of a visit: its event, the rules that were judged and what they were judged by."""

    visit_id: str
    version: int
    event_id: str
    event: str
    at: datetime
    actor: str
    rule_ids: tuple[str, ...]
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class Signed:
    """A signature and when it was given."""

    signature: Signature
    signed_at: datetime


async def add_signature(tx: Tx, visit_id: str, signature: Signature, *, signed_at: datetime) -> None:
    """Keep the customer's signature."""
    await tx.run(
        sa.insert(visit_signature).values(
            visit_id=visit_id, name=signature.name, image_png=signature.image_png, signed_at=signed_at
        )
    )


async def signature_of(tx: Tx, visit_id: str) -> Signed | None:
    """The signature of a visit."""
    row = await tx.first(sa.select(visit_signature).where(visit_signature.c.visit_id == visit_id))
    return None if row is None else Signed(Signature(row["name"], row["image_png"]), row["signed_at"])


async def add_charge(tx: Tx, new: Charge) -> None:
    """Keep what `ChargeRaised` said."""
    await tx.run(
        sa.insert(charge).values(
            id=new.id,
            visit_id=new.visit.id,
            contract_id=new.visit.contract_id,
            day=new.day,
            quote=quotes.kept(new.quote),
            total=new.quote.total,
        )
    )


async def charge_id_of(tx: Tx, visit_id: str) -> str | None:
    """The charge that a visit raised."""
    found: str | None = await tx.scalar(sa.select(charge.c.id).where(charge.c.visit_id == visit_id))
    return found


async def add_journal(tx: Tx, entry: JournalEntry) -> None:
    """Keep why a step was taken."""
    await tx.run(
        sa.insert(visit_journal).values(
            visit_id=entry.visit_id,
            version=entry.version,
            event_id=entry.event_id,
            event=entry.event,
            at=entry.at,
            actor=entry.actor,
            rule_ids=list(entry.rule_ids),
            inputs=dict(entry.inputs),
        )
    )


async def journal_of(tx: Tx, visit_id: str) -> Sequence[JournalEntry]:
    """Every step of a visit, in order."""
    statement = sa.select(visit_journal).where(visit_journal.c.visit_id == visit_id)
    rows = await tx.all(statement.order_by(visit_journal.c.version))
    return [JournalEntry(**dict(row) | {"rule_ids": tuple(row["rule_ids"])}) for row in rows]
