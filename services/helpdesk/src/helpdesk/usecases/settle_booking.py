"""What becomes of a promised remote session: it begins, it is cancelled, or it was missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain import bookings as domain
from helpdesk.domain.bookings import Booking, MissedBy
from helpdesk.domain.remote import RemoteSession
from helpdesk.storage import bookings
from helpdesk.usecases.book_remote_session import OfBooking, found_booking
from helpdesk.usecases.recording import record
from helpdesk.usecases.start_remote_session import StartRemoteSession, start_remote_session


@dataclass(frozen=True, kw_only=True)
class CancelBooking(OfBooking):
    """Why it will not take place."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class MissBooking(OfBooking):
    """Through whom it did not take place."""

    missed_by: MissedBy


@dataclass(frozen=True, kw_only=True)
class BeginBooked(OfBooking):
    """The consent that was given in words when its time had come."""

    consent_given_by: str
    spoken: bool
    recording: bool


async def cancel_booking(command: CancelBooking, tx: Tx, now: datetime) -> Booking:
    """Cancel it. Raises `BookingUnknown`, `WrongState`, `InquiryUnknown`, `StaleVersion`."""
    inquiry, booking = await found_booking(tx, command)
    after, step = domain.cancel(inquiry, booking, reason=command.reason, actor=tx.actor, now=now)
    await record(tx, inquiry, step, now)
    await bookings.save(tx, after)
    return after


async def miss_booking(command: MissBooking, tx: Tx, now: datetime) -> Booking:
    """It did not take place.

    Raises `BookingUnknown`, `BookingNotDue`, `WrongState`, `InquiryUnknown`, `StaleVersion`.
    """
    inquiry, booking = await found_booking(tx, command)
    after, step = domain.miss(inquiry, booking, by=command.missed_by, actor=tx.actor, now=now)
    await record(tx, inquiry, step, now)
    await bookings.save(tx, after)
    return after


async def begin_booked(command: BeginBooked, tx: Tx, now: datetime) -> RemoteSession:
    """Start the session that was promised; consent and system are judged again (R-CONSENT, R-TOOL-OS).

    Raises `BookingUnknown`, and what `start_remote_session` raises.
    """
    _, booking = await found_booking(tx, command)
    domain.still_booked(booking)
    wanted = StartRemoteSession(
        inquiry_id=command.inquiry_id,
        os=booking.os,
        terminal=booking.terminal,
        consent_given_by=command.consent_given_by,
        spoken=command.spoken,
        recording=command.recording,
        booking_id=booking.id,
    )
    session = await start_remote_session(wanted, tx, now)
    await bookings.save(tx, domain.start(booking, session_id=session.id, actor=tx.actor, now=now))
    return session
