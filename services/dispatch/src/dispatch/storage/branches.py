"""Branches and their areas in the database."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from common.db import Tx, refusing
from common.errors import StaleVersion
from dispatch.domain.workforce import Branch
from dispatch.domain.workforce_refusals import BranchUnknown, PrefectureServed
from dispatch.storage.tables import branch, branch_area


async def add(tx: Tx, new: Branch) -> None:
    """Insert a branch with its areas. Raises `PrefectureServed`."""
    await tx.run(sa.insert(branch).values(id=new.id, name=new.name, version=new.version))
    await _serve(tx, new)


async def change(tx: Tx, changed: Branch) -> None:
    """Save a branch whose version was raised by one. Raises `StaleVersion`, `PrefectureServed`."""
    statement = sa.update(branch).where(branch.c.id == changed.id, branch.c.version == changed.version - 1)
    if not await tx.run(statement.values(name=changed.name, version=changed.version)):
        raise StaleVersion(branch_id=changed.id)
    await tx.run(sa.delete(branch_area).where(branch_area.c.branch_id == changed.id))
    await _serve(tx, changed)


async def by_id(tx: Tx, branch_id: str, *, lock: bool = False) -> Branch:
    """One branch. Raises `BranchUnknown`."""
    statement = sa.select(branch).where(branch.c.id == branch_id)
    row = await tx.first(statement.with_for_update() if lock else statement)
    if row is None:
        raise BranchUnknown(branch_id=branch_id)
    areas = await _areas(tx, [branch_id])
    return Branch(**dict(row), prefectures=areas.get(branch_id, ()))


async def listed(tx: Tx, *, after: str | None, limit: int) -> list[Branch]:
    """Branches by id."""
    statement = sa.select(branch).order_by(branch.c.id).limit(limit)
    if after is not None:
        statement = statement.where(branch.c.id > after)
    rows = await tx.all(statement)
    areas = await _areas(tx, [row["id"] for row in rows])
    return [Branch(**dict(row), prefectures=areas.get(row["id"], ())) for row in rows]


async def _serve(tx: Tx, served_by: Branch) -> None:
    rows = [{"prefecture_code": code, "branch_id": served_by.id} for code in served_by.prefectures]
    if rows:
        with refusing(pk_branch_area=lambda: PrefectureServed(prefectures=list(served_by.prefectures))):
            await tx.run(sa.insert(branch_area).values(rows))


async def _areas(tx: Tx, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    statement = sa.select(branch_area).where(branch_area.c.branch_id.in_(ids))
    found: dict[str, tuple[str, ...]] = {}
    for row in await tx.all(statement.order_by(branch_area.c.prefecture_code)):
        found[row["branch_id"]] = (*found.get(row["branch_id"], ()), row["prefecture_code"])
    return found
