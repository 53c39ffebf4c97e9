"""A device asks what it is to do."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from mdm_gateway.domain.commands import Command
from mdm_gateway.domain.deliveries import hand_over, is_due
from mdm_gateway.domain.devices import agent_of
from mdm_gateway.domain.matrix import Function
from mdm_gateway.domain.terms import Terms
from mdm_gateway.storage import commands, devices
from mdm_gateway.usecases.command_steps import record
from mdm_gateway.usecases.known_agent import device_id_of, lock_device_of


async def greet(token: str | None, tx: Tx, now: datetime) -> str:
    """The device that asks, with its contact noted. Raises `DeviceTokenInvalid`."""
    device = await lock_device_of(tx, token)
    await devices.seen(tx, device, now=now)
    return device.id


async def hand_over_commands(token: str | None, tx: Tx, now: datetime, terms: Terms) -> list[Command]:
    """All commands that are due for the device that shows `token`, now marked as sent; a wipe comes last.

    The caller answers the device only after this is committed. Raises `DeviceTokenInvalid`.
    """
    device_id = await device_id_of(tx, token)
    if not await commands.any_deliverable(tx, device_id, now=now):
        return []
    device = await lock_device_of(tx, token)
    due = [
        command
        for command in await commands.lock_live(tx, device.id)
        if is_due(command, generation=device.generation, now=now)
    ]
    due.sort(key=lambda command: command.function is Function.REMOTE_WIPE)
    by = agent_of(device.id)
    return [await record(tx, hand_over(command, by=by, terms=terms, now=now), now=now) for command in due]
