"""Promise a remote session for a time, and promise it for another time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from common.civil import jst_day
from common.db import Tx
from common.ids import new_id
from helpdesk.domain import bookings as domain
from helpdesk.domain.booking_refusals import BookingUnknown
from helpdesk.domain.bookings import Booking, BookingStatus, Place, Wish
from helpdesk.domain.capacity import Slot
from helpdesk.domain.inquiry import OPEN, Inquiry, require
from helpdesk.domain.refusals import ContractUnknown
from helpdesk.storage import bookings, capacity, entitlements
from helpdesk.usecases.booking_ground import rules
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class BookRemoteSession:
    """When it is to begin, and on what system."""

    inquiry_id: str
    starts_at: datetime
    os: str
    terminal: str
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class OfBooking:
    """Which booking of which inquiry is meant, and the version of the inquiry that the caller saw."""

    inquiry_id: str
    booking_id: str
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class MoveRemoteSession(OfBooking):
    """When it is to begin instead."""

    starts_at: datetime


async def book_remote_session(command: BookRemoteSession, tx: Tx, now: datetime) -> Booking:
    """Promise it (R-CONSENT, R-TOOL-OS, R-HOURS-SUPPORT).

    Raises what `domain.bookings.judge` raises (all that apply), `WrongState`, `InquiryUnknown`, `ContractUnknown`,
    `CatalogueUnknown`, `StaleVersion`.
    """
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    require(inquiry, OPEN)
    live = await bookings.live(tx, inquiry.id)
    slot = await _judged(tx, inquiry, (command.starts_at, command.os, command.terminal), live=live, now=now)
    booking = Booking(
        id=new_id("rbk"),
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        partner=inquiry.partner,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        seat=await bookings.free_seat(tx, slot),
        seats=slot.seats,
        os=command.os,
        terminal=command.terminal,
        status=BookingStatus.BOOKED,
        booked_at=now,
        booked_by=tx.actor,
    )
    await record(tx, inquiry, domain.book(inquiry, booking), now)
    await bookings.add(tx, booking)
    return booking


async def move_remote_session(command: MoveRemoteSession, tx: Tx, now: datetime) -> Booking:
    """Promise it for another time, in one statement; the seat of the old one is free with it.

    Raises as `book_remote_session`, and `BookingUnknown`.
    """
    inquiry, booking = await found_booking(tx, command)
    domain.still_booked(booking)
    wish = (command.starts_at, booking.os, booking.terminal)
    slot = await _judged(tx, inquiry, wish, moving=booking.id, now=now)
    after, step = domain.move(inquiry, booking, slot, actor=tx.actor)
    after = replace(after, seat=await bookings.free_seat(tx, slot, without=booking.id))
    await record(tx, inquiry, step, now)
    await bookings.save(tx, after)
    return after


async def found_booking(tx: Tx, command: OfBooking) -> tuple[Inquiry, Booking]:
    """The inquiry, locked, and its booking. Raises `InquiryUnknown`, `StaleVersion`, `BookingUnknown`."""
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    booking = await bookings.find(tx, inquiry.id, command.booking_id)
    if booking is None:
        raise BookingUnknown(inquiry_id=inquiry.id, booking_id=command.booking_id)
    return inquiry, booking


async def _judged(
    tx: Tx,
    inquiry: Inquiry,
    wish: tuple[datetime, str, str],
    *,
    live: Booking | None = None,
    moving: str | None = None,
    now: datetime,
) -> Slot:
    """The slot that may be promised; the capacity is held until the transaction ends."""
    known = await entitlements.find(tx, inquiry.contract_id)
    if known is None:
        raise ContractUnknown(contract_id=inquiry.contract_id)
    rule = await rules(tx)
    starts_at, os, terminal = wish
    day = jst_day(starts_at)
    plan = await capacity.lock(tx, day, day)
    slot, ends_at = plan.slot(starts_at, rule.closed), starts_at + plan.slot_length
    taken = len(await bookings.taken(tx, starts_at, ends_at, without=moving))
    wished = Wish(starts_at=starts_at, ends_at=ends_at, os=os, terminal=terminal)
    ground = rule.ground(known, starts_at, now)
    return domain.judge(wished, ground, Place(slot=slot, taken=taken), live=live, now=now)
