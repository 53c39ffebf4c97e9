"""Enrolment invitations. Of the code only its hash is kept, and it never leaves this file."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx
from mdm_gateway.domain.invitations import Invitation
from mdm_gateway.storage.tables import enrolment_invitation as table

_COLUMNS = [table.c[field.name] for field in fields(Invitation)]


async def add(tx: Tx, invitation: Invitation, *, code_hash: bytes) -> None:
    """Keep a new invitation with the hash of its code."""
    await tx.run(sa.insert(table).values(**_row(invitation), code_hash=code_hash))


async def contract_of_code(tx: Tx, code_hash: bytes) -> tuple[str, str] | None:
    """Invitation and contract a code belongs to."""
    row = await tx.first(sa.select(table.c.id, table.c.contract_id).where(table.c.code_hash == code_hash))
    return None if row is None else (row["id"], row["contract_id"])


async def lock(tx: Tx, invitation_id: str) -> Invitation:
    """The invitation, nobody else's until this transaction ends."""
    return _invitation(await tx.one(sa.select(*_COLUMNS).where(table.c.id == invitation_id).with_for_update()))


async def find(tx: Tx, invitation_id: str) -> Invitation | None:
    """One invitation."""
    row = await tx.first(sa.select(*_COLUMNS).where(table.c.id == invitation_id))
    return None if row is None else _invitation(row)


async def listed(tx: Tx, *, contract_id: str | None, after: str | None, limit: int) -> list[Invitation]:
    """Invitations in order of their making."""
    chosen = sa.select(*_COLUMNS).order_by(table.c.id).limit(limit)
    if contract_id is not None:
        chosen = chosen.where(table.c.contract_id == contract_id)
    if after is not None:
        chosen = chosen.where(table.c.id > after)
    return [_invitation(row) for row in await tx.all(chosen)]


async def spend(tx: Tx, invitation: Invitation) -> None:
    """Keep that it was used."""
    await tx.run(
        sa.update(table)
        .where(table.c.id == invitation.id)
        .values(used_at=invitation.used_at, used_by_device_id=invitation.used_by_device_id)
    )


def _row(invitation: Invitation) -> dict[str, Any]:
    return {field.name: getattr(invitation, field.name) for field in fields(Invitation)}


def _invitation(row: Record) -> Invitation:
    return Invitation(**dict(row))
