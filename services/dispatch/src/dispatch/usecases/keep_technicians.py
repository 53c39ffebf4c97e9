"""Technicians are recorded and changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from common.db import Tx, refusing
from common.errors import DomainError, StaleVersion, refuse_if_any
from common.ids import new_id
from dispatch.domain.workforce import Crew, Technician
from dispatch.domain.workforce_refusals import CrewUnknown, SkillUnknown, SubjectTaken
from dispatch.storage import branches, workforce


@dataclass(frozen=True, kw_only=True)
class TechnicianData:
    """A technician as somebody describes one; the crew is judged by name."""

    name: str
    crew: str
    skills: frozenset[str]
    branch_id: str
    home_base: str | None
    subject: str | None
    active: bool = True


async def record_technician(data: TechnicianData, tx: Tx) -> Technician:
    """A new technician. Raises `BranchUnknown`, `CrewUnknown`, `SkillUnknown`, `SubjectTaken`."""
    technician = await _judged(tx, data, technician_id=new_id("tec"), version=1)
    with refusing(uq_technician_subject=lambda: SubjectTaken(subject=data.subject)):
        await workforce.add_technician(tx, technician)
    return technician


async def change_technician(technician_id: str, data: TechnicianData, tx: Tx, *, version: int | None) -> Technician:
    """Other data for a known technician; booked visits stay. Raises as above, `TechnicianUnknown`, `StaleVersion`."""
    known = await workforce.technician_by_id(tx, technician_id, lock=True)
    if version is not None and version != known.version:
        raise StaleVersion(asked=version, current=known.version)
    changed = await _judged(tx, data, technician_id=known.id, version=known.version + 1)
    with refusing(uq_technician_subject=lambda: SubjectTaken(subject=data.subject)):
        await workforce.change_technician(tx, changed)
    return changed


async def _judged(tx: Tx, data: TechnicianData, *, technician_id: str, version: int) -> Technician:
    await branches.by_id(tx, data.branch_id)
    errors: list[DomainError] = []
    if data.crew not in list(Crew):
        errors.append(CrewUnknown(crew=data.crew, allowed=list(Crew)))
    on_record = {skill.code for skill in await workforce.skills(tx)}
    if unknown := sorted(data.skills - on_record):
        errors.append(SkillUnknown(unknown=unknown, on_record=sorted(on_record)))
    refuse_if_any(errors)
    technician = Technician(
        id=technician_id,
        name=data.name,
        crew=Crew(data.crew),
        skills=data.skills,
        branch_id=data.branch_id,
        home_base=data.home_base,
        subject=data.subject,
        active=data.active,
    )
    return replace(technician, version=version)
