"""Whose rows they are: when a contract or a subscriber changes hands, its rows do."""

from __future__ import annotations

import sqlalchemy as sa

from common.db import Tx
from contracts.domain.contract import Contract
from contracts.storage import tables

STAYS = frozenset({"registration_period", "history", "statement", "statement_line"})
"""What was written for a tenant stays with it: closed months, who did what, in whose name a contract stood."""

DOCUMENTS = frozenset({"invoice", "receivable", "credit_note", "debit", "uninvoiced"})
"""The same of a subscriber: what was billed stays with the tenant that billed it, until it is paid and after."""
OF_SUBSCRIBER = (tables.subscriber_phone, tables.subscriber_billing, tables.bank_account)


async def hand_over(tx: Tx, contract: Contract) -> None:
    """Give every row that belongs to a contract to the contract's (new) partner."""
    for table in handed_over():
        await tx.run(
            sa.update(table)
            .where(table.c.contract_id == contract.id, table.c.partner.is_distinct_from(contract.partner))
            .values(partner=contract.partner)
        )


async def hand_over_subscriber(tx: Tx, subscriber_id: str, partner: str | None) -> None:
    """Give a subscriber to a partner, with its telephone numbers, how it is billed and the account it pays from.

    Invoices, what is owed on them and what was asked of banks stay with the partner in whose time they were made.
    """
    await tx.run(sa.update(tables.subscriber).where(tables.subscriber.c.id == subscriber_id).values(partner=partner))
    for table in OF_SUBSCRIBER:
        await tx.run(sa.update(table).where(table.c.subscriber_id == subscriber_id).values(partner=partner))


def handed_over() -> list[sa.Table]:
    """The tables whose rows belong to a contract and move with it."""
    return [
        table
        for table in tables.metadata.sorted_tables
        if {"contract_id", "partner"} <= set(table.c.keys()) and table.name not in STAYS
    ]
