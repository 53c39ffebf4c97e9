"""What a contract may use, what it used, and its history."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.civil import fee_month_named
from common.http import MomentIn, Now, PageOf, Paging, Router, TxDep, page
from contracts.api.contract_schemas import HistoryEntryOut
from contracts.api.entitlement_schemas import EntitlementsOut, UsageOut
from contracts.domain.closed_day import calendar_of
from contracts.storage import catalogue, contracts, history, usage

router = Router(prefix="/api/contracts/v1/contracts/{contract_id}", tags=["entitlements"])


@router.get("/entitlements", response_model=EntitlementsOut)
async def get_entitlements(
    contract_id: str, tx: TxDep, now: Now, at: Annotated[MomentIn | None, Query()] = None
) -> object:
    """What the contract may use at `at`, by default now, with the rules behind it."""
    contract = await contracts.load(tx, contract_id)
    book = await catalogue.current(tx, now)
    calendar = calendar_of(book.calendar, await catalogue.closed_days(tx))
    return EntitlementsOut.of(contract, at=at or now, book=book, calendar=calendar)


@router.get("/usage", response_model=UsageOut)
async def get_usage(
    contract_id: str, tx: TxDep, now: Now, fee_month: Annotated[str | None, Query(max_length=7)] = None
) -> object:
    """What the contract used in a fee month, by default the current one, and up to when that is known."""
    contract = await contracts.load(tx, contract_id)
    named = contract.fee_month_at(now).name if fee_month is None else fee_month
    month = fee_month_named(named, contract.fee_month_start_day)
    used = await usage.of_month(
        tx, contract.id, fee_month=month.name, first_day=month.first_day, last_day=month.last_day
    )
    return UsageOut.of(contract, month, used, now=now)


@router.get("/history", response_model=PageOf[HistoryEntryOut])
async def get_history(contract_id: str, tx: TxDep, paging: Paging) -> object:
    """Who did what to the contract, when, and from which request."""
    await contracts.load(tx, contract_id)
    rows = await history.of_contract(tx, contract_id, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=HistoryEntryOut.of)
