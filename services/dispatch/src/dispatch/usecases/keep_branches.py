"""Branches and skills are recorded and changed."""

from __future__ import annotations

from dataclasses import dataclass

from common.db import Tx
from common.errors import StaleVersion
from common.ids import new_id
from dispatch.domain.workforce import Branch, Skill
from dispatch.storage import branches, workforce


@dataclass(frozen=True, kw_only=True)
class RecordBranch:
    """A branch's name and the prefectures it serves."""

    name: str
    prefectures: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ChangeBranch:
    """The same for a known branch; `version` as the caller last saw it."""

    branch_id: str
    name: str
    prefectures: tuple[str, ...]
    version: int | None = None


async def record_branch(cmd: RecordBranch, tx: Tx) -> Branch:
    """A new branch. Raises `PrefectureServed`."""
    branch = Branch(id=new_id("brn"), name=cmd.name, prefectures=tuple(sorted(set(cmd.prefectures))), version=1)
    await branches.add(tx, branch)
    return branch


async def change_branch(cmd: ChangeBranch, tx: Tx) -> Branch:
    """Another name or area. Raises `BranchUnknown`, `StaleVersion`, `PrefectureServed`."""
    known = await branches.by_id(tx, cmd.branch_id, lock=True)
    if cmd.version is not None and cmd.version != known.version:
        raise StaleVersion(asked=cmd.version, current=known.version)
    changed = Branch(
        id=known.id,
        name=cmd.name,
        prefectures=tuple(sorted(set(cmd.prefectures))),
        version=known.version + 1,
    )
    await branches.change(tx, changed)
    return changed


async def record_skill(skill: Skill, tx: Tx) -> Skill:
    """Record a skill and what requires it (R-VISIT-CREW), or replace what is recorded under its code."""
    await workforce.add_skill(tx, skill)
    return skill
