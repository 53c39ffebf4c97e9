"""Which device speaks: the token of its present enrolment, and nothing else, says so."""

from __future__ import annotations

from common.db import Tx
from mdm_gateway.domain.credentials import token_hash
from mdm_gateway.domain.devices import Device, agent_of
from mdm_gateway.domain.refusals import DeviceTokenInvalid
from mdm_gateway.storage import devices


async def device_id_of(tx: Tx, token: str | None) -> str:
    """The device that shows `token`. Raises `DeviceTokenInvalid`."""
    if not token:
        raise DeviceTokenInvalid
    found = await devices.device_of_token(tx, token_hash(token))
    if found is None:
        raise DeviceTokenInvalid
    tx.known_as = agent_of(found)
    return found


async def lock_device_of(tx: Tx, token: str | None) -> Device:
    """The same, with the device locked; the token is judged again once it is. Raises `DeviceTokenInvalid`."""
    device = await devices.lock(tx, await device_id_of(tx, token))
    if device is None or await device_id_of(tx, token) != device.id:
        raise DeviceTokenInvalid
    return device
