"""What goes in and out about booked remote sessions and their capacity."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from common.http import Answer, Code, Command, IdText, Line, Moment
from common.http.schemas import MomentIn
from helpdesk.api.work_schemas import SpokenConsentIn
from helpdesk.domain.bookings import Booking, BookingStatus
from helpdesk.domain.capacity import Stretch, Weekly
from helpdesk.storage.bookings import Looked
from helpdesk.storage.capacity import CapacityDay
from helpdesk.usecases.book_remote_session import BookRemoteSession, MoveRemoteSession
from helpdesk.usecases.keep_capacity import KeepCapacity, KeepDay, Shown
from helpdesk.usecases.settle_booking import BeginBooked, CancelBooking, MissBooking
from helpdesk.usecases.show_bookings import Doubted, Offer

ClockText = Annotated[Code, Field(examples=["09:00"])]


class StretchIn(Command):
    """Seats from `opens` until `closes`, `HH:MM` up to `24:00`, in Japan's time."""

    opens: ClockText
    closes: ClockText
    seats: Annotated[int, Field(ge=0, le=1000)]

    def stretch(self) -> Stretch:
        """The same for the domain."""
        return Stretch(opens=self.opens, closes=self.closes, seats=self.seats)


class WeeklyIn(StretchIn):
    """The same on each of `weekdays` (ISO, 1 = Monday)."""

    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1, max_length=7)]


class CapacityIn(Command):
    """How long a slot is, and the stretches of the week; whatever is not named has no seats."""

    slot_minutes: Annotated[int, Field(ge=15, le=480, examples=[60])]
    week: Annotated[tuple[WeeklyIn, ...], Field(max_length=100)]

    def command(self, version: int | None) -> KeepCapacity:
        """The same for the use case."""
        week = [Weekly(weekdays=each.weekdays, stretch=each.stretch()) for each in self.week]
        return KeepCapacity(slot_minutes=self.slot_minutes, week=week, expected_version=version)


class CapacityDayIn(Command):
    """What one day has instead of its weekday's stretches; none: no seats."""

    stretches: Annotated[tuple[StretchIn, ...], Field(max_length=24)]
    reason: Line

    def command(self, day: date) -> KeepDay:
        """The same for the use case."""
        return KeepDay(day=day, stretches=[each.stretch() for each in self.stretches], reason=self.reason)


class StretchOut(Answer):
    """Seats from `opens` until `closes`."""

    opens: str
    closes: str
    seats: int


class WeeklyOut(StretchOut):
    """The same on each of `weekdays`."""

    weekdays: list[int]


class CapacityDayOut(Answer):
    """A day with stretches of its own."""

    day: date
    stretches: list[StretchOut]
    reason: str

    @classmethod
    def of(cls, kept: CapacityDay) -> CapacityDayOut:
        """From storage."""
        return CapacityDayOut.model_validate(kept)


class CapacityOut(Answer):
    """The capacity, with the days of their own from today on."""

    slot_minutes: int
    week: list[WeeklyOut]
    days: list[CapacityDayOut]
    version: int

    @classmethod
    def of(cls, shown: Shown) -> CapacityOut:
        """From the use case."""
        kept = shown.capacity
        week = [
            WeeklyOut(
                weekdays=list(each.weekdays),
                opens=each.stretch.opens,
                closes=each.stretch.closes,
                seats=each.stretch.seats,
            )
            for each in kept.week
        ]
        days = [CapacityDayOut.of(each) for each in shown.days]
        return CapacityOut(slot_minutes=kept.slot_minutes, week=week, days=days, version=kept.version)


class SlotOut(Answer):
    """A slot that can be promised."""

    starts_at: Moment
    ends_at: Moment
    seats: int
    free: int

    @classmethod
    def of(cls, offer: Offer) -> SlotOut:
        """From the use case."""
        slot = offer.slot
        return SlotOut(starts_at=slot.starts_at, ends_at=slot.ends_at, seats=slot.seats, free=offer.free)


class SlotsOut(Answer):
    """Slots that can be promised, in order."""

    items: list[SlotOut]
    next: None = None


