"""A place from which units are lent."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from common.ids import new_id
from loaner.storage import units
from loaner.storage.units import Depot


async def register_depot(name: str, tx: Tx, now: datetime) -> Depot:
    """A new depot; raises `DepotNameTaken`."""
    place = Depot(id=new_id("dep"), name=name, created_at=now, version=1)
    await units.add_depot(tx, place)
    return place
