"""Telephone calls as the telephone system tells of them: three signals, in whatever order and however often they come.

What is known of a call only ever grows: that it began, that somebody answered, that it is over. Where it stands follows
from that alone, so that a signal heard twice or late changes nothing that would not have been the same in order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from common.events.base import EventData
from common.events.helpdesk import CallAnswered, CallEnded, CallStarted


class Direction(StrEnum):
    """Who rang."""

    IN = "in"
    OUT = "out"


class SignalKind(StrEnum):
    """What a telephone system tells, by the names it uses."""

    NEW_CALL = "newCall"
    ANSWER = "answer"
    HANGUP = "hangup"


class CallState(StrEnum):
    """Where a call stands."""

    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"
    UNANSWERED = "unanswered"


FORWARDED = "forwarded"
"""The cause of a hang-up after which the call goes on elsewhere: nobody has been missed."""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One message of a telephone system. Numbers are E.164; None where it gave none that can be rung."""

    kind: SignalKind
    reference: str
    direction: Direction
    from_number: str | None
    to_number: str | None
    user: str | None
    cause: str | None


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call; `reference` is the telephone system's own name for it, `user` the extension that answered."""

    id: str
    pbx_id: str
    reference: str
    direction: Direction
    from_number: str | None
    to_number: str | None
    began_at: datetime
    subscriber_id: str | None = None
    contract_id: str | None = None
    user: str | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: str | None = None
    inquiry_id: str | None = None
    version: int = 0

    @property
    def state(self) -> CallState:
        """Where it stands."""
        if self.answered_at is not None:
            return CallState.TALKING if self.ended_at is None else CallState.ENDED
        return CallState.RINGING if self.ended_at is None else CallState.UNANSWERED

    @property
    def missed(self) -> bool:
        """Whether a customer rang and nobody spoke to them."""
        return self.direction is Direction.IN and self.state is CallState.UNANSWERED and self.cause != FORWARDED

    @property
    def number(self) -> str | None:
        """The other side's number."""
        return self.from_number if self.direction is Direction.IN else self.to_number


def heard(call: Call, signal: Signal, *, actor: str, now: datetime) -> tuple[Call, tuple[EventData, ...]]:
    """The call after a signal about it, and what is new by that; nothing is when it was heard before."""
    after = replace(
        call,
        from_number=call.from_number or signal.from_number,
        to_number=call.to_number or signal.to_number,
        user=call.user or signal.user,
    )
    facts: list[EventData] = []
    if call.version == 0:
        facts.append(CallStarted(actor=actor, direction=call.direction.value, **_refs(after)))
    if signal.kind is SignalKind.ANSWER and call.answered_at is None:
        # Told after the end it was before it: nobody answers a line that is dead.
        after = replace(after, answered_at=min(now, call.ended_at or now))
        facts.append(CallAnswered(actor=actor, direction=call.direction.value, **_refs(after)))
    if signal.kind is SignalKind.HANGUP and call.ended_at is None:
        after = replace(after, ended_at=now, cause=signal.cause)
        facts.append(_ended(after, actor))
    return replace(after, version=call.version + len(facts)), tuple(facts)


def _ended(call: Call, actor: str) -> CallEnded:
    talked = (call.ended_at - call.answered_at).total_seconds() if call.ended_at and call.answered_at else None
    return CallEnded(
        actor=actor,
        direction=call.direction.value,
        cause=call.cause,
        seconds=int(talked) if talked is not None else None,
        **_refs(call),
    )


def _refs(call: Call) -> dict[str, Any]:
    return {"call_id": call.id, "contract_id": call.contract_id, "inquiry_id": call.inquiry_id}
