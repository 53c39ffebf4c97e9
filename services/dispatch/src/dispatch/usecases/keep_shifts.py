"""When technicians work: weekly patterns and absences (R-VISIT-CREW)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from common.db import Tx
from common.ids import new_id
from dispatch.domain.windows import Window
from dispatch.domain.workforce import MINUTES_OF_A_DAY, Absence, Shift
from dispatch.domain.workforce_refusals import AbsenceUnknown, ShiftUnknown, ShiftUnreadable
from dispatch.storage import visits, workforce

_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")
_WEEK = range(1, 8)


@dataclass(frozen=True, kw_only=True)
class RecordShift:
    """A weekly pattern as written: ISO weekdays, `HH:MM` to `HH:MM` or `24:00`, valid without end unless `valid_to`."""

    technician_id: str
    weekdays: frozenset[int]
    from_: str
    to: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, kw_only=True)
class RecordAbsence:
    """Who is away when and why."""

    technician_id: str
    window: Window
    reason: str


@dataclass(frozen=True)
class RecordedAbsence:
    """The absence and the booked visits it touches, for somebody to rebook: none is dropped silently."""

    absence: Absence
    affected_visits: tuple[str, ...]


async def record_shift(cmd: RecordShift, tx: Tx) -> Shift:
    """A new pattern. Raises `TechnicianUnknown`, `ShiftUnreadable`."""
    await workforce.technician_by_id(tx, cmd.technician_id, lock=True)
    begins, ends = _minute(cmd.from_), _minute(cmd.to)
    on_weekdays = bool(cmd.weekdays) and all(day in _WEEK for day in cmd.weekdays)
    ordered = begins < ends <= MINUTES_OF_A_DAY and (cmd.valid_to is None or cmd.valid_from <= cmd.valid_to)
    if not (on_weekdays and ordered):
        raise ShiftUnreadable(weekdays=sorted(cmd.weekdays), **{"from": cmd.from_, "to": cmd.to})
    shift = Shift(
        id=new_id("shf"),
        technician_id=cmd.technician_id,
        weekdays=cmd.weekdays,
        from_minute=begins,
        to_minute=ends,
        valid_from=cmd.valid_from,
        valid_to=cmd.valid_to,
    )
    await workforce.add_shift(tx, shift)
    return shift


async def end_shift(shift_id: str, valid_to: date, tx: Tx) -> Shift:
    """The pattern's last day. Raises `ShiftUnknown`, `ShiftUnreadable`."""
    known = await workforce.shift_by_id(tx, shift_id)
    if known is None:
        raise ShiftUnknown(shift_id=shift_id)
    await workforce.technician_by_id(tx, known.technician_id, lock=True)
    if valid_to < known.valid_from:
        raise ShiftUnreadable(valid_from=known.valid_from, valid_to=valid_to)
    await workforce.end_shift(tx, shift_id, valid_to=valid_to)
    ended = await workforce.shift_by_id(tx, shift_id)
    if ended is None:
        raise ShiftUnknown(shift_id=shift_id)
    return ended


async def record_absence(cmd: RecordAbsence, tx: Tx) -> RecordedAbsence:
    """Somebody is away; the answer names the booked visits that are in the way. Raises `TechnicianUnknown`."""
    await workforce.technician_by_id(tx, cmd.technician_id, lock=True)
    absence = Absence(id=new_id("abs"), technician_id=cmd.technician_id, window=cmd.window, reason=cmd.reason)
    await workforce.add_absence(tx, absence)
    affected = await visits.overlapping(tx, cmd.technician_id, cmd.window)
    return RecordedAbsence(absence, tuple(affected))


async def remove_absence(absence_id: str, tx: Tx) -> None:
    """Back earlier than planned. Raises `AbsenceUnknown`."""
    if not await workforce.remove_absence(tx, absence_id):
        raise AbsenceUnknown(absence_id=absence_id)


def _minute(text: str) -> int:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ShiftUnreadable(time=text)
    return int(found[1]) * 60 + int(found[2])
