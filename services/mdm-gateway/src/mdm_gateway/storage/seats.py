"""The seat accounts of contracts. The row is the lock of everything that takes, frees or counts per contract."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Record, Tx
from mdm_gateway.domain.seats import SeatAccount, SeatStep
from mdm_gateway.storage.tables import contract_seat


async def find(tx: Tx, contract_id: str) -> SeatAccount | None:
    """The account as it is, not locked."""
    row = await tx.first(sa.select(contract_seat).where(contract_seat.c.contract_id == contract_id))
    return None if row is None else _account(row)


async def lock(tx: Tx, contract_id: str, *, partner: str | None) -> SeatAccount:
    """The account, opened if the contract has none, and nobody else's until this transaction ends."""
    await tx.run(
        insert(contract_seat)
        .values(
            contract_id=contract_id,
            partner=partner,
            used=0,
            ceiling=0,
            steps=[],
            entitlement_version=0,
            named=[],
            version=0,
        )
        .on_conflict_do_nothing(index_elements=["contract_id"])
    )
    row = await tx.one(sa.select(contract_seat).where(contract_seat.c.contract_id == contract_id).with_for_update())
    return _account(row)


async def take(tx: Tx, contract_id: str, *, seats: int) -> int | None:
    """Take one of `seats`; how many are used then, None when all are taken. Nothing but this statement adds."""
    used: int | None = await tx.scalar(
        sa.update(contract_seat)
        .where(contract_seat.c.contract_id == contract_id, contract_seat.c.used < seats)
        .values(used=contract_seat.c.used + 1, ceiling=seats)
        .returning(contract_seat.c.used)
    )
    return used


async def free(tx: Tx, contract_id: str) -> int:
    """Give one seat back; how many are used then."""
    used: int = await tx.scalar(
        sa.update(contract_seat)
        .where(contract_seat.c.contract_id == contract_id)
        .values(used=contract_seat.c.used - 1)
        .returning(contract_seat.c.used)
    )
    return used


async def save(tx: Tx, account: SeatAccount) -> None:
    """Keep what the account knows of the future; `used` only `take` and `free` change."""
    await tx.run(
        sa.update(contract_seat)
        .where(contract_seat.c.contract_id == account.contract_id)
        .values(
            partner=account.partner,
            steps=[{"start": step.start.isoformat(), "seats": step.seats} for step in account.steps],
            entitlement_version=account.entitlement_version,
            short_at=account.short_at,
            named=list(account.named),
            version=account.version,
        )
    )


async def next_shortfall(tx: Tx) -> datetime | None:
    """The earliest instant at which devices of some contract have to go."""
    found: datetime | None = await tx.scalar(sa.select(sa.func.min(contract_seat.c.short_at)))
    return found


async def contracts_short(tx: Tx, *, now: datetime, limit: int) -> list[str]:
    """Contracts whose devices have to go by `now`."""
    rows = await tx.all(
        sa.select(contract_seat.c.contract_id)
        .where(contract_seat.c.short_at <= now)
        .order_by(contract_seat.c.short_at, contract_seat.c.contract_id)
        .limit(limit)
    )
    return [row["contract_id"] for row in rows]


def _account(row: Record) -> SeatAccount:
    steps: list[dict[str, Any]] = row["steps"]
    return SeatAccount(
        contract_id=row["contract_id"],
        partner=row["partner"],
        used=row["used"],
        steps=tuple(SeatStep(start=datetime.fromisoformat(step["start"]), seats=step["seats"]) for step in steps),
        entitlement_version=row["entitlement_version"],
        short_at=row["short_at"],
        named=tuple(row["named"]),
        version=row["version"],
    )
