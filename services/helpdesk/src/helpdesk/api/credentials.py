"""Sealed credentials on entries of a customer's record: the house's alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import Caller, IdText, IfMatch, Now, PageOf, Paging, Router, SettingsDep, TxDep, page
from helpdesk.api.credential_schemas import CredentialIn, CredentialOut, RevealIn, RevealOut, ShownOut
from helpdesk.storage import credentials
from helpdesk.usecases.keep_credentials import (
    RevealSecret,
    destroy_secret,
    keys_of,
    replace_secret,
    reveal_secret,
    seal_credential,
)
from helpdesk.usecases.keep_record import found_entry

router = Router(prefix="/api/helpdesk/v1", tags=["customer's record"])


@router.post("/record-entries/{entry_id}/credentials", status_code=201, response_model=CredentialOut)
async def seal(entry_id: IdText, body: CredentialIn, tx: TxDep, now: Now, settings: SettingsDep) -> object:
    """Seal a secret on an entry; what it is, nobody reads but by a reveal."""
    return CredentialOut.of(await seal_credential(entry_id, body.given(), tx, now, keys=keys_of(settings.secrets())))


@router.get("/record-entries/{entry_id}/credentials", response_model=PageOf[CredentialOut])
async def list_credentials(entry_id: IdText, tx: TxDep, paging: Paging) -> object:
    """The credentials of an entry without their secrets, oldest first."""
    await found_entry(entry_id, tx)
    rows = await credentials.listed(tx, entry_id, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=CredentialOut.of)


@router.put("/record-entries/{entry_id}/credentials/{credential_id}", response_model=CredentialOut)
async def put_another(
    entry_id: IdText,
    credential_id: IdText,
    body: CredentialIn,
    tx: TxDep,
    now: Now,
    settings: SettingsDep,
    version: IfMatch,
) -> object:
    """Another secret in its place; the one before is kept nowhere."""
    after = await replace_secret(
        entry_id, credential_id, body.given(), tx, now, expected=version, keys=keys_of(settings.secrets())
    )
    return CredentialOut.of(after)


@router.delete("/record-entries/{entry_id}/credentials/{credential_id}", status_code=204)
async def destroy(entry_id: IdText, credential_id: IdText, tx: TxDep, now: Now, version: IfMatch) -> None:
    """Destroy the secret for good; that there was one stays."""
    await destroy_secret(entry_id, credential_id, tx, now, expected=version)


@router.post("/record-entries/{entry_id}/credentials/{credential_id}/reveals", status_code=201, response_model=ShownOut)
async def reveal(
    entry_id: IdText, credential_id: IdText, body: RevealIn, tx: TxDep, now: Now, caller: Caller, settings: SettingsDep
) -> object:
    """Show the secret, once and in this answer only, for an open inquiry of the contract and with a reason.

    It stands in the inquiry's timeline, in the list of reveals and in the audit trail that it was shown. The same
    `Idempotency-Key` again is refused (`already_answered`): the answer is kept nowhere.
    """
    asked = RevealSecret(
        entry_id=entry_id,
        credential_id=credential_id,
        inquiry_id=body.inquiry_id,
        reason=body.reason,
        person=caller.person or caller.subject,
    )
    keys = keys_of(settings.secrets())
    return ShownOut.of(await reveal_secret(asked, tx, now, keys=keys, most=settings.reveals_per_hour))


@router.get("/credential-reveals", response_model=PageOf[RevealOut])
async def list_reveals(
    tx: TxDep,
    paging: Paging,
    contract_id: Annotated[IdText | None, Query()] = None,
    credential_id: Annotated[IdText | None, Query()] = None,
    inquiry_id: Annotated[IdText | None, Query()] = None,
    actor: Annotated[IdText | None, Query()] = None,
) -> object:
    """Who was shown which secret, for which inquiry and why, oldest first."""
    asked = {"contract_id": contract_id, "credential_id": credential_id, "inquiry_id": inquiry_id, "actor": actor}
    filters = {name: value for name, value in asked.items() if value is not None}
    rows = await credentials.reveals(tx, filters=filters, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=RevealOut.model_validate)
