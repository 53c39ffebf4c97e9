"""A device says what became of a command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from mdm_gateway.domain.commands import Command
from mdm_gateway.domain.deliveries import Answer, answered
from mdm_gateway.domain.devices import agent_of
from mdm_gateway.domain.refusals import CommandUnknown
from mdm_gateway.domain.terms import Terms
from mdm_gateway.storage import commands, devices
from mdm_gateway.usecases.command_steps import record
from mdm_gateway.usecases.known_agent import lock_device_of


@dataclass(frozen=True, kw_only=True)
class RecordResult:
    """The device's token, the command it speaks of, and its answer."""

    token: str | None
    command_id: str
    answer: Answer
    detail: str | None


async def record_result(cmd: RecordResult, tx: Tx, now: datetime, terms: Terms) -> Command:
    """Close or defer a sent command.

    Raises `DeviceTokenInvalid`; `CommandUnknown` for the command of another device or of a former enrolment;
    `CommandNotOpen` for what was never sent or was answered before.
    """
    device = await lock_device_of(tx, cmd.token)
    await devices.seen(tx, device, now=now)
    command = await commands.lock(tx, cmd.command_id)
    if command is None or (command.device_id, command.generation) != (device.id, device.generation):
        raise CommandUnknown(command_id=cmd.command_id)
    by = agent_of(device.id)
    step = answered(command, cmd.answer, detail=cmd.detail, by=by, terms=terms, now=now)
    return await record(tx, step, now=now)
