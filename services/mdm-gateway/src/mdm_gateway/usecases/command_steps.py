"""Every step of a command goes the same way: its row, its step with what judged it, its fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from common.db import Tx
from common.events.base import EventData
from common.events.mdm_gateway import CommandCancelled, CommandRejected, CommandSucceeded
from mdm_gateway.domain.commands import Command, Step
from mdm_gateway.domain.matrix import SETTINGS
from mdm_gateway.storage import commands, device_states
from mdm_gateway.usecases.facts import Place, publish


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The rules that allowed a step and the inputs they looked at; shown by `GET /commands/{id}/why`."""

    rule_ids: tuple[str, ...] = ()
    inputs: dict[str, Any] = field(default_factory=dict)


NOTHING_TO_JUDGE = Judgement()


async def record_new(tx: Tx, step: Step, *, judged: Judgement, now: datetime) -> Command:
    """Keep a command that was just requested. Raises `CommandAlreadyLive`."""
    command, facts = step
    await commands.add(tx, command)
    if command.function in SETTINGS:
        await device_states.want(tx, command, now=now)
    await _tell(tx, command, facts, judged, now)
    return command


async def record(tx: Tx, step: Step, *, now: datetime, judged: Judgement = NOTHING_TO_JUDGE) -> Command:
    """Keep the next step of a command that this transaction has locked."""
    command, facts = step
    if not facts:
        return command
    await commands.save(tx, command)
    if command.function in SETTINGS:
        await _settle(tx, command, facts, now)
    await _tell(tx, command, facts, judged, now)
    return command


async def _settle(tx: Tx, command: Command, facts: Sequence[EventData], now: datetime) -> None:
    for fact in facts:
        match fact:
            case CommandSucceeded():
                await device_states.applied(tx, command, now=now)
            case CommandCancelled() | CommandRejected():
                await device_states.unwanted(tx, command, now=now)
            case _:
                pass


async def _tell(tx: Tx, command: Command, facts: Sequence[EventData], judged: Judgement, now: datetime) -> None:
    first = command.version - len(facts) + 1
    for number, fact in enumerate(facts):
        step = commands.CommandStep(
            sequence=first + number,
            status=command.status,
            event=type(fact).__name__,
            at=now,
            actor=fact.actor,
            rule_ids=judged.rule_ids,
            inputs=judged.inputs,
        )
        await commands.add_step(tx, command.id, step)
    place = Place(
        subject=command.id,
        version=command.version,
        key=command.device_id,
        partner=command.partner,
        correlation_id=command.inquiry_id or command.contract_id,
    )
    await publish(tx, facts, place, now=now)
