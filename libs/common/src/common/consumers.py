"""What every service hears: which tokens are worth nothing any more."""

from __future__ import annotations

from datetime import datetime

from common.consuming import Handlers
from common.db import Tx
from common.events.base import Received
from common.events.contract_access import TokenRevocationLifted, TokenRevoked

_KEEP = """
INSERT INTO token_revocation (id, kind, value, partner, issued_before, version, revoked_at, revoked_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET version = excluded.version WHERE token_revocation.version < excluded.version
"""
_DROP = "DELETE FROM token_revocation WHERE id = $1"


async def keep_revocation(event: Received[TokenRevoked], tx: Tx, now: datetime) -> None:
    """One more entry of the list."""
    told = event.data
    named = (told.revocation_id, told.kind, told.value, told.partner, told.issued_before)
    await tx.connection.execute(_KEEP, *named, event.sequence, event.time, told.actor)


async def drop_revocation(event: Received[TokenRevocationLifted], tx: Tx, now: datetime) -> None:
    """An entry less."""
    await tx.connection.execute(_DROP, event.data.revocation_id)


REVOCATIONS: Handlers = {TokenRevoked: keep_revocation, TokenRevocationLifted: drop_revocation}
"""For the PROJECTIONS of every service but the one that keeps the list; their table is `token_revocation`."""
