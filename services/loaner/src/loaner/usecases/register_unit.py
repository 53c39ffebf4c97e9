"""A new unit for lending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from loaner.domain import units as unit_steps
from loaner.domain.refusals import LoanKindNotLent
from loaner.domain.units import Unit, UnitStatus
from loaner.storage import units
from loaner.usecases.facts import known_catalogue
from loaner.usecases.promote_waitlist import promote_waitlist


@dataclass(frozen=True, kw_only=True)
class RegisterUnit:
    """A device with its kit; `accessories` and `has_storage` of None mean what the catalogue says of the kind."""

    depot_id: str
    kind: str
    maker: str
    model: str
    serial: str
    asset_tag: str
    accessories: Sequence[str] | None = None
    has_storage: bool | None = None


async def register_unit(device: RegisterUnit, tx: Tx, now: datetime) -> Unit:
    """The unit, in stock, or at once reserved for whoever waits for it.

    A kind that stores data by the catalogue stores data, whatever is said of the unit. Raises `LoanKindNotLent`,
    `DepotUnknown`, `AssetTagTaken`, `SerialTaken`.
    """
    kinds = (await known_catalogue(tx)).kinds
    kind = kinds.get(device.kind)
    if kind is None:
        raise LoanKindNotLent(kind=device.kind, lent=sorted(kinds))
    depot = await units.find_depot(tx, device.depot_id)
    await units.lock_stock(tx, depot.id, device.kind)
    fresh = Unit(
        id=new_id("unit"),
        depot_id=depot.id,
        kind=device.kind,
        maker=device.maker,
        model=device.model,
        serial=device.serial,
        asset_tag=device.asset_tag,
        accessories=tuple(kind.accessories if device.accessories is None else device.accessories),
        has_storage=kind.has_storage or bool(device.has_storage),
        status=UnitStatus.IN_STOCK,
        registered_at=now,
    )
    registered, told = unit_steps.register(fresh, actor=tx.actor)
    await units.add(tx, registered, told, now)
    if await promote_waitlist(tx, depot.id, device.kind, now):
        return await units.find(tx, registered.id)
    return registered