class BookingIn(Command):
    """When it is to begin, and on what system (R-TOOL-OS)."""

    starts_at: MomentIn
    os: Annotated[Code, Field(examples=["windows"])]
    terminal: Annotated[Code, Field(examples=["pc"])]

    def command(self, inquiry_id: str, version: int | None) -> BookRemoteSession:
        """The same for the use case."""
        return BookRemoteSession(
            inquiry_id=inquiry_id,
            starts_at=self.starts_at,
            os=self.os,
            terminal=self.terminal,
            expected_version=version,
        )


class MovingIn(Command):
    """When it is to begin instead."""

    starts_at: MomentIn

    def command(self, inquiry_id: str, booking_id: str, version: int | None) -> MoveRemoteSession:
        """The same for the use case."""
        return MoveRemoteSession(
            inquiry_id=inquiry_id, booking_id=booking_id, starts_at=self.starts_at, expected_version=version
        )


class BookingCancellationIn(Command):
    """Why it will not take place."""

    reason: Line

    def command(self, inquiry_id: str, booking_id: str, version: int | None) -> CancelBooking:
        """The same for the use case."""
        return CancelBooking(inquiry_id=inquiry_id, booking_id=booking_id, reason=self.reason, expected_version=version)


class MissedIn(Command):
    """Through whom it did not take place."""

    missed_by: Literal["customer", "house"]

    def command(self, inquiry_id: str, booking_id: str, version: int | None) -> MissBooking:
        """The same for the use case."""
        return MissBooking(
            inquiry_id=inquiry_id, booking_id=booking_id, missed_by=self.missed_by, expected_version=version
        )


class BeginningIn(Command):
    """The consent that was given in words."""

    consent: SpokenConsentIn

    def command(self, inquiry_id: str, booking_id: str, version: int | None) -> BeginBooked:
        """The same for the use case."""
        return BeginBooked(
            inquiry_id=inquiry_id,
            booking_id=booking_id,
            consent_given_by=self.consent.given_by,
            spoken=self.consent.spoken,
            recording=self.consent.recording,
            expected_version=version,
        )


class BookingOut(Answer):
    """A promised remote session."""

    id: str
    inquiry_id: str
    contract_id: str
    starts_at: Moment
    ends_at: Moment
    os: str
    terminal: str
    status: Annotated[BookingStatus, Field(examples=["booked"])]
    booked_at: Moment
    booked_by: str
    settled_at: Moment | None
    settled_by: str | None
    reason: str | None
    missed_by: str | None
    remote_session_id: str | None

    @classmethod
    def of(cls, booking: Booking) -> BookingOut:
        """From the domain."""
        return BookingOut.model_validate(booking)


class DoubtOut(Answer):
    """A rule that speaks against a promise by now."""

    code: Annotated[str, Field(examples=["remote_booking_over_capacity"])]
    rule_ids: list[str]
    why: dict[str, Any]


class BookingLineOut(BookingOut):
    """A promised remote session by whose case it is, and what speaks against it by now: nobody cancels it by itself."""

    group: str | None
    assignee: str | None
    doubts: list[DoubtOut]

    @classmethod
    def of_doubted(cls, doubted: Doubted) -> BookingLineOut:
        """From the use case."""
        line = doubted.line
        against = [DoubtOut(code=each.code, rule_ids=list(each.rule_ids), why=each.why) for each in doubted.against]
        shown = BookingOut.of(line.booking).model_dump()
        return BookingLineOut(**shown, group=line.group, assignee=line.assignee, doubts=against)


class BookingsOut(Answer):
    """All bookings of an inquiry."""

    items: list[BookingOut]
    next: None = None


class BookingFilter:
    """What a list of bookings is narrowed to."""

    def __init__(
        self,
        start: Annotated[MomentIn | None, Query(alias="from")] = None,
        end: Annotated[MomentIn | None, Query(alias="to")] = None,
        status: Annotated[Code | None, Query()] = None,
        assignee: Annotated[IdText | None, Query()] = None,
        group: Annotated[Code | None, Query()] = None,
    ) -> None:
        self.looked = Looked(start=start, end=end, status=status, assignee=assignee, group=group)
