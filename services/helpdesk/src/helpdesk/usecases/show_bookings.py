"""Which slots can be offered to a customer, and what is booked, with what speaks against it by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.civil import jst_day
from common.db import Tx
from common.errors import DomainError
from helpdesk.domain.booking_refusals import SlotsRangeRefused
from helpdesk.domain.bookings import BookingStatus, doubts, within_hours
from helpdesk.domain.capacity import Slot
from helpdesk.domain.refusals import ContractUnknown, InquiryUnknown
from helpdesk.domain.service_hours import ServiceHours
from helpdesk.storage import bookings, capacity, entitlements, inquiries
from helpdesk.storage.bookings import Line
from helpdesk.storage.entitlements import Known
from helpdesk.usecases.booking_ground import known_closed_days, rules

LONGEST = timedelta(days=31)
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A slot that can be promised, and how many seats of it are free."""

    slot: Slot
    free: int


@dataclass(frozen=True, kw_only=True)
class Doubted:
    """A booking in a list, and what speaks against it by now."""

    line: Line
    against: Sequence[DomainError]


async def offers(inquiry_id: str, start: datetime, end: datetime, tx: Tx, now: datetime) -> list[Offer]:
    """Slots that begin in [start, end), lie ahead and inside the contract's support hours, and have a free seat.

    Raises `SlotsRangeRefused`, `InquiryUnknown`, `ContractUnknown`, `CatalogueUnknown`.
    """
    if not start < end <= start + LONGEST:
        raise SlotsRangeRefused(start=start, end=end, longest_days=LONGEST.days)
    found = await inquiries.find(tx, inquiry_id)
    if found is None:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    known = await entitlements.find(tx, found.inquiry.contract_id)
    if known is None:
        raise ContractUnknown(contract_id=found.inquiry.contract_id)
    closed = await known_closed_days(tx)
    hours = ServiceHours(known.state, closed)
    day, last = jst_day(start), jst_day(end)
    plan = await capacity.find(tx, day, last)
    taken = await bookings.taken(tx, start, end + _DAY)
    offered: list[Offer] = []
    while day <= last:
        offered += [
            Offer(slot=slot, free=free)
            for slot in plan.slots(day, closed)
            if start <= slot.starts_at < end and slot.starts_at > now
            if (free := slot.seats - sum(_meets(slot, each) for each in taken)) > 0
            if within_hours(hours, slot.starts_at, slot.ends_at)
        ]
        day += _DAY
    return offered


async def with_doubts(lines: Sequence[Line], tx: Tx, now: datetime) -> list[Doubted]:
    """Each booking with what speaks against it: what was heard since, and seats that are no longer there."""
    standing = [line for line in lines if line.booking.status is BookingStatus.BOOKED]
    if not standing:
        return [Doubted(line=line, against=()) for line in lines]
    days = [jst_day(line.booking.starts_at) for line in standing]
    plan, rule = await capacity.find(tx, min(days), max(days)), await rules(tx)
    contracts: dict[str, Known | None] = {}
    for contract_id in {line.booking.contract_id for line in standing}:
        contracts[contract_id] = await entitlements.find(tx, contract_id)
    doubted = []
    for line in lines:
        booking, known = line.booking, contracts.get(line.booking.contract_id)
        against: list[DomainError] = []
        if known is not None:
            ground = rule.ground(known, booking.starts_at, now)
            seats = plan.seats_through(booking.starts_at, booking.ends_at, rule.closed)
            against = doubts(booking, ground, seats=seats, before=line.before)
        doubted.append(Doubted(line=line, against=against))
    return doubted


def _meets(slot: Slot, taken: tuple[datetime, datetime]) -> bool:
    return taken[0] < slot.ends_at and slot.starts_at < taken[1]
