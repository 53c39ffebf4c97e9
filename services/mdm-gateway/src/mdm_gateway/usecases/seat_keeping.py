"""What every change of a contract's seats has in common: who has to go is worked out anew, and told when it changed."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from mdm_gateway.domain.deliveries import withdraw
from mdm_gateway.domain.devices import Device, release, require_enrolled
from mdm_gateway.domain.seats import SeatAccount, renamed
from mdm_gateway.storage import commands, devices, seats
from mdm_gateway.usecases.command_steps import record
from mdm_gateway.usecases.facts import Place, publish


async def settle_account(tx: Tx, account: SeatAccount, *, by: str, now: datetime) -> SeatAccount:
    """Name anew which devices have to go, and keep the account (R-MDM-PLAN). The account is locked."""
    enrolled = await devices.enrolled_in_order(tx, account.contract_id)
    after, facts = renamed(account, enrolled, now=now, by=by)
    await seats.save(tx, after)
    place = Place(
        subject=after.contract_id,
        version=after.version,
        key=after.contract_id,
        partner=after.partner,
        correlation_id=after.contract_id,
    )
    await publish(tx, facts, place, now=now)
    return after


async def let_go(tx: Tx, device: Device, *, reason: str, by: str, now: datetime) -> tuple[Device, int]:
    """Un-enrol a locked device of a locked account: seat, token and live commands end together.

    Gives the device and the seats used afterwards. Raises `DeviceNotEnrolled`.
    """
    require_enrolled(device)
    used = await seats.free(tx, device.contract_id)
    after, facts = release(device, reason=reason, seats_used=used, by=by, now=now)
    await devices.save(tx, after)
    await devices.revoke_credentials(tx, after.id, now=now)
    await publish(tx, facts, place_of(after), now=now)
    for live in await commands.lock_live(tx, after.id):
        await record(tx, withdraw(live, by=by, reason="device_released", now=now), now=now)
    return after, used


def place_of(device: Device) -> Place:
    """Where facts about a device belong."""
    return Place(
        subject=device.id,
        version=device.version,
        key=device.id,
        partner=device.partner,
        correlation_id=device.contract_id,
    )
