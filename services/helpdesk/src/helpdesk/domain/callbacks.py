"""Callbacks: a customer is to be rung by a promised time. Each transition is exactly one event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from common.errors import WrongState
from common.events.helpdesk import (
    CallbackCancelled,
    CallbackData,
    CallbackDone,
    CallbackOverdue,
    CallbackPostponed,
    CallbackPromised,
    CallbackTaken,
)
from helpdesk.domain.call_refusals import CallbackTakenByAnother, PromiseInThePast


class CallbackStatus(StrEnum):
    """Where a callback stands; whether it is overdue is a matter of the time."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """How ringing back went; after `not_reached` somebody decides whether to promise another."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, kw_only=True)
class Callback:
    """A promise to ring `number` (E.164; None: erased) by `promised_at`; `call_id` is the missed call it came from."""

    id: str
    number: str | None
    promised_at: datetime
    status: CallbackStatus = CallbackStatus.OPEN
    subscriber_id: str | None = None
    contract_id: str | None = None
    inquiry_id: str | None = None
    call_id: str | None = None
    assignee: str | None = None
    overdue_told: bool = False
    ended_at: datetime | None = None
    outcome: str | None = None
    version: int = 0


Told = tuple[Callback, CallbackData]


def promise(callback: Callback, *, actor: str, now: datetime) -> Told:
    """Promise to ring back. Raises `PromiseInThePast`."""
    _require_future(callback.promised_at, now)
    return _next(callback, CallbackPromised, actor, promised_at=callback.promised_at)


def take(callback: Callback, *, actor: str) -> Told | None:
    """Somebody will ring; None when they had already said so. Raises `CallbackTakenByAnother`, `WrongState`."""
    _require_open(callback)
    if callback.assignee == actor:
        return None
    if callback.assignee is not None:
        raise CallbackTakenByAnother(assignee=callback.assignee)
    return _next(replace(callback, assignee=actor), CallbackTaken, actor, assignee=actor)


def postpone(callback: Callback, promised_at: datetime, *, actor: str, now: datetime) -> Told:
    """The customer wants to be rung later. Raises `PromiseInThePast`, `WrongState`."""
    _require_open(callback)
    _require_future(promised_at, now)
    later = replace(callback, promised_at=promised_at, overdue_told=False)
    return _next(later, CallbackPostponed, actor, promised_at=promised_at)


def done(callback: Callback, outcome: Outcome, *, actor: str, now: datetime) -> Told:
    """It was rung. Raises `WrongState`."""
    _require_open(callback)
    ended = replace(callback, status=CallbackStatus.DONE, outcome=outcome.value, ended_at=now)
    in_time = now <= callback.promised_at
    return _next(ended, CallbackDone, actor, outcome=outcome.value, in_time=in_time)


def cancel(callback: Callback, reason: str, *, actor: str, now: datetime) -> Told:
    """Nobody needs to ring any more. Raises `WrongState`."""
    _require_open(callback)
    ended = replace(callback, status=CallbackStatus.CANCELLED, outcome=reason, ended_at=now)
    return _next(ended, CallbackCancelled, actor, reason=reason)


def overdue(callback: Callback, *, actor: str) -> Told:
    """The promised time has passed; told once per promise."""
    late = replace(callback, overdue_told=True)
    return _next(late, CallbackOverdue, actor, promised_at=callback.promised_at)


def _next(callback: Callback, kind: Callable[..., CallbackData], actor: str, **facts: Any) -> Told:
    event = kind(
        actor=actor,
        callback_id=callback.id,
        contract_id=callback.contract_id,
        inquiry_id=callback.inquiry_id,
        call_id=callback.call_id,
        **facts,
    )
    return replace(callback, version=callback.version + 1), event


def _require_open(callback: Callback) -> None:
    if callback.status is not CallbackStatus.OPEN:
        raise WrongState(status=callback.status.value, allowed=[CallbackStatus.OPEN.value])


def _require_future(promised_at: datetime, now: datetime) -> None:
    if promised_at <= now:
        raise PromiseInThePast(promised_at=promised_at, now=now)
