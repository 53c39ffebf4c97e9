"""Write, change and retire entries of a customer's record; a partner's entries are always shared ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain.records import Particulars, RecordEntry, RecordEntryUnknown, RecordStatus, changed, checked
from helpdesk.domain.refusals import ContractUnknown
from helpdesk.storage import entitlements, records
from helpdesk.storage.entitlements import Known


async def write_entry(contract_id: str, said: Particulars, tx: Tx, now: datetime) -> RecordEntry:
    """A new entry; raises `ContractUnknown`, `RecordKindUnknown`, `SiteUnknown`, `RecordSiteUnknown`."""
    known = await known_contract(contract_id, tx)
    new = RecordEntry(
        id=new_id("rec"),
        contract_id=contract_id,
        subscriber_id=known.subscriber_id,
        status=RecordStatus.ACTIVE,
        version=1,
        said=await _checked(said, known, tx),
        actor=tx.actor,
        at=now,
    )
    await records.add(tx, new)
    return new


async def change_entry(
    entry_id: str, tx: Tx, now: datetime, *, expected: int | None, said: Particulars | None
) -> RecordEntry:
    """Say it anew, or (None) retire it.

    Raises `RecordEntryUnknown`, `StaleVersion`, `WrongState`, `RecordKindUnknown`, `SiteUnknown`, `RecordSiteUnknown`.
    """
    before = await found_entry(entry_id, tx, lock=True)
    known = await known_contract(before.contract_id, tx)
    after = changed(
        before,
        expected=expected,
        subscriber_id=known.subscriber_id,
        actor=tx.actor,
        now=now,
        said=None if said is None else await _checked(said, known, tx, before=before.said),
        status=RecordStatus.RETIRED if said is None else RecordStatus.ACTIVE,
    )
    await records.save(tx, after)
    return after


async def found_entry(entry_id: str, tx: Tx, *, lock: bool = False) -> RecordEntry:
    """An entry as it stands; raises `RecordEntryUnknown`."""
    found = await records.find(tx, entry_id, lock=lock)
    if found is None:
        raise RecordEntryUnknown(entry_id=entry_id)
    return found


async def known_contract(contract_id: str, tx: Tx) -> Known:
    """The contract as known here; raises `ContractUnknown`."""
    known = await entitlements.find(tx, contract_id)
    if known is None:
        raise ContractUnknown(contract_id=contract_id)
    return known


async def _checked(said: Particulars, known: Known, tx: Tx, *, before: Particulars | None = None) -> Particulars:
    """What is said, judged; a partner shares all that it says."""
    sites = {site.site_id for site in known.state.sites}
    whose = said if tx.partner is None else replace(said, shared=True)
    return checked(whose, kinds=await records.kinds(tx), sites=sites, before=before)
