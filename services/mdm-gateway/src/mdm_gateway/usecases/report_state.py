"""A device tells its security state (R-MDM-STATUS)."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from mdm_gateway.domain.devices import Device, state_reported
from mdm_gateway.domain.security_status import SecurityState
from mdm_gateway.storage import device_states, devices
from mdm_gateway.usecases.facts import publish
from mdm_gateway.usecases.known_agent import lock_device_of
from mdm_gateway.usecases.seat_keeping import place_of


async def report_state(token: str | None, state: SecurityState, tx: Tx, now: datetime) -> Device:
    """Keep what the device says; what it does not say is unknown from now on. Raises `DeviceTokenInvalid`."""
    device = await lock_device_of(tx, token)
    after, facts = state_reported(device, state.said(), os_version=state.os_version, now=now)
    await devices.save(tx, after)
    await device_states.save_report(tx, after, state, now=now)
    await publish(tx, facts, place_of(after), now=now)
    return after
