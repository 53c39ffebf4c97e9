"""Depots and units: registered, looked at, erased, repaired, retired."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import IdText, IfMatch, Now, PageOf, Paging, Router, TxDep, page
from loaner.api.unit_schemas import (
    DepotIn,
    DepotOut,
    ErasureDoneOut,
    ErasureIn,
    ErasureOut,
    UnitIn,
    UnitOut,
)
from loaner.domain.units import UnitStatus
from loaner.storage import units
from loaner.usecases.complete_repair import complete_repair
from loaner.usecases.record_erasure import RecordErasure, record_erasure
from loaner.usecases.register_depot import register_depot
from loaner.usecases.register_unit import RegisterUnit, register_unit
from loaner.usecases.retire_unit import retire_unit

router = Router(prefix="/api/loaner/v1", tags=["units"])
Filter = Annotated[IdText | None, Query()]


@router.post("/depots", status_code=201, response_model=DepotOut)
async def post_depot(body: DepotIn, tx: TxDep, now: Now) -> object:
    """A new depot."""
    return DepotOut.model_validate(await register_depot(body.name, tx, now))


@router.get("/depots", response_model=PageOf[DepotOut])
async def get_depots(tx: TxDep, paging: Paging) -> object:
    """All depots; loans are served from the first that has a unit."""
    rows = await units.depots(tx, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=DepotOut.model_validate)


@router.post("/units", status_code=201, response_model=UnitOut)
async def post_unit(body: UnitIn, tx: TxDep, now: Now) -> object:
    """A new unit; somebody who waits gets it at once."""
    fields = body.model_dump(exclude={"storage"})
    return UnitOut.of(await register_unit(RegisterUnit(**fields, has_storage=body.storage), tx, now))


@router.get("/units", response_model=PageOf[UnitOut])
async def get_units(
    tx: TxDep,
    paging: Paging,
    status: UnitStatus | None = None,
    depot_id: Filter = None,
    kind: Filter = None,
    serial: Annotated[str | None, Query(max_length=200)] = None,
    asset_tag: Annotated[str | None, Query(max_length=200)] = None,
) -> object:
    """Units in the order in which they were registered."""
    equal = {"status": status, "depot_id": depot_id, "kind": kind, "serial": serial, "asset_tag": asset_tag}
    rows = await units.listed(tx, after=paging.after, limit=paging.limit + 1, equal=equal)
    return page(rows, paging, to=UnitOut.of)


@router.get("/units/{unit_id}", response_model=UnitOut)
async def get_unit(unit_id: IdText, tx: TxDep) -> object:
    """One unit."""
    return UnitOut.of(await units.find(tx, unit_id))


@router.post("/units/{unit_id}/erasures", status_code=201, response_model=ErasureDoneOut)
async def post_erasure(unit_id: IdText, body: ErasureIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """An erasure record; a good unit is in stock again and serves the waitlist."""
    proof = RecordErasure(unit_id=unit_id, version=version, **body.model_dump())
    return ErasureDoneOut.done(await record_erasure(proof, tx, now), proof)


@router.get("/units/{unit_id}/erasures", response_model=PageOf[ErasureOut])
async def get_erasures(unit_id: IdText, tx: TxDep, paging: Paging) -> object:
    """The erasure records of a unit, oldest first."""
    await units.find(tx, unit_id)
    rows = await units.erasures(tx, unit_id, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=ErasureOut.of)


@router.post("/units/{unit_id}/repair-completion", response_model=UnitOut)
async def post_repair(unit_id: IdText, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Repaired and complete: in stock again."""
    return UnitOut.of(await complete_repair(unit_id, tx, now, version=version))


@router.post("/units/{unit_id}/retirement", response_model=UnitOut)
async def post_retirement(unit_id: IdText, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Out of service for good."""
    return UnitOut.of(await retire_unit(unit_id, tx, now, version=version))
