"""Contacts of contracts: personal data, told on the directory only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa

from common.db import Record, Tx
from contracts.domain.contacts import Contact
from contracts.domain.contract import Contract
from contracts.domain.unknown import ContactUnknown
from contracts.storage import tables


async def insert(tx: Tx, contact: Contact, contract: Contract) -> None:
    """A new contact."""
    await tx.run(sa.insert(tables.contact).values(**_columns(contact), partner=contract.partner))


async def update(tx: Tx, contact: Contact) -> None:
    """What is known of a contact now."""
    await tx.run(sa.update(tables.contact).where(tables.contact.c.id == contact.id).values(_columns(contact)))


async def remove(tx: Tx, contact_id: str) -> None:
    """A contact is none any more; nothing of the person stays."""
    await tx.run(sa.delete(tables.contact).where(tables.contact.c.id == contact_id))


async def remove_all(tx: Tx, contract_id: str) -> None:
    """The people of a contract's former holder go."""
    await tx.run(sa.delete(tables.contact).where(tables.contact.c.contract_id == contract_id))


async def load(tx: Tx, contract_id: str, contact_id: str) -> Contact:
    """A contact of a contract; raises `ContactUnknown`."""
    c = tables.contact.c
    row = await tx.first(sa.select(tables.contact).where(c.contract_id == contract_id, c.id == contact_id))
    if row is None:
        raise ContactUnknown(contact_id=contact_id)
    return _contact(row)


async def of_contract(tx: Tx, contract_id: str) -> list[Contact]:
    """The contacts of a contract."""
    c = tables.contact.c
    rows = await tx.all(sa.select(tables.contact).where(c.contract_id == contract_id).order_by(c.id))
    return [_contact(row) for row in rows]


async def of_subscribers(tx: Tx, subscriber_ids: Sequence[str]) -> list[Contact]:
    """The contacts that these subscribers named."""
    c = tables.contact.c
    rows = await tx.all(sa.select(tables.contact).where(c.subscriber_id.in_(list(subscriber_ids))).order_by(c.id))
    return [_contact(row) for row in rows]


def _columns(contact: Contact) -> dict[str, object]:
    return {**asdict(contact), "phones": list(contact.phones), "roles": list(contact.roles)}


def _contact(row: Record) -> Contact:
    return Contact(
        id=row["id"],
        contract_id=row["contract_id"],
        subscriber_id=row["subscriber_id"],
        name=row["name"],
        name_kana=row["name_kana"],
        phones=tuple(row["phones"]),
        email=row["email"],
        roles=tuple(row["roles"]),
        since=row["since"],
    )
