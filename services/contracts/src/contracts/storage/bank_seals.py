"""What accounts and files for banks are sealed by, and what is still sealed by an earlier key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from cryptography.fernet import InvalidToken, MultiFernet

from common.db import Tx
from contracts.domain.debit_refusals import BankSealUnreadable
from contracts.storage import tables

_SEALED = (
    (tables.bank_account, tables.bank_account.c.subscriber_id, tables.bank_account.c.changed_at),
    (tables.debit_batch, tables.debit_batch.c.id, tables.debit_batch.c.made_at),
)


@dataclass(frozen=True)
class BankSeal:
    """Seals by the present one of the service's keys and opens by any; `keys` name them in the same order."""

    cipher: MultiFernet
    keys: Sequence[str]

    def sealed(self, content: bytes) -> dict[str, str]:
        """The columns of what is sealed."""
        return {"sealed": self.cipher.encrypt(content).decode(), "key_id": self.keys[0]}

    def open(self, sealed: str, of: str) -> bytes:
        """What was sealed of a subscriber or file; raises `BankSealUnreadable` when its key is gone."""
        try:
            return self.cipher.decrypt(sealed)
        except InvalidToken:
            raise BankSealUnreadable(id=of) from None


async def oldest(tx: Tx, seal: BankSeal) -> datetime | None:
    """Since when something lies under an earlier key."""
    found = [await tx.scalar(sa.select(sa.func.min(at)).where(_earlier(table, seal))) for table, _, at in _SEALED]
    return min((at for at in found if at is not None), default=None)


async def seal_anew(tx: Tx, seal: BankSeal, *, limit: int) -> int:
    """Seal by the present key what an earlier one sealed, so that that one may be taken away; how many it was.

    What no key opens stays as it is, and unreadable. Rows that somebody else holds are passed over.
    """
    done = 0
    for table, key, _ in _SEALED:
        chosen = sa.select(key, table.c.sealed).where(_earlier(table, seal)).order_by(key).limit(limit - done)
        rows = await tx.all(chosen.with_for_update(skip_locked=True))
        for row in rows:
            try:
                columns = seal.sealed(seal.open(row["sealed"], row[key.name]))
            except BankSealUnreadable:
                columns = {"key_id": seal.keys[0]}
            await tx.run(sa.update(table).where(key == row[key.name]).values(columns))
        done += len(rows)
    return done


def _earlier(table: sa.Table, seal: BankSeal) -> sa.ColumnElement[bool]:
    """Sealed by a key that was replaced, or before keys had names; a name that is not known here may be a newer one."""
    return sa.or_(table.c.key_id.is_(None), table.c.key_id.in_(seal.keys[1:]))
