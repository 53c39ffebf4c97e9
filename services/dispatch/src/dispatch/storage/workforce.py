"""Skills, technicians, shifts and absences in the database."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from asyncpg import Record

from common.db import Tx
from common.errors import StaleVersion
from dispatch.domain.refusals import TechnicianUnknown
from dispatch.domain.windows import Window
from dispatch.domain.workforce import (
    Absence,
    Coverage,
    Crew,
    Purpose,
    Shift,
    Skill,
    Technician,
)
from dispatch.storage.tables import absence, branch_area, shift, skill, technician


async def coverage(tx: Tx) -> Coverage:
    """Which branch serves which prefecture."""
    rows = await tx.all(sa.select(branch_area))
    return Coverage({row["prefecture_code"]: row["branch_id"] for row in rows})


async def required_skills(tx: Tx, purpose: Purpose, menu_codes: frozenset[str]) -> frozenset[str]:
    """The codes of every skill that such a visit needs."""
    return frozenset(s.code for s in await skills(tx) if s.required_by(purpose, menu_codes))


async def skills(tx: Tx) -> tuple[Skill, ...]:
    """All skills, by code."""
    return tuple(_skill(row) for row in await tx.all(sa.select(skill).order_by(skill.c.code)))


async def add_skill(tx: Tx, new: Skill) -> None:
    """Insert a skill, or replace what is recorded under its code."""
    values = {
        "name_ja": new.name_ja,
        "name_en": new.name_en,
        "purposes": sorted(new.purposes),
        "menu_codes": sorted(new.menu_codes),
    }
    known = await tx.run(sa.update(skill).where(skill.c.code == new.code).values(values))
    if not known:
        await tx.run(sa.insert(skill).values(code=new.code, **values))


async def add_technician(tx: Tx, new: Technician) -> None:
    """Insert a technician."""
    await tx.run(sa.insert(technician).values(id=new.id, **_columns(new)))


async def change_technician(tx: Tx, changed: Technician) -> None:
    """Save a technician whose version was raised by one; raises `StaleVersion` when it changed meanwhile."""
    statement = sa.update(technician).where(technician.c.id == changed.id, technician.c.version == changed.version - 1)
    if not await tx.run(statement.values(**_columns(changed))):
        raise StaleVersion(technician_id=changed.id)


async def technician_by_id(tx: Tx, technician_id: str, *, lock: bool = False) -> Technician:
    """One technician; `lock` keeps bookings of this technician out until the end of the transaction.

    Raises `TechnicianUnknown`.
    """
    statement = sa.select(technician).where(technician.c.id == technician_id)
    row = await tx.first(statement.with_for_update() if lock else statement)
    if row is None:
        raise TechnicianUnknown(technician_id=technician_id)
    return read_technician(row)


async def technician_of_subject(tx: Tx, subject: str) -> str | None:
    """The id of the technician who signs in as `subject`."""
    found: str | None = await tx.scalar(sa.select(technician.c.id).where(technician.c.subject == subject))
    return found


async def list_technicians(tx: Tx, *, after: str | None, limit: int) -> list[Technician]:
    """Technicians by id."""
    statement = sa.select(technician).order_by(technician.c.id).limit(limit)
    if after is not None:
        statement = statement.where(technician.c.id > after)
    return [read_technician(row) for row in await tx.all(statement)]


async def add_shift(tx: Tx, new: Shift) -> None:
    """Insert a weekly pattern."""
    await tx.run(
        sa.insert(shift).values(
            id=new.id,
            technician_id=new.technician_id,
            weekdays=sorted(new.weekdays),
            from_minute=new.from_minute,
            to_minute=new.to_minute,
            valid_from=new.valid_from,
            valid_to=new.valid_to,
        )
    )


async def shift_by_id(tx: Tx, shift_id: str) -> Shift | None:
    """One weekly pattern."""
    row = await tx.first(sa.select(shift).where(shift.c.id == shift_id))
    return read_shift(row) if row else None


async def end_shift(tx: Tx, shift_id: str, *, valid_to: date) -> None:
    """The pattern's last day, included."""
    await tx.run(sa.update(shift).where(shift.c.id == shift_id).values(valid_to=valid_to))


async def list_shifts(tx: Tx, *, technician_id: str | None, after: str | None, limit: int) -> list[Shift]:
    """Weekly patterns by id."""
    statement = sa.select(shift).order_by(shift.c.id).limit(limit)
    if technician_id is not None:
        statement = statement.where(shift.c.technician_id == technician_id)
    if after is not None:
        statement = statement.where(shift.c.id > after)
    return [read_shift(row) for row in await tx.all(statement)]


async def add_absence(tx: Tx, new: Absence) -> None:
    """Insert an absence."""
    await tx.run(
        sa.insert(absence).values(
            id=new.id,
            technician_id=new.technician_id,
            start_at=new.window.start,
            end_at=new.window.end,
            reason=new.reason,
        )
    )


async def remove_absence(tx: Tx, absence_id: str) -> bool:
    """Delete an absence; False when there is none."""
    return await tx.run(sa.delete(absence).where(absence.c.id == absence_id)) == 1


async def list_absences(tx: Tx, *, technician_id: str | None, after: str | None, limit: int) -> list[Absence]:
    """Absences by id."""
    statement = sa.select(absence).order_by(absence.c.id).limit(limit)
    if technician_id is not None:
        statement = statement.where(absence.c.technician_id == technician_id)
    if after is not None:
        statement = statement.where(absence.c.id > after)
    return [read_absence(row) for row in await tx.all(statement)]


def _columns(who: Technician) -> dict[str, object]:
    return {
        "name": who.name,
        "crew": who.crew.value,
        "skills": sorted(who.skills),
        "branch_id": who.branch_id,
        "home_base": who.home_base,
        "subject": who.subject,
        "active": who.active,
        "version": who.version,
    }


def read_technician(row: Record) -> Technician:
    """A technician from a row."""
    values = dict(row)
    return Technician(**values | {"crew": Crew(row["crew"]), "skills": frozenset(row["skills"])})


def _skill(row: Record) -> Skill:
    return Skill(
        code=row["code"],
        name_ja=row["name_ja"],
        name_en=row["name_en"],
        purposes=frozenset(Purpose(purpose) for purpose in row["purposes"]),
        menu_codes=frozenset(row["menu_codes"]),
    )


def read_shift(row: Record) -> Shift:
    """A weekly pattern from a row."""
    return Shift(**dict(row) | {"weekdays": frozenset(row["weekdays"])})


def read_absence(row: Record) -> Absence:
    """An absence from a row."""
    return Absence(
        id=row["id"],
        technician_id=row["technician_id"],
        window=Window(row["start_at"], row["end_at"]),
        reason=row["reason"],
    )
