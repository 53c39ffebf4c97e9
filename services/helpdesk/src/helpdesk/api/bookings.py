"""Remote sessions booked for a time: capacity, offers, promises and what becomes of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from common.http import IdText, IfMatch, Now, PageOf, Paging, Router, TxDep, answer, page
from common.http.schemas import MomentIn
from helpdesk.api.booking_schemas import (
    BeginningIn,
    BookingCancellationIn,
    BookingFilter,
    BookingIn,
    BookingLineOut,
    BookingOut,
    BookingsOut,
    CapacityDayIn,
    CapacityDayOut,
    CapacityIn,
    CapacityOut,
    MissedIn,
    MovingIn,
    SlotOut,
    SlotsOut,
)
from helpdesk.api.work import known
from helpdesk.api.work_schemas import RemoteSessionOut
from helpdesk.storage import bookings
from helpdesk.usecases.book_remote_session import book_remote_session, move_remote_session
from helpdesk.usecases.keep_capacity import drop_day, keep_capacity, keep_day, show_capacity
from helpdesk.usecases.settle_booking import begin_booked, cancel_booking, miss_booking
from helpdesk.usecases.show_bookings import offers, with_doubts

router = Router(prefix="/api/helpdesk/v1", tags=["booked sessions"])
_OF_INQUIRY = "/inquiries/{inquiry_id}/remote-bookings"


@router.get("/remote-capacity", response_model=CapacityOut)
async def read_capacity(tx: TxDep, now: Now) -> object:
    """How many remote sessions can be held at once: the week, and days of their own from today on."""
    return CapacityOut.of(await show_capacity(tx, now))


@router.put("/remote-capacity", response_model=CapacityOut)
async def write_capacity(body: CapacityIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Write the week anew; what is booked stays booked."""
    return answer(await keep_capacity(body.command(version), tx, now), CapacityOut.of)


@router.put("/remote-capacity/days/{day}", response_model=CapacityDayOut)
async def write_day(day: date, body: CapacityDayIn, tx: TxDep, now: Now) -> object:
    """Write what one day has instead of its weekday's stretches; a closed day has only what is written here."""
    return answer(await keep_day(body.command(day), tx, now), CapacityDayOut.of)


@router.delete("/remote-capacity/days/{day}", status_code=204)
async def remove_day(day: date, tx: TxDep) -> None:
    """The day is as its weekday again."""
    await drop_day(day, tx)


@router.get("/remote-session-slots", response_model=SlotsOut)
async def list_slots(
    tx: TxDep,
    now: Now,
    inquiry_id: Annotated[IdText, Query()],
    start: Annotated[MomentIn, Query(alias="from")],
    end: Annotated[MomentIn, Query(alias="to")],
) -> object:
    """Slots of at most 31 days with a free seat, ahead and inside the support hours of the inquiry's contract."""
    return SlotsOut(items=[SlotOut.of(each) for each in await offers(inquiry_id, start, end, tx, now)])


@router.get("/remote-bookings", response_model=PageOf[BookingLineOut])
async def list_bookings(
    tx: TxDep,
    now: Now,
    paging: Paging,
    wanted: Annotated[BookingFilter, Depends()],
    doubted: Annotated[bool, Query()] = False,
) -> object:
    """Booked sessions in the order in which they begin, of one operator or group, with what speaks against them now.

    With `doubted` those against which something does; such a page may be shorter than asked for.
    """
    rows = await bookings.listed(tx, wanted.looked, after=paging.after, limit=paging.limit + 1)
    lines = page(rows, paging, to=lambda line: line)
    shown = [each for each in await with_doubts(lines.items, tx, now) if each.against or not doubted]
    return PageOf[BookingLineOut](items=[BookingLineOut.of_doubted(each) for each in shown], next=lines.next)


@router.post(_OF_INQUIRY, status_code=201, response_model=BookingOut)
async def book(inquiry_id: IdText, body: BookingIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Promise a remote session (R-CONSENT, R-TOOL-OS, R-HOURS-SUPPORT)."""
    return answer(await book_remote_session(body.command(inquiry_id, version), tx, now), BookingOut.of)


@router.get(_OF_INQUIRY, response_model=BookingsOut)
async def list_of_inquiry(inquiry_id: IdText, tx: TxDep) -> object:
    """All bookings of this inquiry."""
    await known(inquiry_id, tx)
    found = await bookings.of_inquiry(tx, inquiry_id)
    return BookingsOut(items=[BookingOut.of(each) for each in found])


@router.post(_OF_INQUIRY + "/{booking_id}/moving", response_model=BookingOut)
async def move(inquiry_id: IdText, booking_id: IdText, body: MovingIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Promise it for another time."""
    return answer(await move_remote_session(body.command(inquiry_id, booking_id, version), tx, now), BookingOut.of)


@router.post(_OF_INQUIRY + "/{booking_id}/cancellation", response_model=BookingOut)
async def cancel(
    inquiry_id: IdText, booking_id: IdText, body: BookingCancellationIn, tx: TxDep, now: Now, version: IfMatch
) -> object:
    """It will not take place."""
    return answer(await cancel_booking(body.command(inquiry_id, booking_id, version), tx, now), BookingOut.of)


@router.post(_OF_INQUIRY + "/{booking_id}/missed", response_model=BookingOut)
async def miss(inquiry_id: IdText, booking_id: IdText, body: MissedIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Its time came and it did not take place."""
    return answer(await miss_booking(body.command(inquiry_id, booking_id, version), tx, now), BookingOut.of)


@router.post(_OF_INQUIRY + "/{booking_id}/session", status_code=201, response_model=RemoteSessionOut)
async def begin(
    inquiry_id: IdText, booking_id: IdText, body: BeginningIn, tx: TxDep, now: Now, version: IfMatch
) -> object:
    """Start the session that was promised; consent and system are judged again (R-CONSENT, R-TOOL-OS)."""
    return answer(await begin_booked(body.command(inquiry_id, booking_id, version), tx, now), RemoteSessionOut.of)
