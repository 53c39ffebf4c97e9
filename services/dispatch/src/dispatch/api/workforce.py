"""Branches, skills, technicians, shifts and absences over REST."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from common.http import IfMatch, PageOf, Paging, Router, TxDep, answer, page
from dispatch.api.workforce_schemas import (
    AbsenceIn,
    AbsenceOut,
    BranchIn,
    BranchOut,
    RecordedAbsenceOut,
    ShiftEndIn,
    ShiftIn,
    ShiftOut,
    SkillCode,
    SkillIn,
    SkillOut,
    SkillsOut,
    TechnicianIn,
    TechnicianOut,
)
from dispatch.storage import branches, workforce
from dispatch.usecases.keep_branches import change_branch, record_branch, record_skill
from dispatch.usecases.keep_shifts import end_shift, record_absence, record_shift, remove_absence
from dispatch.usecases.keep_technicians import change_technician, record_technician

router = Router(prefix="/api/dispatch/v1", tags=["workforce"])
OfTechnician = Annotated[str | None, Query(alias="technician_id", max_length=64)]


@router.get("/branches", response_model=PageOf[BranchOut])
async def list_branches(tx: TxDep, paging: Paging) -> object:
    """Branches and the prefectures they serve."""
    rows = await branches.listed(tx, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=BranchOut.of)


@router.post("/branches", status_code=201, response_model=BranchOut)
async def add_branch(body: BranchIn, tx: TxDep) -> object:
    """Record a branch."""
    return answer(await record_branch(body.new(), tx), BranchOut.of)


@router.get("/branches/{branch_id}", response_model=BranchOut)
async def read_branch(branch_id: str, tx: TxDep) -> object:
    """One branch."""
    return BranchOut.of(await branches.by_id(tx, branch_id))


@router.put("/branches/{branch_id}", response_model=BranchOut)
async def put_branch(branch_id: str, body: BranchIn, tx: TxDep, version: IfMatch) -> object:
    """Another name or area."""
    return answer(await change_branch(body.changed(branch_id, version), tx), BranchOut.of)


@router.get("/skills", response_model=SkillsOut)
async def list_skills(tx: TxDep) -> object:
    """All skills and what requires them."""
    return SkillsOut(items=[SkillOut.of(skill) for skill in await workforce.skills(tx)])


@router.put("/skills/{code}", response_model=SkillOut)
async def put_skill(code: Annotated[SkillCode, Path()], body: SkillIn, tx: TxDep) -> object:
    """Record a skill, or change what is recorded under its code."""
    return answer(await record_skill(body.skill(code), tx), SkillOut.of)


@router.get("/technicians", response_model=PageOf[TechnicianOut])
async def list_technicians(tx: TxDep, paging: Paging) -> object:
    """Technicians."""
    rows = await workforce.list_technicians(tx, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=TechnicianOut.of)


@router.post("/technicians", status_code=201, response_model=TechnicianOut)
async def add_technician(body: TechnicianIn, tx: TxDep) -> object:
    """Record a technician."""
    return answer(await record_technician(body.data(), tx), TechnicianOut.of)


@router.get("/technicians/{technician_id}", response_model=TechnicianOut)
async def read_technician(technician_id: str, tx: TxDep) -> object:
    """One technician."""
    return TechnicianOut.of(await workforce.technician_by_id(tx, technician_id))


@router.put("/technicians/{technician_id}", response_model=TechnicianOut)
async def put_technician(technician_id: str, body: TechnicianIn, tx: TxDep, version: IfMatch) -> object:
    """Other data; booked visits stay as they are."""
    return answer(await change_technician(technician_id, body.data(), tx, version=version), TechnicianOut.of)


@router.get("/shifts", response_model=PageOf[ShiftOut])
async def list_shifts(tx: TxDep, paging: Paging, technician_id: OfTechnician = None) -> object:
    """Weekly patterns."""
    rows = await workforce.list_shifts(tx, technician_id=technician_id, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=ShiftOut.of)


@router.post("/shifts", status_code=201, response_model=ShiftOut)
async def add_shift(body: ShiftIn, tx: TxDep) -> object:
    """Record a weekly pattern."""
    return answer(await record_shift(body.command(), tx), ShiftOut.of)


@router.post("/shifts/{shift_id}/end", response_model=ShiftOut)
async def finish_shift(shift_id: str, body: ShiftEndIn, tx: TxDep) -> object:
    """Set the pattern's last day."""
    return answer(await end_shift(shift_id, body.valid_to, tx), ShiftOut.of)


@router.get("/absences", response_model=PageOf[AbsenceOut])
async def list_absences(tx: TxDep, paging: Paging, technician_id: OfTechnician = None) -> object:
    """Absences."""
    rows = await workforce.list_absences(tx, technician_id=technician_id, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=AbsenceOut.of)


@router.post("/absences", status_code=201, response_model=RecordedAbsenceOut)
async def add_absence(body: AbsenceIn, tx: TxDep) -> object:
    """Record an absence; the answer names the booked visits it touches."""
    return answer(await record_absence(body.command(), tx), RecordedAbsenceOut.recorded)


@router.delete("/absences/{absence_id}", status_code=204, response_model=None)
async def delete_absence(absence_id: str, tx: TxDep) -> None:
    """Back earlier than planned."""
    await remove_absence(absence_id, tx)
