"""Depots, the stock of each kind in them, units and their erasures as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Record, Tx, refusing
from common.events.base import NewEvent
from common.events.loaner import UnitData
from loaner.domain.refusals import (
    AssetTagTaken,
    DepotNameTaken,
    DepotUnknown,
    ErasureMissing,
    SerialTaken,
    UnitUnknown,
)
from loaner.domain.returning import Condition
from loaner.domain.units import Unit, UnitStatus
from loaner.storage.tables import depot, erasure, stock, unit


@dataclass(frozen=True, kw_only=True)
class Depot:
    """A place from which units are lent."""

    id: str
    name: str
    created_at: datetime
    version: int


def _unit(row: Record) -> Unit:
    fields = dict(row)
    fields["status"] = UnitStatus(fields["status"])
    fields["condition"] = Condition(fields["condition"])
    fields["accessories"] = tuple(fields["accessories"])
    return Unit(**fields)


def _fields(state: Unit) -> dict[str, Any]:
    return {**asdict(state), "accessories": list(state.accessories)}


async def add_depot(tx: Tx, place: Depot) -> None:
    """A new depot; raises `DepotNameTaken`."""
    with refusing(uq_depot_name=lambda: DepotNameTaken(name=place.name)):
        await tx.run(sa.insert(depot).values(**asdict(place)))


async def find_depot(tx: Tx, depot_id: str) -> Depot:
    """A depot; raises `DepotUnknown`."""
    row = await tx.first(sa.select(depot).where(depot.c.id == depot_id))
    if row is None:
        raise DepotUnknown(depot_id=depot_id)
    return Depot(**dict(row))


async def depots(tx: Tx, *, after: str | None = None, limit: int | None = None) -> list[Depot]:
    """Depots in the order of their ids: the first is the house's first choice."""
    chosen = sa.select(depot).order_by(depot.c.id).limit(limit)
    if after is not None:
        chosen = chosen.where(depot.c.id > after)
    return [Depot(**dict(row)) for row in await tx.all(chosen)]


async def lock_stock(tx: Tx, depot_id: str, kind: str) -> int:
    """Lock what a depot has of a kind: who gets a unit and who waits is decided under this lock, one at a time.

    Returns the last number that its waitlist gave out.
    """
    await tx.run(insert(stock).values(depot_id=depot_id, kind=kind, last_number=0).on_conflict_do_nothing())
    chosen = sa.select(stock.c.last_number).where(stock.c.depot_id == depot_id, stock.c.kind == kind)
    return int(await tx.scalar(chosen.with_for_update()))


async def next_number(tx: Tx, depot_id: str, kind: str) -> int:
    """The next number of a waitlist; its stock must be locked."""
    counted = (
        sa.update(stock)
        .where(stock.c.depot_id == depot_id, stock.c.kind == kind)
        .values(last_number=stock.c.last_number + 1)
        .returning(stock.c.last_number)
    )
    return int(await tx.scalar(counted))


async def stocks(tx: Tx, *, depot_id: str | None, kind: str | None) -> list[tuple[str, str]]:
    """Depots and kinds of which there is or was anything, in order."""
    chosen = sa.select(stock.c.depot_id, stock.c.kind).order_by(stock.c.depot_id, stock.c.kind)
    if depot_id is not None:
        chosen = chosen.where(stock.c.depot_id == depot_id)
    if kind is not None:
        chosen = chosen.where(stock.c.kind == kind)
    return [(row["depot_id"], row["kind"]) for row in await tx.all(chosen)]


async def lock_free_unit(tx: Tx, depot_id: str, kind: str) -> Unit | None:
    """The longest registered unit in stock, locked; the stock must be locked."""
    chosen = (
        sa.select(unit)
        .where(unit.c.depot_id == depot_id, unit.c.kind == kind, unit.c.status == UnitStatus.IN_STOCK.value)
        .order_by(unit.c.id)
        .limit(1)
        .with_for_update()
    )
    row = await tx.first(chosen)
    return None if row is None else _unit(row)


async def find(tx: Tx, unit_id: str) -> Unit:
    """A unit as it is; raises `UnitUnknown`."""
    row = await tx.first(sa.select(unit).where(unit.c.id == unit_id))
    if row is None:
        raise UnitUnknown(unit_id=unit_id)
    return _unit(row)


async def lock(tx: Tx, unit_id: str) -> Unit:
    """A unit, locked until the transaction ends; raises `UnitUnknown`."""
    row = await tx.first(sa.select(unit).where(unit.c.id == unit_id).with_for_update())
    if row is None:
        raise UnitUnknown(unit_id=unit_id)
    return _unit(row)


async def add(tx: Tx, state: Unit, events: Sequence[UnitData], now: datetime) -> None:
    """A new unit; raises `AssetTagTaken`, `SerialTaken`. Its stock must be locked."""
    with refusing(
        uq_unit_asset_tag=lambda: AssetTagTaken(asset_tag=state.asset_tag),
        uq_unit_serial=lambda: SerialTaken(maker=state.maker, serial=state.serial),
    ):
        await tx.run(sa.insert(unit).values(**_fields(state)))
    await _tell(tx, state, events, now)


async def save(
    tx: Tx, state: Unit, events: Sequence[UnitData], now: datetime, *, correlation_id: str | None = None
) -> None:
    """A unit after a step, and its facts; the row must be locked.

    The last to hold R-LOAN-ERASE is the database.
    """
    with refusing(unit_erased_before_lending=lambda: ErasureMissing(unit_id=state.id)):
        await tx.run(sa.update(unit).where(unit.c.id == state.id).values(**_fields(state)))
    await _tell(tx, state, events, now, correlation_id=correlation_id)


async def _tell(
    tx: Tx, state: Unit, events: Sequence[UnitData], now: datetime, *, correlation_id: str | None = None
) -> None:
    first = state.version - len(events) + 1
    await tx.publish(
        *(
            NewEvent(
                data=data,
                subject=state.id,
                sequence=sequence,
                key=state.id,
                time=now,
                partner=None,
                correlation_id=correlation_id or state.id,
            )
            for sequence, data in enumerate(events, first)
        )
    )


async def listed(tx: Tx, *, after: str | None, limit: int, equal: dict[str, str | None]) -> list[Unit]:
    """Units in the order of their ids behind `after`, with these columns equal."""
    chosen = sa.select(unit).order_by(unit.c.id).limit(limit)
    if after is not None:
        chosen = chosen.where(unit.c.id > after)
    for name, value in equal.items():
        if value is not None:
            chosen = chosen.where(unit.c[name] == value)
    return [_unit(row) for row in await tx.all(chosen)]


async def add_erasure(tx: Tx, **fields: Any) -> None:
    """Keep an erasure record for good."""
    await tx.run(sa.insert(erasure).values(**fields))


async def erasures(tx: Tx, unit_id: str, *, after: str | None, limit: int) -> list[Record]:
    """The erasure records of a unit, oldest first."""
    chosen = sa.select(erasure).where(erasure.c.unit_id == unit_id).order_by(erasure.c.id).limit(limit)
    if after is not None:
        chosen = chosen.where(erasure.c.id > after)
    return await tx.all(chosen)
