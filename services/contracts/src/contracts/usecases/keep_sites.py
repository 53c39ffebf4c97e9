"""Add and remove telework sites."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from common.ids import new_id
from contracts.domain.contract import Contract, SiteTime
from contracts.domain.contract_file import add_site, remove_site
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record


async def open_site(contract_id: str, label: str, tx: Tx, now: datetime) -> SiteTime:
    """The site as added; raises `ContractNotActive`, `TeleworkRequiresStandard` (R-TELEWORK)."""
    contract = await locked(contract_id, tx)
    change = add_site(contract, site_id=new_id("site"), label=label, now=now)
    return (await record(contract, change, tx, now)).sites[-1]


async def close_site(contract_id: str, site_id: str, tx: Tx, now: datetime) -> Contract:
    """The contract without the site; raises `SiteUnknown`."""
    contract = await locked(contract_id, tx)
    return await record(contract, remove_site(contract, site_id, now=now), tx, now)
