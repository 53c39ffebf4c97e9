"""Commands on their way to the device and back: delivery, answers, and what time does to them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from common.events.mdm_gateway import (
    CommandCancelled,
    CommandDeferred,
    CommandExpired,
    CommandFailed,
    CommandSent,
    CommandSucceeded,
    CommandSuperseded,
    CommandUnconfirmed,
)
from mdm_gateway.domain.commands import Command, CommandStatus, Step, about, closed
from mdm_gateway.domain.refusals import CommandNotOpen
from mdm_gateway.domain.terms import Terms

_CODE = re.compile(r"[a-z0-9_.:-]{1,64}")


class Answer(StrEnum):
    """What a device says of a command."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOT_NOW = "not_now"


def is_due(command: Command, *, generation: int, now: datetime) -> bool:
    """Whether the device in its present `generation` is to be given this command now.

    A wipe only within its approval; nothing of a former generation, ever.
    """
    return (
        command.status in {CommandStatus.QUEUED, CommandStatus.SENT}
        and command.generation == generation
        and (command.approved_at is not None or not command.is_wipe)
        and command.not_before <= now < command.expires_at
    )


def hand_over(command: Command, *, by: str, terms: Terms, now: datetime) -> Step:
    """Give a due command to the device, for the first time or again after no answer came."""
    unconfirmed_at = command.unconfirmed_at
    if command.is_wipe and unconfirmed_at is None:
        unconfirmed_at = now + terms.unconfirmed_after
    after = replace(
        command,
        status=CommandStatus.SENT,
        attempts=command.attempts + 1,
        sent_at=now,
        not_before=now + terms.redelivery_after,
        unconfirmed_at=unconfirmed_at,
        version=command.version + 1,
    )
    return after, (CommandSent(**about(command, by), attempt=after.attempts),)


def answered(command: Command, answer: Answer, *, detail: str | None, by: str, terms: Terms, now: datetime) -> Step:
    """The device's answer. Raises `CommandNotOpen` when none is awaited (never sent, or answered before)."""
    late = command.status is CommandStatus.UNCONFIRMED and answer is Answer.SUCCEEDED
    if command.status is not CommandStatus.SENT and not late:
        raise CommandNotOpen(command_id=command.id, status=command.status)
    named = about(command, by)
    match answer:
        case Answer.SUCCEEDED:
            done = closed(replace(command, detail=detail), CommandStatus.SUCCEEDED, now)
            return done, (CommandSucceeded(**named, scope=command.scope),)
        case Answer.FAILED:
            failed = closed(replace(command, detail=detail), CommandStatus.FAILED, now)
            return failed, (CommandFailed(**named, detail=_as_code(detail)),)
        case Answer.NOT_NOW:
            deferred = replace(
                command,
                status=CommandStatus.QUEUED,
                not_before=now + terms.not_now_retry,
                unconfirmed_at=None,
                detail=detail,
                version=command.version + 1,
            )
            return deferred, (CommandDeferred(**named),)
        case _:
            assert_never(answer)


def _as_code(detail: str | None) -> str | None:
    """What a device says reaches others only as a code; its free words stay with the command."""
    return detail if detail is not None and _CODE.fullmatch(detail) else None


def next_deadline(command: Command) -> datetime | None:
    """The instant from which `elapse` changes this command; None when it is closed."""
    match command.status:
        case CommandStatus.AWAITING_APPROVAL:
            return command.approval_expires_at
        case CommandStatus.QUEUED:
            return command.expires_at
        case CommandStatus.SENT:
            return min(command.unconfirmed_at or command.expires_at, command.expires_at)
        case _:
            return None


def elapse(command: Command, *, by: str, now: datetime) -> Step:
    """What time does: an approval or the command expires; a delivered wipe becomes unconfirmed."""
    limit = next_deadline(command)
    if limit is None or now < limit:
        return command, ()
    if command.status is CommandStatus.SENT and command.is_wipe:
        return _unconfirmed(command, by=by, now=now)
    return closed(command, CommandStatus.EXPIRED, now), (CommandExpired(**about(command, by)),)


def supersede(command: Command, *, by_command_id: str | None, by: str, now: datetime) -> Step:
    """A later command or enrolment takes its place; a wipe already delivered becomes unconfirmed."""
    if not command.is_live:
        raise CommandNotOpen(command_id=command.id, status=command.status)
    if command.status is CommandStatus.SENT and command.is_wipe:
        return _unconfirmed(command, by=by, now=now)
    fact = CommandSuperseded(**about(command, by), by_command_id=by_command_id)
    return closed(command, CommandStatus.SUPERSEDED, now), (fact,)


def withdraw(command: Command, *, by: str, reason: str, now: datetime) -> Step:
    """The device is released: its live command ends; a wipe already delivered becomes unconfirmed."""
    if not command.is_live:
        raise CommandNotOpen(command_id=command.id, status=command.status)
    if command.status is CommandStatus.SENT and command.is_wipe:
        return _unconfirmed(command, by=by, now=now)
    after = closed(replace(command, detail=reason), CommandStatus.CANCELLED, now)
    return after, (CommandCancelled(**about(command, by), reason=reason),)


def _unconfirmed(command: Command, *, by: str, now: datetime) -> Step:
    return closed(command, CommandStatus.UNCONFIRMED, now), (CommandUnconfirmed(**about(command, by)),)
