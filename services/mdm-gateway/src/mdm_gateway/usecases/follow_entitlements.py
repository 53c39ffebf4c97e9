"""Seats follow the plan: devices are named when they will be too many, and un-enrolled when the instant has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from common.db import Tx
from common.events.contracts import EntitlementsChanged
from mdm_gateway.domain.seats import devices_to_release, first_shortfall, informed
from mdm_gateway.storage import devices, entitlements, seats
from mdm_gateway.usecases.seat_keeping import let_go, settle_account

SEATS_LOWERED = "seats_lowered"


async def name_devices(state: EntitlementsChanged, tx: Tx, now: datetime) -> None:
    """A contract's entitlements changed: name the devices that have to go, and from when (R-MDM-PLAN)."""
    account = await seats.lock(tx, state.contract_id, partner=state.partner)
    await settle_account(tx, informed(account, state), by=tx.actor, now=now)


async def release_named_devices(contract_id: str, tx: Tx, now: datetime) -> bool:
    """Un-enrol the devices a contract has no seats for any more; whether nothing is left to do now.

    Judged anew by the newest entitlements this service knows; what was named ahead is not taken on trust.
    """
    known = await entitlements.find(tx, contract_id)
    account = await seats.lock(tx, contract_id, partner=None)
    if known is not None:
        account = informed(account, known.state)
    shortfall = first_shortfall(account.steps, account.used, now=now)
    going: tuple[str, ...] = ()
    if shortfall is not None and shortfall.at <= now:
        going = devices_to_release(await devices.enrolled_in_order(tx, contract_id), shortfall.seats)
    for device_id in sorted(going):
        device = await devices.lock(tx, device_id)
        if device is not None:
            _, used = await let_go(tx, device, reason=SEATS_LOWERED, by=tx.actor, now=now)
            account = replace(account, used=used)
    if going:
        account = replace(account, named=(), short_at=None)
    after = await settle_account(tx, account, by=tx.actor, now=now)
    return after.short_at is None or after.short_at > now
