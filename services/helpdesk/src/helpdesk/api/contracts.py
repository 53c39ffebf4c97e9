"""What a contract's caller and owner ask: the overview, the quota ledger, the refusals."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import IdText, Now, PageOf, Paging, Router, TxDep, page
from helpdesk.api.contract_schemas import LedgerEntryOut, OverviewOut, RefusalOut
from helpdesk.domain.refusals import ContractUnknown, RefusalUnknown
from helpdesk.storage import entitlements, quota, refusals
from helpdesk.usecases.contract_overview import contract_overview

router = Router(prefix="/api/helpdesk/v1", tags=["contracts"])


@router.get("/contracts/{contract_id}/overview", response_model=OverviewOut)
async def read_overview(contract_id: IdText, tx: TxDep, now: Now) -> object:
    """Open hours, inquiries left, open cases, visit right, loans, devices: one call, one screen."""
    return OverviewOut.of(await contract_overview(contract_id, tx, now))


@router.get("/contracts/{contract_id}/quota-ledger", response_model=PageOf[LedgerEntryOut])
async def read_ledger(
    contract_id: IdText,
    tx: TxDep,
    paging: Paging,
    fee_month: Annotated[str | None, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] = None,
) -> object:
    """Every unit taken and given back, oldest first."""
    if await entitlements.find(tx, contract_id) is None:
        raise ContractUnknown(contract_id=contract_id)
    rows = await quota.entries(tx, contract_id, fee_month=fee_month, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=LedgerEntryOut.of)


@router.get("/refusals", response_model=PageOf[RefusalOut])
async def list_refusals(tx: TxDep, paging: Paging, contract_id: Annotated[IdText | None, Query()] = None) -> object:
    """Refused inquiries with every reason, oldest first."""
    rows = await refusals.listed(tx, contract_id=contract_id, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=RefusalOut.of)


@router.get("/refusals/{refusal_id}", response_model=RefusalOut)
async def read_refusal(refusal_id: IdText, tx: TxDep) -> object:
    """One refused inquiry by its reference (`ref_…`)."""
    found = await refusals.find(tx, refusal_id)
    if found is None:
        raise RefusalUnknown(refusal_id=refusal_id)
    return RefusalOut.of(found)
