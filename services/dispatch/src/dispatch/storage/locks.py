"""Who waits for whom: a technician's day and a contract's fee month are taken by one transaction at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from common.db import Tx

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


def technician_day(technician_id: str, day: date) -> str:
    """The name of a technician's JST day."""
    return f"technician-day {technician_id} {day.isoformat()}"


def isolation_right(contract_id: str, fee_month: str) -> str:
    """The name of a contract's isolation right of one fee month (R-ISOLATION-QUOTA)."""
    return f"isolation-right {contract_id} {fee_month}"


async def take(tx: Tx, names: Iterable[str]) -> None:
    """Hold these until the end of the transaction; taken in order of their names, so that nobody waits in a circle."""
    for name in sorted(set(names)):
        await tx.connection.fetch(_LOCK, name)
