"""What this service hears: entitlements and the parts of the catalogue it judges by."""

from __future__ import annotations

from datetime import datetime

from common.consumers import REVOCATIONS
from common.consuming import Handlers
from common.db import Tx
from common.events.base import Received
from common.events.contracts import CatalogueChanged, EntitlementsChanged
from mdm_gateway.storage import entitlements
from mdm_gateway.usecases.follow_entitlements import name_devices


async def project_entitlements(event: Received[EntitlementsChanged], tx: Tx, now: datetime) -> None:
    """Keep what the contract may use, and hand its rows over when its partner changed."""
    await entitlements.learn(tx, event.data, now=event.time)


async def project_catalogue(event: Received[CatalogueChanged], tx: Tx, now: datetime) -> None:
    """Keep the OS matrix and the required consents (and whatever else the catalogue tells)."""
    await entitlements.learn_catalogue(tx, event.data, now=event.time)


async def name_devices_beyond_seats(event: Received[EntitlementsChanged], tx: Tx, now: datetime) -> None:
    """A downgrade, a Standard plan or the end of a contract names the devices that have to go (R-MDM-PLAN)."""
    await name_devices(event.data, tx, now)


PROJECTIONS: Handlers = {
    **REVOCATIONS,
    EntitlementsChanged: project_entitlements,
    CatalogueChanged: project_catalogue,
}
REACTIONS: Handlers = {EntitlementsChanged: name_devices_beyond_seats}
PROJECTION_TABLES = ("entitlement", "catalogue_part", "token_revocation")
"""Tables that nothing but these handlers writes: they can be thrown away and built again."""
