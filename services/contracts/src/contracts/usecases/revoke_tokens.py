"""Revoke tokens, take a revocation back, and tell all services either way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from common.db import Tx
from common.events.base import NewEvent
from common.ids import new_id
from contracts.domain.token_revocation import RevocationUnknown, Target, TokenRevocation, lift, revoke, told
from contracts.storage import token_revocations


@dataclass(frozen=True, kw_only=True)
class RevokeTokens:
    """Which tokens, why, and at which instant of real time."""

    target: Target
    reason: str
    at: datetime


async def revoke_tokens(cmd: RevokeTokens, tx: Tx, now: datetime) -> TokenRevocation:
    """Refuse these tokens everywhere from now on; a tenant revokes its own only. Raises `IssuedBeforeMisplaced`."""
    made = revoke(
        cmd.target,
        revocation_id=new_id("rvk"),
        partner=tx.partner,
        reason=cmd.reason,
        by=tx.actor,
        at=cmd.at,
    )
    await token_revocations.add(tx, made)
    await _tell(made, tx, now)
    return made


async def lift_revocation(revocation_id: str, at: datetime, tx: Tx, now: datetime) -> TokenRevocation:
    """Take it back. Raises `RevocationUnknown`, `RevocationAlreadyLifted`."""
    known = await token_revocations.find(tx, revocation_id, lock=True)
    if known is None:
        raise RevocationUnknown(revocation_id=revocation_id)
    lifted = lift(known, by=tx.actor, at=at)
    await token_revocations.save(tx, lifted)
    await _tell(lifted, tx, now)
    return lifted


async def republish_revocation(revocation_id: str, tx: Tx, now: datetime) -> None:
    """Tell again how it stands, under a new version. Raises `RevocationUnknown`."""
    known = await token_revocations.find(tx, revocation_id, lock=True)
    if known is None:
        raise RevocationUnknown(revocation_id=revocation_id)
    again = replace(known, version=known.version + 1)
    await token_revocations.save(tx, again)
    await _tell(again, tx, now)


async def _tell(revocation: TokenRevocation, tx: Tx, now: datetime) -> None:
    await tx.publish(
        NewEvent(
            data=told(revocation, actor=tx.actor),
            subject=revocation.id,
            sequence=revocation.version,
            key=revocation.id,
            time=now,
            partner=revocation.partner,
            correlation_id=revocation.id,
        )
    )
