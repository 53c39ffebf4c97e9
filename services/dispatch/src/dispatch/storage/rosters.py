"""Who works when and is already where: rosters for a span of days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from common.civil import jst_midnight
from common.db import Tx
from dispatch.domain.refusals import TechnicianUnknown
from dispatch.domain.windows import Window
from dispatch.domain.workforce import Occupation, Roster, Technician, working_time
from dispatch.storage.tables import TAKES_TIME, absence, shift, technician, visit
from dispatch.storage.workforce import read_absence, read_shift, read_technician

_AROUND = timedelta(days=1)


async def roster_of(tx: Tx, technician_id: str, window: Window, *, except_request: str | None = None) -> Roster:
    """One technician around a window; the row stays locked against changes of master data.

    Raises `TechnicianUnknown`. Visits of `except_request` (the one being moved) do not count.
    """
    statement = sa.select(technician).where(technician.c.id == technician_id)
    row = await tx.first(statement.with_for_update(read=True))
    if row is None:
        raise TechnicianUnknown(technician_id=technician_id)
    days = window.days
    found = await _rosters(tx, [read_technician(row)], first=days[0], last=days[-1], except_request=except_request)
    return found[0]


async def everyone(tx: Tx, *, first: date, last: date, except_request: str | None) -> list[Roster]:
    """Every active technician from `first` to `last`."""
    statement = sa.select(technician).where(technician.c.active).order_by(technician.c.id)
    active = [read_technician(row) for row in await tx.all(statement)]
    return await _rosters(tx, active, first=first, last=last, except_request=except_request)


async def _rosters(
    tx: Tx, crew: Sequence[Technician], *, first: date, last: date, except_request: str | None
) -> list[Roster]:
    who = [one.id for one in crew]
    span = Window(jst_midnight(first) - _AROUND, jst_midnight(last) + 2 * _AROUND)
    shifts = [read_shift(row) for row in await tx.all(sa.select(shift).where(shift.c.technician_id.in_(who)))]
    away = sa.select(absence).where(
        absence.c.technician_id.in_(who), absence.c.start_at < span.end, absence.c.end_at > span.start
    )
    absences = [read_absence(row) for row in await tx.all(away)]
    taken = await _occupations(tx, who, span, except_request)
    return [
        Roster(
            technician=one,
            working=working_time(
                tuple(s for s in shifts if s.technician_id == one.id),
                tuple(a for a in absences if a.technician_id == one.id),
                first=first,
                last=last,
            ),
            occupied=tuple(occupation for technician_id, occupation in taken if technician_id == one.id),
        )
        for one in crew
    ]


async def _occupations(
    tx: Tx, who: Sequence[str], span: Window, except_request: str | None
) -> list[tuple[str, Occupation]]:
    statement = sa.select(
        visit.c.id,
        visit.c.technician_id,
        sa.func.lower(visit.c.occupied).label("from_"),
        sa.func.upper(visit.c.occupied).label("to"),
    ).where(
        visit.c.technician_id.in_(who),
        sa.text(TAKES_TIME),
        visit.c.occupied.op("&&")(sa.func.tstzrange(span.start, span.end)),
    )
    if except_request is not None:
        statement = statement.where(visit.c.request_id != except_request)
    return [
        (row["technician_id"], Occupation(visit_id=row["id"], window=Window(row["from_"], row["to"])))
        for row in await tx.all(statement)
    ]
