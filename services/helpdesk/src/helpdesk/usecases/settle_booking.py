"""What becomes of a promised remote session: it begins, it is cancelled, or it was missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain import bookings as domain
from helpdesk.domain.booking_refusals import BookingUnknown
from helpdesk.domain.bookings import Booking, MissedBy
from helpdesk.domain.inquiry import Inquiry
from helpdesk.domain.remote import RemoteSession
from helpdesk.storage import bookings
from helpdesk.usecases.recording import record, taken_up
from helpdesk.usecases.start_remote_session import StartRemoteSession, start_remote_session


@dataclass(frozen=True, kw_only=True)
class CancelBooking:
    """Why it will not take place."""

    inquiry_id: str
    booking_id: str
    reason: str
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class MissBooking:
    """Through whom it did not take place."""

    inquiry_id: str
    booking_id: str
    missed_by: MissedBy
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class BeginBooked:
    """The consent that was given in words when its time had come."""

    inquiry_id: str
    booking_id: str
    consent_given_by: str
    spoken: bool
    recording: bool
    expected_version: int | None = None


async def cancel_booking(command: CancelBooking, tx: Tx, now: datetime) -> Booking:
    """Cancel it. Raises `BookingUnknown`, `WrongState`, `InquiryUnknown`, `StaleVersion`."""
    inquiry, booking = await _found(tx, command)
    after, step = domain.cancel(inquiry, booking, reason=command.reason, actor=tx.actor, now=now)
    await record(tx, inquiry, step, now)
    await bookings.save(tx, after)
    return after


async def miss_booking(command: MissBooking, tx: Tx, now: datetime) -> Booking:
    """It did not take place.

    Raises `BookingUnknown`, `BookingNotDue`, `WrongState`, `InquiryUnknown`, `StaleVersion`.
    """
    inquiry, booking = await _found(tx, command)
    after, step = domain.miss(inquiry, booking, by=command.missed_by, actor=tx.actor, now=now)
    await record(tx, inquiry, step, now)
    await bookings.save(tx, after)
    return after


async def begin_booked(command: BeginBooked, tx: Tx, now: datetime) -> RemoteSession:
    """Start the session that was promised; consent and system are judged again (R-CONSENT, R-TOOL-OS).

    Raises `BookingUnknown`, and what `start_remote_session` raises.
    """
    _, booking = await _found(tx, command)
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


async def _found(tx: Tx, command: CancelBooking | MissBooking | BeginBooked) -> tuple[Inquiry, Booking]:
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    booking = await bookings.find(tx, inquiry.id, command.booking_id)
    if booking is None:
        raise BookingUnknown(inquiry_id=inquiry.id, booking_id=command.booking_id)
    return inquiry, booking
