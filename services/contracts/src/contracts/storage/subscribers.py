"""Subscribers and their telephone numbers."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Record, Tx
from contracts.domain.contract import Contract
from contracts.domain.subscriber import Subscriber
from contracts.domain.unknown import (
    SubscriberUnknown,
)
from contracts.storage import contacts, tables
from contracts.storage.contract_rows import address_columns, address_of


async def insert(tx: Tx, subscriber: Subscriber) -> None:
    """A new subscriber with its phones in their order."""
    await tx.run(
        sa.insert(tables.subscriber).values(
            id=subscriber.id,
            partner=subscriber.partner,
            name=subscriber.name,
            name_kana=subscriber.name_kana,
            created_at=subscriber.created_at,
            version=subscriber.version,
            **address_columns(subscriber.address),
        )
    )
    for position, phone in enumerate(subscriber.phones):
        await tx.run(
            sa.insert(tables.subscriber_phone).values(
                subscriber_id=subscriber.id, phone=phone, position=position, partner=subscriber.partner
            )
        )


async def load(tx: Tx, subscriber_id: str, *, lock: bool = False) -> Subscriber:
    """A subscriber; raises `SubscriberUnknown`."""
    chosen = sa.select(tables.subscriber).where(tables.subscriber.c.id == subscriber_id)
    row = await tx.first(chosen.with_for_update() if lock else chosen)
    if row is None:
        raise SubscriberUnknown(subscriber_id=subscriber_id)
    return (await _whole(tx, [row]))[0]


async def listed(tx: Tx, *, after: str | None, limit: int) -> list[Subscriber]:
    """Subscribers in id order, behind `after`."""
    c = tables.subscriber.c
    chosen = sa.select(tables.subscriber).order_by(c.id).limit(limit)
    if after is not None:
        chosen = chosen.where(c.id > after)
    return await _whole(tx, await tx.all(chosen))


async def locked(tx: Tx, subscriber_ids: Sequence[str]) -> list[Subscriber]:
    """Those of these subscribers that there are, locked in the order of their ids."""
    c = tables.subscriber.c
    chosen = sa.select(tables.subscriber).where(c.id.in_(subscriber_ids)).order_by(c.id).with_for_update()
    return await _whole(tx, await tx.all(chosen)) if subscriber_ids else []


async def set_version(tx: Tx, subscriber: Subscriber) -> None:
    """Count a change of the directory entry."""
    await tx.run(
        sa.update(tables.subscriber).where(tables.subscriber.c.id == subscriber.id).values(version=subscriber.version)
    )


async def count_republication_of_address(tx: Tx, address_id: str, contract: Contract) -> int:
    """The version under which an address of a contract, told once as version 1, is to be told again."""
    t = tables.republished_address
    new = upsert(t).values(address_id=address_id, version=2, contract_id=contract.id, partner=contract.partner)
    counted = new.on_conflict_do_update(index_elements=[t.c.address_id], set_={"version": t.c.version + 1})
    return int((await tx.one(counted.returning(t.c.version)))["version"])


async def _whole(tx: Tx, rows: Sequence[Record]) -> list[Subscriber]:
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    p, c = tables.subscriber_phone.c, tables.contract.c
    people = await contacts.of_subscribers(tx, ids)
    phones = await tx.all(sa.select(p.subscriber_id, p.phone).where(p.subscriber_id.in_(ids)).order_by(p.position))
    held = await tx.all(sa.select(c.subscriber_id, c.id).where(c.subscriber_id.in_(ids)).order_by(c.id))
    return [
        Subscriber(
            id=row["id"],
            partner=row["partner"],
            name=row["name"],
            name_kana=row["name_kana"],
            address=address_of(row),
            phones=tuple(each["phone"] for each in phones if each["subscriber_id"] == row["id"]),
            version=row["version"],
            created_at=row["created_at"],
            contract_ids=tuple(each["id"] for each in held if each["subscriber_id"] == row["id"]),
            contacts=tuple(each for each in people if each.subscriber_id == row["id"]),
            erased_at=row["erased_at"],
        )
        for row in rows
    ]
