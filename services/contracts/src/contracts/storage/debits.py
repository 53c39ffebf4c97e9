"""Accounts, files for the bank, and their debits. Accounts and files are sealed with the service's key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert as insert_or

from common.db import Record, Tx
from contracts.domain.debit_refusals import BankAccountUnknown, DebitBatchUnknown
from contracts.domain.debits import Account, BatchStatus, DebitBatch, DebitOrder, Mandate
from contracts.domain.zengin import BankAccount
from contracts.storage import tables
from contracts.storage.bank_seals import BankSeal

_A, _B, _D = tables.bank_account, tables.debit_batch, tables.debit


@cache
def _accounts() -> TypeAdapter[BankAccount]:
    return TypeAdapter(BankAccount)


async def put_account(tx: Tx, account: Account, seal: BankSeal, now: datetime) -> None:
    """Enter or replace a subscriber's account; the customer number stays."""
    columns = {
        **seal.sealed(_accounts().dump_json(account.account)),
        "ends_with": account.account.number[-3:],
        "mandate_signed_on": account.mandate.signed_on,
        "mandate_by": account.mandate.signed_by,
        "mandate_channel": account.mandate.channel,
        "debited": False,
        "changed_by": tx.actor,
        "changed_at": now,
    }
    new = insert_or(_A).values(subscriber_id=account.subscriber_id, partner=account.partner, version=1, **columns)
    await tx.run(
        new.on_conflict_do_update(index_elements=[_A.c.subscriber_id], set_={**columns, "version": _A.c.version + 1})
    )


async def account(tx: Tx, subscriber_id: str, seal: BankSeal) -> Account:
    """A subscriber's account; raises `BankAccountUnknown`."""
    row = await tx.first(sa.select(_A).where(_A.c.subscriber_id == subscriber_id))
    if row is None:
        raise BankAccountUnknown(subscriber_id=subscriber_id)
    return _account(row, seal)


async def remove_account(tx: Tx, subscriber_id: str) -> bool:
    """Forget an account and its mandate; whether there was one."""
    return await tx.run(sa.delete(_A).where(_A.c.subscriber_id == subscriber_id)) > 0


async def accounts(tx: Tx, subscriber_ids: Sequence[str], seal: BankSeal) -> dict[str, Account]:
    """Accounts by subscriber."""
    rows = await tx.all(sa.select(_A).where(_A.c.subscriber_id.in_(list(subscriber_ids))))
    return {row["subscriber_id"]: _account(row, seal) for row in rows}


async def payers(tx: Tx, most: int) -> list[str]:
    """Up to `most` subscribers with an account who owe something that may be asked for, in id order."""
    t = tables.receivable
    chosen = (
        sa.select(t.c.subscriber_id)
        .join(_A, _A.c.subscriber_id == t.c.subscriber_id)
        .where(t.c.owing.in_(["open", "failed"]), t.c.total > t.c.credited)
        .distinct()
    )
    rows = await tx.all(chosen.order_by(t.c.subscriber_id).limit(most))
    return [row["subscriber_id"] for row in rows]


async def debited(tx: Tx, subscriber_ids: Sequence[str]) -> None:
    """Their accounts have been asked now."""
    await tx.run(sa.update(_A).where(_A.c.subscriber_id.in_(list(subscriber_ids))).values(debited=True))


async def insert_batch(tx: Tx, batch: DebitBatch, orders: Sequence[DebitOrder], file: bytes, seal: BankSeal) -> None:
    """A file for the bank, sealed, and its debits."""
    row = {**asdict(batch), "status": batch.status.value, **seal.sealed(file)}
    await tx.run(sa.insert(_B).values(row))
    await tx.run(
        sa.insert(_D).values(
            [{"batch_id": batch.id, **asdict(each), "invoice_ids": list(each.invoice_ids)} for each in orders]
        )
    )


async def batch(tx: Tx, batch_id: str, *, lock: bool = False) -> DebitBatch:
    """One file for the bank; raises `DebitBatchUnknown`."""
    chosen = sa.select(_B).where(_B.c.id == batch_id)
    row = await tx.first(chosen.with_for_update() if lock else chosen)
    if row is None:
        raise DebitBatchUnknown(debit_batch_id=batch_id)
    return _batch(row)


async def file_of(tx: Tx, batch_id: str, seal: BankSeal) -> bytes:
    """The file itself; raises `DebitBatchUnknown`."""
    sealed = await tx.scalar(sa.select(_B.c.sealed).where(_B.c.id == batch_id))
    if sealed is None:
        raise DebitBatchUnknown(debit_batch_id=batch_id)
    return seal.open(sealed, batch_id)


async def batches(tx: Tx, *, after: str | None, limit: int) -> list[DebitBatch]:
    """Files for the bank, the newest first, behind `after`."""
    chosen = sa.select(_B).order_by(_B.c.id.desc()).limit(limit)
    if after is not None:
        chosen = chosen.where(_B.c.id < after)
    return [_batch(row) for row in await tx.all(chosen)]


async def orders(tx: Tx, batch_id: str) -> list[DebitOrder]:
    """The debits of a file, in its order."""
    rows = await tx.all(sa.select(_D).where(_D.c.batch_id == batch_id).order_by(_D.c.position))
    return [
        DebitOrder(
            position=row["position"],
            subscriber_id=row["subscriber_id"],
            invoice_ids=tuple(row["invoice_ids"]),
            amount=row["amount"],
            result=row["result"],
        )
        for row in rows
    ]


async def keep_results(tx: Tx, settled: DebitBatch, answers: Sequence[DebitOrder]) -> None:
    """What the bank answered to a file that was read under lock."""
    for each in answers:
        await tx.run(
            sa.update(_D).where(_D.c.batch_id == settled.id, _D.c.position == each.position).values(result=each.result)
        )
    await tx.run(
        sa.update(_B)
        .where(_B.c.id == settled.id)
        .values(
            status=settled.status.value,
            paid=settled.paid,
            paid_total=settled.paid_total,
            settled_at=settled.settled_at,
            version=settled.version,
        )
    )


def _account(row: Record, seal: BankSeal) -> Account:
    return Account(
        subscriber_id=row["subscriber_id"],
        partner=row["partner"],
        account=_accounts().validate_json(seal.open(row["sealed"], row["subscriber_id"])),
        mandate=Mandate(
            signed_on=row["mandate_signed_on"], signed_by=row["mandate_by"], channel=row["mandate_channel"]
        ),
        customer_number=row["customer_number"],
        debited=row["debited"],
        version=row["version"],
    )


def _batch(row: Record) -> DebitBatch:
    known: dict[str, Any] = {name: row[name] for name in DebitBatch.__dataclass_fields__}
    return DebitBatch(**{**known, "status": BatchStatus(row["status"])})
