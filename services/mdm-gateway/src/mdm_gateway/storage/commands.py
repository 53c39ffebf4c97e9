"""Device commands, and the steps they went through with what each was judged by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx, refusing
from mdm_gateway.domain.commands import LIVE, Command, CommandStatus
from mdm_gateway.domain.deliveries import next_deadline
from mdm_gateway.domain.matrix import Function, Medium, Scope, Setting
from mdm_gateway.domain.refusals import CommandAlreadyLive
from mdm_gateway.storage.tables import command_step
from mdm_gateway.storage.tables import device_command as table

_COLUMNS = [table.c[field.name] for field in fields(Command)]


@dataclass(frozen=True, kw_only=True)
class CommandStep:
    """One step of a command: the fact it became, who caused it, by which rules and inputs it was judged."""

    sequence: int
    status: str
    event: str
    at: datetime
    actor: str
    rule_ids: tuple[str, ...]
    inputs: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class CommandFilter:
    """Which commands a list shows; None: any."""

    contract_id: str | None = None
    device_id: str | None = None
    status: str | None = None
    function: str | None = None


async def find(tx: Tx, command_id: str) -> Command | None:
    """One command."""
    row = await tx.first(sa.select(*_COLUMNS).where(table.c.id == command_id))
    return None if row is None else _command(row)


async def lock(tx: Tx, command_id: str) -> Command | None:
    """One command, nobody else's until this transaction ends."""
    row = await tx.first(sa.select(*_COLUMNS).where(table.c.id == command_id).with_for_update())
    return None if row is None else _command(row)


async def lock_live(tx: Tx, device_id: str, *, functions: Collection[Function] = tuple(Function)) -> list[Command]:
    """The device's live commands of these functions, locked, oldest first."""
    rows = await tx.all(
        sa.select(*_COLUMNS)
        .where(
            table.c.device_id == device_id, table.c.status.in_(sorted(LIVE)), table.c.function.in_(sorted(functions))
        )
        .order_by(table.c.id)
        .with_for_update()
    )
    return [_command(row) for row in rows]


async def any_deliverable(tx: Tx, device_id: str, *, now: datetime) -> bool:
    """Whether the device may have something to fetch; cheap, takes no lock."""
    deliverable = [CommandStatus.QUEUED, CommandStatus.SENT]
    found = await tx.scalar(
        sa.select(sa.literal(1))
        .where(
            table.c.device_id == device_id,
            table.c.status.in_(deliverable),
            table.c.not_before <= now,
            table.c.expires_at > now,
        )
        .limit(1)
    )
    return found is not None


async def add(tx: Tx, command: Command) -> None:
    """Keep a new command. Raises `CommandAlreadyLive` when the device has one of this function."""
    with refusing(
        uq_device_command_live=lambda: CommandAlreadyLive(device_id=command.device_id, function=command.function)
    ):
        await tx.run(sa.insert(table).values(**_row(command)))


async def save(tx: Tx, command: Command) -> None:
    """Keep a command's new state."""
    await tx.run(sa.update(table).where(table.c.id == command.id).values(**_row(command)))


async def add_step(tx: Tx, command_id: str, step: CommandStep) -> None:
    """Keep one step for good."""
    await tx.run(
        sa.insert(command_step).values(
            command_id=command_id,
            sequence=step.sequence,
            status=step.status,
            event=step.event,
            at=step.at,
            actor=step.actor,
            rule_ids=list(step.rule_ids),
            inputs=step.inputs,
        )
    )


async def steps(tx: Tx, command_id: str) -> list[CommandStep]:
    """All steps of a command in order."""
    columns = [command_step.c[field.name] for field in fields(CommandStep)]
    rows = await tx.all(
        sa.select(*columns).where(command_step.c.command_id == command_id).order_by(command_step.c.sequence)
    )
    return [CommandStep(**(dict(row) | {"rule_ids": tuple(row["rule_ids"])})) for row in rows]


async def listed(tx: Tx, chosen: CommandFilter, *, after: str | None, limit: int) -> list[Command]:
    """Commands in order of their making."""
    found = sa.select(*_COLUMNS).order_by(table.c.id).limit(limit)
    for field in fields(CommandFilter):
        value = getattr(chosen, field.name)
        if value is not None:
            found = found.where(table.c[field.name] == value)
    if after is not None:
        found = found.where(table.c.id > after)
    return [_command(row) for row in await tx.all(found)]


async def wipes_approved_since(tx: Tx, contract_id: str, since: datetime) -> int:
    """How many wipes of the contract were approved after an instant."""
    found: int = await tx.scalar(
        sa.select(sa.func.count())
        .select_from(table)
        .where(
            table.c.contract_id == contract_id,
            table.c.function == Function.REMOTE_WIPE,
            table.c.approved_at > since,
        )
    )
    return found


async def next_deadline_of_all(tx: Tx) -> datetime | None:
    """The earliest instant at which time changes some command."""
    found: datetime | None = await tx.scalar(sa.select(sa.func.min(table.c.due_at)))
    return found


async def lock_overdue(tx: Tx, *, now: datetime, limit: int) -> list[Command]:
    """Commands that time has changed by `now` and nobody else is working on."""
    rows = await tx.all(
        sa.select(*_COLUMNS)
        .where(table.c.due_at <= now)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_command(row) for row in rows]


def _row(command: Command) -> dict[str, Any]:
    values = {field.name: getattr(command, field.name) for field in fields(Command)}
    return values | {"media": list(command.media), "due_at": next_deadline(command)}


def _command(row: Record) -> Command:
    values = dict(row)
    typed = {
        "function": Function(values["function"]),
        "setting": None if values["setting"] is None else Setting(values["setting"]),
        "media": tuple(Medium(medium) for medium in values["media"]),
        "scope": Scope(values["scope"]),
        "status": CommandStatus(values["status"]),
    }
    return Command(**(values | typed))
