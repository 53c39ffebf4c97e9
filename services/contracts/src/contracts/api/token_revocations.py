"""Routes of revoked tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.clock import SystemClock
from common.http import Now, PageOf, Paging, Router, TxDep, page
from contracts.api.token_revocation_schemas import RevocationIn, RevocationOut
from contracts.domain.token_revocation import RevocationUnknown, Target
from contracts.storage import token_revocations
from contracts.usecases.revoke_tokens import RevokeTokens, lift_revocation, revoke_tokens

router = Router(prefix="/api/contracts/v1", tags=["access"])

_REAL_TIME = SystemClock()
"""The times of tokens are real time, also where business time is moved."""


@router.post("/token-revocations", status_code=201, response_model=RevocationOut)
async def revoke(body: RevocationIn, tx: TxDep, now: Now) -> object:
    """Refuse tokens everywhere, within two seconds: one by its `jti`, or all of a subject, client or person."""
    target = Target(kind=body.kind, value=body.value, issued_before=body.issued_before)
    cmd = RevokeTokens(target=target, reason=body.reason, at=_REAL_TIME.now())
    return RevocationOut.model_validate(await revoke_tokens(cmd, tx, now))


@router.get("/token-revocations", response_model=PageOf[RevocationOut])
async def list_revocations(
    tx: TxDep, paging: Paging, value: Annotated[str | None, Query(min_length=1, max_length=255)] = None
) -> object:
    """Revocations in order of their making, lifted ones too."""
    rows = await token_revocations.listed(tx, value=value, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=RevocationOut.model_validate)


@router.get("/token-revocations/{revocation_id}", response_model=RevocationOut)
async def read_revocation(revocation_id: str, tx: TxDep) -> object:
    """One revocation."""
    found = await token_revocations.find(tx, revocation_id)
    if found is None:
        raise RevocationUnknown(revocation_id=revocation_id)
    return RevocationOut.model_validate(found)


@router.delete("/token-revocations/{revocation_id}", response_model=RevocationOut)
async def lift(revocation_id: str, tx: TxDep, now: Now) -> object:
    """Take a revocation back: what still holds of the tokens is taken again. The entry stays, as lifted."""
    return RevocationOut.model_validate(await lift_revocation(revocation_id, _REAL_TIME.now(), tx, now))
