"""Remote sessions promised for a time: what is judged when it is promised, and what becomes of it.

What was promised stays promised whatever is heard afterwards; what speaks against it by now is a doubt that is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from common.civil import jst_day
from common.closed_days import ClosedDays
from common.entitlements import Standing
from common.errors import DomainError, WrongState, refuse_if_any
from common.events.helpdesk_bookings import (
    BookingData,
    RemoteSessionBooked,
    RemoteSessionCancelled,
    RemoteSessionMissed,
    RemoteSessionMoved,
)
from helpdesk.domain.booking_refusals import (
    BookedAlready,
    BookingNotDue,
    OverCapacity,
    SessionStillBooked,
    SlotFull,
    SlotNotAhead,
    SlotOutsideSupportHours,
    SlotUnknown,
)
from helpdesk.domain.capacity import Slot
from helpdesk.domain.inquiry import OPEN, Inquiry, InquiryStatus, Step, at_work, require
from helpdesk.domain.refusals import ContractNotActive
from helpdesk.domain.remote import Gate, consented, supported
from helpdesk.domain.service_hours import ServiceHours


class BookingStatus(StrEnum):
    """What became of a promise."""

    BOOKED = "booked"
    STARTED = "started"
    CANCELLED = "cancelled"
    MISSED = "missed"


HOLDING = frozenset({BookingStatus.BOOKED, BookingStatus.STARTED})
"""Its seat is nobody else's."""

MissedBy = Literal["customer", "house"]


@dataclass(frozen=True, kw_only=True)
class Booking:
    """A remote session promised from `starts_at` to `ends_at`: it holds `seat` of the `seats` there were."""

    id: str
    inquiry_id: str
    contract_id: str
    partner: str | None
    starts_at: datetime
    ends_at: datetime
    seat: int
    seats: int
    os: str
    terminal: str
    status: BookingStatus
    booked_at: datetime
    booked_by: str
    settled_at: datetime | None = None
    settled_by: str | None = None
    reason: str | None = None
    missed_by: str | None = None
    remote_session_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """When, and on what system."""

    starts_at: datetime
    ends_at: datetime
    os: str
    terminal: str


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a promise rests on: the contract at that time, its support hours, documents and tool matrix."""

    gate: Gate
    standing: Standing
    hours: ServiceHours
    closed: ClosedDays


@dataclass(frozen=True, kw_only=True)
class Place:
    """What was found at the time that is wished for: the slot, and how many others hold a seat then."""

    slot: Slot | None
    taken: int


def within_hours(hours: ServiceHours, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether somebody is there for the contract all through this time (R-HOURS-SUPPORT, R-HOURS-EXT)."""
    return hours.spent([(starts_at, ends_at)], ends_at) == ends_at - starts_at


def against(wish: Wish, ground: Ground) -> list[DomainError | None]:
    """Every rule that speaks against a session then: R-CONSENT, R-TOOL-OS, a contract in force, R-HOURS-SUPPORT."""
    return [
        consented(ground.gate),
        supported(wish.os, wish.terminal, ground.gate.matrix),
        _in_force(wish, ground),
        _somebody_there(wish, ground),
    ]


def doubts(booking: Booking, ground: Ground, *, seats: int, before: int) -> list[DomainError]:
    """What speaks against a promise by now; `seats` there are now, `before` were promised sooner for that time."""
    if booking.status is not BookingStatus.BOOKED:
        return []
    wish = Wish(starts_at=booking.starts_at, ends_at=booking.ends_at, os=booking.os, terminal=booking.terminal)
    over = OverCapacity(seats=seats, booked_before=before) if before >= seats else None
    return [each for each in (*against(wish, ground), over) if each is not None]


def judge(wish: Wish, ground: Ground, place: Place, *, live: Booking | None, now: datetime) -> Slot:
    """The slot that may be promised.

    Raises `SlotNotAhead`, `SlotUnknown`, `SlotFull`, `BookedAlready`, `ConsentMissing`, `OsNotSupported`,
    `ContractNotActive`, `SlotOutsideSupportHours`: all that apply.
    """
    slot = place.slot
    full = slot is not None and place.taken >= slot.seats
    refuse_if_any(
        [
            SlotNotAhead(starts_at=wish.starts_at, now=now) if wish.starts_at <= now else None,
            SlotUnknown(starts_at=wish.starts_at) if slot is None else None,
            *against(wish, ground),
            BookedAlready(booking_id=live.id, starts_at=live.starts_at) if live is not None else None,
            SlotFull(starts_at=wish.starts_at, seats=slot.seats, booked=place.taken) if slot and full else None,
        ]
    )
    if slot is None:
        raise SlotUnknown(starts_at=wish.starts_at)
    return slot


