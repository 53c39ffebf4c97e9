"""The customer's record: entries, their versions, their kinds."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from common.http import Code, IdText, IfMatch, Now, PageOf, Paging, Router, TxDep, page
from helpdesk.api.record_schemas import (
    ParticularsIn,
    RecordEntryIn,
    RecordEntryOut,
    RecordKindIn,
    RecordKindOut,
    RecordKindsOut,
    RecordVersionsOut,
)
from helpdesk.domain.records import RecordStatus
from helpdesk.storage import records
from helpdesk.usecases.keep_record import change_entry, found_entry, write_entry

router = Router(prefix="/api/helpdesk/v1", tags=["customer's record"])


@router.get("/record-kinds", response_model=RecordKindsOut)
async def list_kinds(tx: TxDep) -> object:
    """The kinds of entries, in their order."""
    return RecordKindsOut(items=[RecordKindOut.model_validate(kind) for kind in await records.kinds(tx)])


@router.put("/record-kinds/{code}", response_model=RecordKindOut)
async def keep_kind(
    code: Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,39}$")], body: RecordKindIn, tx: TxDep
) -> object:
    """A new kind, other words for a known one, or one that is no longer offered; entries of it stay."""
    kind = body.kind(code)
    await records.put_kind(tx, kind)
    return RecordKindOut.model_validate(kind)


@router.post("/record-entries", status_code=201, response_model=RecordEntryOut)
async def write(body: RecordEntryIn, tx: TxDep, now: Now) -> object:
    """Write an entry into the record of a contract; a partner's entries are always shared."""
    return RecordEntryOut.of(await write_entry(body.contract_id, body.particulars(), tx, now))


@router.get("/record-entries", response_model=PageOf[RecordEntryOut])
async def list_entries(
    tx: TxDep,
    paging: Paging,
    contract_id: Annotated[IdText | None, Query()] = None,
    kind: Annotated[Code | None, Query()] = None,
    site: Annotated[Code | None, Query()] = None,
    status: Annotated[RecordStatus | None, Query()] = None,
) -> object:
    """Entries, oldest first; partners see the shared ones."""
    asked = {"contract_id": contract_id, "kind": kind, "site": site, "status": status}
    filters = {name: str(value) for name, value in asked.items() if value is not None}
    rows = await records.listed(tx, filters=filters, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=RecordEntryOut.of)


@router.get("/record-entries/{entry_id}", response_model=RecordEntryOut)
async def read(entry_id: IdText, tx: TxDep) -> object:
    """An entry as it stands."""
    return RecordEntryOut.of(await found_entry(entry_id, tx))


@router.get("/record-entries/{entry_id}/versions", response_model=RecordVersionsOut)
async def list_versions(
    entry_id: IdText,
    tx: TxDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    before: Annotated[int | None, Query(ge=1, le=2_000_000_000)] = None,
) -> object:
    """What it said, by whom and when, the newest first; partners see the versions that were shared."""
    await found_entry(entry_id, tx)
    rows = await records.versions(tx, entry_id, before=before, limit=limit + 1)
    items = [RecordEntryOut.of(each) for each in rows[:limit]]
    return RecordVersionsOut(items=items, next=items[-1].version if len(rows) > limit else None)


@router.put("/record-entries/{entry_id}", response_model=RecordEntryOut)
async def rewrite(entry_id: IdText, body: ParticularsIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Write it anew: the next version; a retired entry is in force again."""
    return RecordEntryOut.of(await change_entry(entry_id, tx, now, expected=version, said=body.particulars()))


@router.post("/record-entries/{entry_id}/retirement", response_model=RecordEntryOut)
async def retire(entry_id: IdText, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Take it out of sight: search and overview show it no more, and its versions stay."""
    return RecordEntryOut.of(await change_entry(entry_id, tx, now, expected=version, said=None))
