"""Direct debit: accounts, files for the bank, and its answers."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from common.http import Now, PageOf, Paging, Router, SettingsDep, TxDep, page
from common.http.idempotency import cipher_of
from common.keyring import Keyring
from common.settings import ServiceSettings
from contracts.api.debit_schemas import (
    BankAccountIn,
    BankAccountOut,
    DebitBatchIn,
    DebitBatchOut,
    DebitOut,
    DebitsOut,
)
from contracts.domain.debit_refusals import BankAccountUnknown
from contracts.storage import debits
from contracts.storage.bank_seals import BankSeal
from contracts.usecases.collect_debits import keep_account, make_debit_batch, take_results

router = Router(prefix="/api/contracts/v1", tags=["direct debit"])
_FILE = "application/octet-stream"
_BYTES: dict[str, Any] = {_FILE: {"schema": {"type": "string", "format": "binary"}}}


def bank_seal(settings: ServiceSettings) -> BankSeal:
    """What accounts and files are sealed by."""
    secrets = settings.secrets()
    return BankSeal(cipher_of(secrets), Keyring(secrets, purpose="bank").ids)


@router.put("/subscribers/{subscriber_id}/bank-account", response_model=BankAccountOut)
async def put_bank_account(
    subscriber_id: str, body: BankAccountIn, tx: TxDep, now: Now, settings: SettingsDep
) -> object:
    """The account from which a subscriber pays, with the holder's mandate; kept encrypted, shown masked."""
    kept = await keep_account(body.account(subscriber_id), tx, now, seal=bank_seal(settings))
    return BankAccountOut.of(kept)


@router.get("/subscribers/{subscriber_id}/bank-account", response_model=BankAccountOut)
async def get_bank_account(subscriber_id: str, tx: TxDep, settings: SettingsDep) -> object:
    """Which account is on file."""
    return BankAccountOut.of(await debits.account(tx, subscriber_id, bank_seal(settings)))


@router.delete("/subscribers/{subscriber_id}/bank-account", status_code=204)
async def delete_bank_account(subscriber_id: str, tx: TxDep) -> None:
    """The mandate was revoked: account and mandate are forgotten."""
    if not await debits.remove_account(tx, subscriber_id):
        raise BankAccountUnknown(subscriber_id=subscriber_id)


@router.post("/debit-batches", status_code=201, response_model=DebitBatchOut)
async def post_debit_batch(body: DebitBatchIn, tx: TxDep, now: Now, settings: SettingsDep) -> object:
    """Ask for all that is owed by subscribers with an account; the file is read under `/file`."""
    return DebitBatchOut.of(await make_debit_batch(body.collect_on, tx, now, seal=bank_seal(settings)))


@router.get("/debit-batches", response_model=PageOf[DebitBatchOut])
async def list_debit_batches(tx: TxDep, paging: Paging) -> object:
    """Files for the bank, the newest first."""
    return page(await debits.batches(tx, after=paging.after, limit=paging.limit + 1), paging, to=DebitBatchOut.of)


@router.get("/debit-batches/{debit_batch_id}", response_model=DebitBatchOut)
async def get_debit_batch(debit_batch_id: str, tx: TxDep) -> object:
    """One file and what became of it."""
    return DebitBatchOut.of(await debits.batch(tx, debit_batch_id))


@router.get("/debit-batches/{debit_batch_id}/debits", response_model=DebitsOut)
async def list_debits(debit_batch_id: str, tx: TxDep) -> object:
    """Its debits, paid or failed and why."""
    await debits.batch(tx, debit_batch_id)
    return DebitsOut(items=[DebitOut.of(each) for each in await debits.orders(tx, debit_batch_id)])


@router.get("/debit-batches/{debit_batch_id}/file", response_class=Response, responses={200: {"content": _BYTES}})
async def get_debit_file(debit_batch_id: str, tx: TxDep, settings: SettingsDep) -> Response:
    """The file for the bank: records of 120 bytes (全銀フォーマット)."""
    content = await debits.file_of(tx, debit_batch_id, bank_seal(settings))
    name = f'attachment; filename="{debit_batch_id}.txt"'
    return Response(content, media_type=_FILE, headers={"Content-Disposition": name, "Cache-Control": "no-store"})


@router.post(
    "/debit-batches/{debit_batch_id}/results",
    response_model=DebitBatchOut,
    openapi_extra={"requestBody": {"required": True, "content": _BYTES}},
)
async def post_debit_results(
    debit_batch_id: str, request: Request, tx: TxDep, now: Now, settings: SettingsDep
) -> object:
    """The bank's answer, as the file it sent; the same file again changes nothing."""
    content = await request.body()
    return DebitBatchOut.of(await take_results(debit_batch_id, content, tx, now, seal=bank_seal(settings)))
