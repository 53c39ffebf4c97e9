"""Counters and ledger of a contract's fee months.

Nobody writes what is used: a ledger entry does, by its trigger. Limits and ceiling follow the entitlements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg
import sqlalchemy as sa

from common.db import Record, Tx
from helpdesk.domain.inquiry import UnitSource
from helpdesk.domain.quota import Allowance, Counter, LedgerEntry, LedgerReason
from helpdesk.storage.tables import entitlement, quota_counter, quota_ledger


@dataclass(frozen=True, kw_only=True)
class Month:
    """One fee month's limits and what is used of them."""

    fee_month: str
    allowance: Allowance
    counter: Counter


async def month(tx: Tx, contract_id: str, fee_month: str) -> Month | None:
    """A month in which something was ever accepted."""
    row = await tx.first(_months(contract_id).where(quota_counter.c.fee_month == fee_month))
    return None if row is None else _month(row)


async def lock_months(tx: Tx, contract_id: str) -> list[Month]:
    """All months of a contract, locked in order."""
    rows = await tx.all(_months(contract_id).order_by(quota_counter.c.fee_month).with_for_update())
    return [_month(row) for row in rows]


async def put_limits(tx: Tx, contract_id: str, limits: Mapping[str, Allowance]) -> None:
    """New limits of months that have a counter; a limit lowered below what is used leaves the ceiling there."""
    for fee_month, allowance in limits.items():
        await tx.run(
            quota_counter.update()
            .where(quota_counter.c.contract_id == contract_id, quota_counter.c.fee_month == fee_month)
            .values(
                plan_limit=allowance.plan,
                extra_limit=allowance.extra,
                ceiling=sa.func.greatest(allowance.limit, quota_counter.c.used),
            )
        )


async def add(tx: Tx, entry: LedgerEntry) -> None:
    """Write a ledger entry; the counter moves with it."""
    await tx.run(
        quota_ledger.insert().values(
            id=entry.id,
            contract_id=entry.contract_id,
            fee_month=entry.fee_month,
            inquiry_id=entry.inquiry_id,
            units=entry.units,
            unit_source=entry.unit_source.value,
            reason=entry.reason.value,
            rule_id=entry.rule_id,
            evidence=entry.evidence,
            actor=entry.actor,
            at=entry.at,
        )
    )


async def entries(
    tx: Tx, contract_id: str, *, fee_month: str | None = None, after: str | None = None, limit: int = 100
) -> list[LedgerEntry]:
    """The ledger of a contract (of one month), in the order in which it was written."""
    statement = _ledger().where(quota_ledger.c.contract_id == contract_id)
    if fee_month is not None:
        statement = statement.where(quota_ledger.c.fee_month == fee_month)
    if after is not None:
        statement = statement.where(quota_ledger.c.id > after)
    return [_entry(row) for row in await tx.all(statement.order_by(quota_ledger.c.id).limit(limit))]


async def entries_of_inquiry(tx: Tx, inquiry_id: str) -> list[LedgerEntry]:
    """What an inquiry took and gave back."""
    statement = _ledger().where(quota_ledger.c.inquiry_id == inquiry_id).order_by(quota_ledger.c.id)
    return [_entry(row) for row in await tx.all(statement)]


def _ledger() -> sa.Select[tuple[object, ...]]:
    owner = entitlement.c.partner.label("partner")
    return sa.select(quota_ledger, owner).join(entitlement, entitlement.c.contract_id == quota_ledger.c.contract_id)


def _months(contract_id: str) -> sa.Select[tuple[object, ...]]:
    return sa.select(quota_counter).where(quota_counter.c.contract_id == contract_id)


def _month(row: Record | asyncpg.Record) -> Month:
    return Month(
        fee_month=row["fee_month"],
        allowance=Allowance(row["plan_limit"], row["extra_limit"]),
        counter=Counter(row["plan_used"], row["extra_used"]),
    )


def _entry(row: Record | asyncpg.Record) -> LedgerEntry:
    return LedgerEntry(
        id=row["id"],
        contract_id=row["contract_id"],
        partner=row["partner"],
        fee_month=row["fee_month"],
        inquiry_id=row["inquiry_id"],
        units=row["units"],
        unit_source=UnitSource(row["unit_source"]),
        reason=LedgerReason(row["reason"]),
        rule_id=row["rule_id"],
        evidence=row["evidence"],
        actor=row["actor"],
        at=row["at"],
    )
