"""Un-enrol a device: its seat is free for another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from common.db import Tx
from common.errors import StaleVersion
from mdm_gateway.domain.devices import Device
from mdm_gateway.domain.refusals import DeviceUnknown
from mdm_gateway.storage import devices, seats
from mdm_gateway.usecases.seat_keeping import let_go, settle_account

BY_OPERATOR = "released_by_operator"


@dataclass(frozen=True, kw_only=True)
class ReleaseDevice:
    """Which device is to go; `expected_version` as the caller last read it."""

    device_id: str
    expected_version: int | None
    by: str


async def release_device(cmd: ReleaseDevice, tx: Tx, now: datetime) -> Device:
    """Free the seat, end the token, cancel live commands.

    Raises `DeviceUnknown`, `StaleVersion`, `DeviceNotEnrolled`.
    """
    known = await devices.find(tx, cmd.device_id)
    if known is None:
        raise DeviceUnknown(device_id=cmd.device_id)
    account = await seats.lock(tx, known.contract_id, partner=known.partner)
    device = await devices.lock(tx, cmd.device_id)
    if device is None:
        raise DeviceUnknown(device_id=cmd.device_id)
    if cmd.expected_version is not None and cmd.expected_version != device.version:
        raise StaleVersion(expected=cmd.expected_version, present=device.version)
    after, used = await let_go(tx, device, reason=BY_OPERATOR, by=cmd.by, now=now)
    await settle_account(tx, replace(account, used=used), by=cmd.by, now=now)
    return after
