"""Connections of telephone systems: who may tell of calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from common.db import Tx, rows_as
from helpdesk.storage.tables import pbx_connection as table


@dataclass(frozen=True, kw_only=True)
class PbxConnection:
    """A telephone system that may tell of calls until it is revoked."""

    id: str
    name: str
    created_by: str
    created_at: datetime
    revoked_at: datetime | None = None


_COLUMNS = (table.c.id, table.c.name, table.c.created_by, table.c.created_at, table.c.revoked_at)


async def add(tx: Tx, new: PbxConnection, *, secret_hash: bytes) -> None:
    """Keep a connection, of its secret only the hash."""
    await tx.run(
        table.insert().values(
            id=new.id, name=new.name, secret_hash=secret_hash, created_by=new.created_by, created_at=new.created_at
        )
    )


async def listed(tx: Tx) -> Sequence[PbxConnection]:
    """All connections there ever were."""
    return rows_as(PbxConnection, await tx.all(sa.select(*_COLUMNS).order_by(table.c.id)))


async def of_secret(tx: Tx, secret_hash: bytes) -> PbxConnection | None:
    """The connection in force with this secret."""
    statement = sa.select(*_COLUMNS).where(table.c.secret_hash == secret_hash, table.c.revoked_at.is_(None))
    found = rows_as(PbxConnection, await tx.all(statement))
    return found[0] if found else None


async def revoke(tx: Tx, connection_id: str, *, at: datetime) -> bool:
    """Take a secret out of force, once; whether there is such a connection."""
    revoked = sa.func.coalesce(table.c.revoked_at, at)
    return await tx.run(table.update().where(table.c.id == connection_id).values(revoked_at=revoked)) > 0
