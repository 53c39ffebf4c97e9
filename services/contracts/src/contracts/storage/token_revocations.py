"""Revoked tokens: the list that all services have a copy of."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx
from contracts.domain.token_revocation import TokenRevocation
from contracts.storage.tables import metadata

_TABLE = metadata.tables["token_revocation"]
_COLUMNS = [_TABLE.c[field.name] for field in fields(TokenRevocation)]


async def add(tx: Tx, revocation: TokenRevocation) -> None:
    """Keep a new one."""
    await tx.run(sa.insert(_TABLE).values(**vars(revocation)))


async def save(tx: Tx, revocation: TokenRevocation) -> None:
    """Keep its new state."""
    await tx.run(sa.update(_TABLE).where(_TABLE.c.id == revocation.id).values(**vars(revocation)))


async def find(tx: Tx, revocation_id: str, *, lock: bool = False) -> TokenRevocation | None:
    """One of them; with `lock` nobody else's until this transaction ends."""
    chosen = sa.select(*_COLUMNS).where(_TABLE.c.id == revocation_id)
    row = await tx.first(chosen.with_for_update() if lock else chosen)
    return None if row is None else _revocation(row)


async def listed(tx: Tx, *, value: str | None = None, after: str | None = None, limit: int) -> list[TokenRevocation]:
    """Revocations in order of their making; with `value` only those of one token, login, program or person."""
    chosen = sa.select(*_COLUMNS).order_by(_TABLE.c.id).limit(limit)
    if value is not None:
        chosen = chosen.where(_TABLE.c.value == value)
    if after is not None:
        chosen = chosen.where(_TABLE.c.id > after)
    return [_revocation(row) for row in await tx.all(chosen)]


def _revocation(row: Record) -> TokenRevocation:
    values: dict[str, Any] = dict(row)
    return TokenRevocation(**values)
