"""Facts that `helpdesk` publishes about telephone calls and promises to ring back. Numbers stay in helpdesk."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events.base import ContractRef, EventData, InquiryRef, Instant
from common.events.helpdesk_case import CASES

CallRef = Annotated[str, Field(description="Telephone call.", examples=["call_0197f3c29a7b7cc8a1f2c3d4e5f60740"])]
CallbackRef = Annotated[str, Field(description="Callback.", examples=["cbk_0197f3c29a7b7cc8a1f2c3d4e5f60741"])]
MaybeContract = Annotated[ContractRef | None, Field(description="Contract, where exactly one is meant.")]
MaybeInquiry = Annotated[InquiryRef | None, Field(description="Case, where one is known.")]


class CallData(EventData):
    """Something happened to a telephone call. Numbers stay in helpdesk."""

    topic: ClassVar[str] = CASES
    aggregate: ClassVar[str] = "call"

    call_id: CallRef
    direction: Annotated[Literal["in", "out"], Field(description="Who rang.", examples=["in"])]
    contract_id: MaybeContract = None
    inquiry_id: MaybeInquiry = None


class CallStarted(CallData):
    """A telephone rings."""


class CallAnswered(CallData):
    """Somebody answered."""


class CallEnded(CallData):
    """The line is dead. With disorder on the way, `CallAnswered` may follow: then it had been answered after all."""

    cause: Annotated[str | None, Field(description="As the telephone system says.", examples=["normalClearing"])] = None
    seconds: Annotated[int | None, Field(description="How long was spoken; none: not known to be answered.")] = None


class CallAttached(CallData):
    """It was noted that the call was about this case."""


class CallbackData(EventData):
    """Something happened to a promise to ring a customer."""

    topic: ClassVar[str] = CASES
    aggregate: ClassVar[str] = "callback"

    callback_id: CallbackRef
    contract_id: MaybeContract = None
    inquiry_id: MaybeInquiry = None
    call_id: Annotated[CallRef | None, Field(description="The missed call it came from.")] = None


class CallbackPromised(CallbackData):
    """A customer will be rung by this time."""

    promised_at: Annotated[Instant, Field(description="By when.")]


class CallbackTaken(CallbackData):
    """Somebody said that they will ring."""

    assignee: Annotated[str, Field(description="Subject id of who will ring.", examples=["op-sato"])]


class CallbackPostponed(CallbackData):
    """The promise is for another time."""

    promised_at: Annotated[Instant, Field(description="By when.")]


class CallbackOverdue(CallbackData):
    """The promised time has passed and nobody has rung; told once per promise."""

    promised_at: Annotated[Instant, Field(description="By when it was promised.")]


class CallbackDone(CallbackData):
    """The customer was rung."""

    outcome: Annotated[Literal["reached", "not_reached"], Field(description="How it went.", examples=["reached"])]
    in_time: Annotated[bool, Field(description="Whether by the promised time.", examples=[True])]


class CallbackCancelled(CallbackData):
    """Nobody needs to ring any more."""

    reason: Annotated[
        Literal["answered_after_all", "customer_called_again", "not_wanted"],
        Field(description="Why.", examples=["not_wanted"]),
    ]


EVENTS: tuple[type[EventData], ...] = (
    CallStarted, CallAnswered, CallEnded, CallAttached, CallbackPromised, CallbackTaken, CallbackPostponed,
    CallbackOverdue, CallbackDone, CallbackCancelled,
)  # fmt: skip