def book(inquiry: Inquiry, booking: Booking) -> Step:
    """Promise it; the first work on an inquiry begins it, one that waits goes on waiting. Raises `WrongState`."""
    require(inquiry, OPEN)
    begun = Step(inquiry=inquiry, events=())
    if inquiry.status is InquiryStatus.ACCEPTED:
        begun = at_work(inquiry, booking.booked_by)
    fact = RemoteSessionBooked(**_of(booking, actor=booking.booked_by), os=booking.os, terminal=booking.terminal)
    return Step(inquiry=begun.inquiry, events=(*begun.events, fact))


def move(inquiry: Inquiry, booking: Booking, slot: Slot, *, actor: str) -> tuple[Booking, Step]:
    """Promise it for another time; the seat of the old one is free. Raises `WrongState`."""
    still_booked(booking)
    after = replace(booking, starts_at=slot.starts_at, ends_at=slot.ends_at, seats=slot.seats)
    fact = RemoteSessionMoved(**_of(after, actor=actor), previous_starts_at=booking.starts_at)
    return after, Step(inquiry=inquiry, events=(fact,))


def cancel(inquiry: Inquiry, booking: Booking, *, reason: str, actor: str, now: datetime) -> tuple[Booking, Step]:
    """It will not take place; possible in every state of the inquiry. Raises `WrongState`."""
    still_booked(booking)
    after = replace(booking, status=BookingStatus.CANCELLED, settled_at=now, settled_by=actor, reason=reason)
    return after, _told(inquiry, RemoteSessionCancelled(**_of(booking, actor=actor), reason=reason))


def miss(inquiry: Inquiry, booking: Booking, *, by: MissedBy, actor: str, now: datetime) -> tuple[Booking, Step]:
    """Its time came and it did not take place. Raises `WrongState`, `BookingNotDue`."""
    still_booked(booking)
    if now < booking.starts_at:
        raise BookingNotDue(starts_at=booking.starts_at, now=now)
    after = replace(booking, status=BookingStatus.MISSED, settled_at=now, settled_by=actor, missed_by=by)
    return after, _told(inquiry, RemoteSessionMissed(**_of(booking, actor=actor), missed_by=by))


def start(booking: Booking, *, session_id: str, actor: str, now: datetime) -> Booking:
    """The session began; `RemoteSessionStarted` says so. Raises `WrongState`."""
    still_booked(booking)
    return replace(
        booking, status=BookingStatus.STARTED, settled_at=now, settled_by=actor, remote_session_id=session_id
    )


def still_booked(booking: Booking) -> None:
    """Raise `WrongState` unless the promise still stands."""
    if booking.status is not BookingStatus.BOOKED:
        raise WrongState(status=booking.status.value, allowed=[BookingStatus.BOOKED.value])


def refuse_to_end(live: Booking | None) -> None:
    """Raise `SessionStillBooked` when a case is to end of which a session is promised."""
    if live is not None:
        raise SessionStillBooked(booking_id=live.id, starts_at=live.starts_at)


def _in_force(wish: Wish, ground: Ground) -> DomainError | None:
    if ground.standing.active:
        return None
    known_up_to = ground.gate.known_up_to
    return ContractNotActive(status=ground.standing.status, starts_at=wish.starts_at, known_up_to=known_up_to)


def _somebody_there(wish: Wish, ground: Ground) -> DomainError | None:
    if not ground.standing.active or within_hours(ground.hours, wish.starts_at, wish.ends_at):
        return None
    return SlotOutsideSupportHours(
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        next_open_at=ground.hours.next_open(wish.starts_at),
        closed_day=ground.closed.reason(jst_day(wish.starts_at)),
        hours_extension=ground.standing.hours_extension,
        known_up_to=ground.gate.known_up_to,
    )


def _of(booking: Booking, *, actor: str) -> dict[str, Any]:
    return {
        "actor": actor,
        "inquiry_id": booking.inquiry_id,
        "contract_id": booking.contract_id,
        "booking_id": booking.id,
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
    }


def _told(inquiry: Inquiry, fact: BookingData) -> Step:
    return Step(inquiry=inquiry, events=(fact,))
