"""Add, rename and remove telework sites."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from common.ids import new_id
from contracts.domain.contract import Contract, SiteTime
from contracts.domain.contract_file import add_site, remove_site, rename_site
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record


async def open_site(contract_id: str, label: str, tx: Tx, now: datetime, *, expected: int | None) -> SiteTime:
    """The site as added; raises `ContractNotActive`, `TeleworkRequiresStandard` (R-TELEWORK)."""
    contract = await locked(contract_id, tx, expected=expected)
    change = add_site(contract, site_id=new_id("site"), label=label, now=now, by=tx.actor)
    return (await record(contract, change, tx, now)).sites[-1]


async def relabel_site(
    contract_id: str, site_id: str, label: str, tx: Tx, now: datetime, *, expected: int | None
) -> SiteTime:
    """The site under another name; raises `SiteUnknown`."""
    contract = await locked(contract_id, tx, expected=expected)
    after = await record(contract, rename_site(contract, site_id, label=label, now=now), tx, now)
    return next(site for site in after.sites if site.id == site_id)


async def close_site(contract_id: str, site_id: str, tx: Tx, now: datetime, *, expected: int | None) -> Contract:
    """The contract without the site; raises `SiteUnknown`."""
    contract = await locked(contract_id, tx, expected=expected)
    return await record(contract, remove_site(contract, site_id, now=now, by=tx.actor), tx, now)
