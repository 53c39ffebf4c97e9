"""Refusals that were recorded under an id of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx
from loaner.domain.refusals import RefusalUnknown
from loaner.storage.tables import loan_refusal


async def add(tx: Tx, **fields: Any) -> None:
    """Keep a refusal: `id`, `partner`, `inquiry_id`, `contract_id`, `kind`, `reasons`, `refused_at`, `actor`."""
    await tx.run(sa.insert(loan_refusal).values(**fields))


async def find(tx: Tx, refusal_id: str) -> Record:
    """A refusal; raises `RefusalUnknown`, also for another partner's."""
    row = await tx.first(sa.select(loan_refusal).where(loan_refusal.c.id == refusal_id))
    if row is None:
        raise RefusalUnknown(refusal_id=refusal_id)
    return row


def plain(value: object) -> Any:
    """A value of a `why` as JSON keeps it."""
    match value:
        case datetime():
            return value.isoformat()
        case None | bool() | int() | str():
            return value
        case Sequence():
            return [plain(each) for each in value]
        case _:
            return str(value)
