"""Facts that `helpdesk` publishes about remote sessions promised for a time."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from common.events.base import EventData, Instant
from common.events.helpdesk_case import CaseData
from common.events.words import InWords

BookingRef = Annotated[
    str, Field(description="Booked remote session.", examples=["rbk_0197f3c29a7b7cc8a1f2c3d4e5f60761"])
]


class BookingData(CaseData):
    """Something happened to a booked remote session."""

    booking_id: BookingRef
    starts_at: Annotated[Instant, Field(description="When it was to begin.")]
    ends_at: Annotated[Instant, Field(description="When its time is over.")]


class RemoteSessionBooked(BookingData):
    """A remote session was promised for this time (R-CONSENT, R-TOOL-OS, R-HOURS-SUPPORT)."""

    os: Annotated[str, Field(description="Operating system.", examples=["windows"])]
    terminal: Annotated[str, Field(description="pc | smartphone | tablet.", examples=["pc"])]


class RemoteSessionMoved(BookingData):
    """It was promised for another time instead."""

    previous_starts_at: Annotated[Instant, Field(description="When it was to begin before.")]


class RemoteSessionCancelled(BookingData):
    """It will not take place."""

    reason: InWords


class RemoteSessionMissed(BookingData):
    """Its time came and it did not take place."""

    missed_by: Annotated[
        Literal["customer", "house"], Field(description="Through whom it did not take place.", examples=["customer"])
    ]


EVENTS: tuple[type[EventData], ...] = (
    RemoteSessionBooked, RemoteSessionMoved, RemoteSessionCancelled, RemoteSessionMissed,
)  # fmt: skip
