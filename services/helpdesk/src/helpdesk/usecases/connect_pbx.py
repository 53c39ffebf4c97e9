"""Connections of telephone systems: a secret shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain.call_refusals import PbxConnectionUnknown, PbxSecretUnknown
from helpdesk.storage import pbx
from helpdesk.storage.pbx import PbxConnection


async def connect_pbx(name: str, tx: Tx, now: datetime) -> tuple[PbxConnection, str]:
    """A new connection and its secret, which is not kept."""
    secret = secrets.token_urlsafe(32)
    made = PbxConnection(id=new_id("pbx"), name=name, created_by=tx.actor, created_at=now)
    await pbx.add(tx, made, secret_hash=_hash(secret))
    return made, secret


async def revoke_pbx(connection_id: str, tx: Tx, now: datetime) -> None:
    """From now on its secret is none. Raises `PbxConnectionUnknown`."""
    if not await pbx.revoke(tx, connection_id, at=now):
        raise PbxConnectionUnknown(pbx_connection_id=connection_id)


async def known_pbx(secret: str | None, tx: Tx) -> PbxConnection:
    """Whose secret it is. Raises `PbxSecretUnknown`."""
    found = await pbx.of_secret(tx, _hash(secret)) if secret else None
    if found is None:
        raise PbxSecretUnknown
    return found


def _hash(secret: str) -> bytes:
    """256 random bits cannot be searched, so a plain hash will do; it is looked up, never compared byte by byte."""
    return hashlib.sha256(secret.encode()).digest()
