"""Sealed credentials, and who was shown them. Nothing here ever holds a secret that can be read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from common.db import Tx, refusing, rows_as
from helpdesk.domain.credentials import Credential, CredentialLabelTaken, Reveal
from helpdesk.storage.tables import credential as table
from helpdesk.storage.tables import credential_reveal

_ALONE = "SELECT pg_advisory_xact_lock(hashtext('credential_reveal'), hashtext($1))"


async def add(tx: Tx, new: Credential) -> None:
    """Keep a credential; raises `CredentialLabelTaken`."""
    with refusing(uq_credential_label=lambda: CredentialLabelTaken(label=new.label)):
        await tx.run(table.insert().values(asdict(new)))


async def save(tx: Tx, after: Credential) -> None:
    """Keep a later version of a credential that was locked before; raises `CredentialLabelTaken`."""
    with refusing(uq_credential_label=lambda: CredentialLabelTaken(label=after.label)):
        await tx.run(table.update().where(table.c.id == after.id).values(asdict(after)))


async def find(tx: Tx, entry_id: str, credential_id: str, *, lock: bool = False) -> Credential | None:
    """A credential of this entry."""
    statement = sa.select(table).where(table.c.id == credential_id, table.c.entry_id == entry_id)
    found = rows_as(Credential, await tx.all(statement.with_for_update() if lock else statement))
    return found[0] if found else None


async def listed(tx: Tx, entry_id: str, *, after: str | None, limit: int) -> list[Credential]:
    """The credentials of an entry, in order."""
    statement = sa.select(table).where(table.c.entry_id == entry_id).order_by(table.c.id).limit(limit)
    if after is not None:
        statement = statement.where(table.c.id > after)
    return rows_as(Credential, await tx.all(statement))


async def counts(tx: Tx, entry_ids: Collection[str]) -> dict[str, int]:
    """How many secrets hang on each of these entries."""
    if not entry_ids:
        return {}
    counted = sa.select(table.c.entry_id, sa.func.count().label("secrets"))
    sealed = counted.where(table.c.entry_id.in_(sorted(entry_ids)), table.c.sealed.is_not(None))
    return {row["entry_id"]: row["secrets"] for row in await tx.all(sealed.group_by(table.c.entry_id))}


async def oldest_sealed_by(tx: Tx, key_ids: Sequence[str]) -> datetime | None:
    """Since when a secret lies under one of these keys."""
    found: datetime | None = await tx.scalar(sa.select(sa.func.min(table.c.at)).where(table.c.key_id.in_(key_ids)))
    return found


async def sealed_by(tx: Tx, key_ids: Sequence[str], *, limit: int) -> list[Credential]:
    """Credentials under one of these keys, locked; those that somebody else holds are passed over."""
    statement = sa.select(table).where(table.c.key_id.in_(key_ids)).order_by(table.c.id).limit(limit)
    return rows_as(Credential, await tx.all(statement.with_for_update(skip_locked=True)))


async def count_alone(tx: Tx, person: str, *, since: datetime) -> int:
    """How many secrets somebody was shown since then; nobody shows that person another until this transaction ends."""
    await tx.connection.execute(_ALONE, person)
    counted = sa.select(sa.func.count()).select_from(credential_reveal)
    return int(await tx.scalar(counted.where(credential_reveal.c.person == person, credential_reveal.c.at > since)))


async def add_reveal(tx: Tx, new: Reveal) -> None:
    """Write down that somebody is shown a secret."""
    await tx.run(credential_reveal.insert().values(asdict(new)))


async def reveals(tx: Tx, *, filters: Mapping[str, str], after: str | None, limit: int) -> list[Reveal]:
    """Who was shown what, in order."""
    statement = sa.select(credential_reveal).order_by(credential_reveal.c.id).limit(limit)
    for name, value in filters.items():
        statement = statement.where(credential_reveal.c[name] == value)
    if after is not None:
        statement = statement.where(credential_reveal.c.id > after)
    return rows_as(Reveal, await tx.all(statement))
