"""Groups, who is there, and the queues: what waits, by when it is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx, rows_as
from helpdesk.domain.assignment import Availability, Operator
from helpdesk.domain.desk_refusals import DeskGroupUnknown
from helpdesk.domain.inquiry import OPEN
from helpdesk.storage.tables import desk_group, desk_member, desk_operator


@dataclass(frozen=True, kw_only=True)
class DeskGroup:
    """Operators who take cases of one kind."""

    code: str
    name_ja: str
    name_en: str
    version: int
    members: Sequence[str]

    @property
    def id(self) -> str:
        """By what lists are ordered."""
        return self.code


@dataclass(frozen=True, kw_only=True)
class QueueLine:
    """An open case as a queue shows it; `id` orders the queue: by what is due first, then by age."""

    id: str
    inquiry_id: str
    contract_id: str
    status: str
    kind: str
    summary: str
    group: str | None
    assignee: str | None
    received_at: datetime
    due_at: datetime | None
    version: int


@dataclass(frozen=True, kw_only=True)
class Looked:
    """Which open cases are looked for; None: whatever it is."""

    assignee: str | None = None
    group: str | None = None
    contract_id: str | None = None
    status: str | None = None
    unassigned: bool = False


_GROUPS = """
SELECT g.code, g.name_ja, g.name_en, g.version,
       coalesce(array_agg(m.operator ORDER BY m.operator) FILTER (WHERE m.operator IS NOT NULL), '{}') AS members
FROM desk_group g LEFT JOIN desk_member m ON m.group_code = g.code
WHERE ($1::text IS NULL OR g.code = $1) AND ($2::text IS NULL OR g.code > $2)
GROUP BY g.code ORDER BY g.code LIMIT $3
"""
_KNOWN = (
    "SELECT EXISTS (SELECT FROM desk_operator WHERE id = $1) OR EXISTS (SELECT FROM desk_member WHERE operator = $1)"
)
# When something is promised next; what nobody judged yet, or where nothing is promised, comes last, the oldest first.
_DUE = """
LEFT JOIN LATERAL (
    SELECT min(g.due_at) AS due_at FROM service_goal g
    WHERE g.id IN (i.id || '/first_response', i.id || '/resolution') AND g.state = 'running') d ON true
"""
_NEXT = f"""
SELECT i.id FROM inquiry i {_DUE}
WHERE i.status IN ('accepted', 'in_progress') AND i.assignee IS NULL
  AND (i.group_code IS NULL OR i.group_code IN (SELECT m.group_code FROM desk_member m WHERE m.operator = $1))
ORDER BY d.due_at NULLS LAST, i.received_at, i.id LIMIT 1
FOR UPDATE OF i SKIP LOCKED
"""  # noqa: S608 - put together from constants
_QUEUE = f"""
SELECT * FROM (
    SELECT to_char(coalesce(d.due_at, '9999-01-01Z') AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US ') || i.id AS id,
           i.id AS inquiry_id, i.contract_id, i.status, i.kind, i.summary, i.group_code AS "group", i.assignee,
           i.received_at, d.due_at, i.version
    FROM inquiry i {_DUE}
    WHERE i.status = ANY ($1) AND ($2::text IS NULL OR i.assignee = $2) AND ($3::text IS NULL OR i.group_code = $3)
      AND ($4::text IS NULL OR i.contract_id = $4) AND (i.assignee IS NULL OR NOT $5)
) q WHERE $6::text IS NULL OR q.id > $6 ORDER BY q.id LIMIT $7
"""  # noqa: S608 - put together from constants


async def put_group(tx: Tx, code: str, *, name_ja: str, name_en: str, members: Sequence[str], now: datetime) -> int:
    """Keep a group with exactly these members; its version now."""
    row = {"name_ja": name_ja, "name_en": name_en, "changed_at": now}
    statement = insert(desk_group).values(code=code, version=1, **row)
    again = statement.on_conflict_do_update(
        index_elements=[desk_group.c.code], set_={**row, "version": desk_group.c.version + 1}
    )
    version = await tx.scalar(again.returning(desk_group.c.version))
    await tx.run(desk_member.delete().where(desk_member.c.group_code == code))
    if members:
        await tx.run(desk_member.insert().values([{"group_code": code, "operator": member} for member in members]))
    return int(version)


async def version_of_group(tx: Tx, code: str) -> int:
    """The version of a group, alone; 0: there is none."""
    found = await tx.scalar(sa.select(desk_group.c.version).where(desk_group.c.code == code).with_for_update())
    return int(found or 0)


async def groups(tx: Tx, *, code: str | None = None, after: str | None = None, limit: int = 20) -> list[DeskGroup]:
    """Groups with their members, in the order of their codes."""
    return rows_as(DeskGroup, await tx.connection.fetch(_GROUPS, code, after, limit))


async def require_group(tx: Tx, code: str | None) -> None:
    """Raise `DeskGroupUnknown` unless there is this group; None is everybody."""
    if code is not None and not await groups(tx, code=code):
        raise DeskGroupUnknown(group=code)


async def put_operator(tx: Tx, operator: Operator) -> None:
    """Somebody says whether they are there."""
    row = {"availability": operator.availability.value, "since": operator.since}
    statement = insert(desk_operator).values(id=operator.id, **row)
    await tx.run(statement.on_conflict_do_update(index_elements=[desk_operator.c.id], set_=row))


async def find_operator(tx: Tx, operator_id: str) -> Operator | None:
    """Somebody who has been at the desk."""
    found = await _operators(tx, sa.select(desk_operator).where(desk_operator.c.id == operator_id))
    return found[0] if found else None


async def operators(tx: Tx, *, after: str | None = None, limit: int = 20) -> list[Operator]:
    """Everybody who has been at the desk."""
    statement = sa.select(desk_operator).order_by(desk_operator.c.id).limit(limit)
    return await _operators(tx, statement if after is None else statement.where(desk_operator.c.id > after))


async def is_known(tx: Tx, operator_id: str) -> bool:
    """Whether somebody of this name has been at the desk or is in a group."""
    return bool(await tx.connection.fetchval(_KNOWN, operator_id))


async def lock_next(tx: Tx, operator_id: str) -> str | None:
    """The case that is due first among those that are nobody's and in this operator's queues, alone.

    What another takes at this moment is passed over.
    """
    found: str | None = await tx.connection.fetchval(_NEXT, operator_id)
    return found


async def queue(tx: Tx, looked: Looked, *, after: str | None = None, limit: int = 20) -> list[QueueLine]:
    """Open cases, what is due first before the others."""
    open_ = [looked.status] if looked.status is not None else sorted(status.value for status in OPEN)
    wanted = (looked.assignee, looked.group, looked.contract_id, looked.unassigned)
    return rows_as(QueueLine, await tx.connection.fetch(_QUEUE, open_, *wanted, after, limit))


async def _operators(tx: Tx, statement: sa.Select[Any]) -> list[Operator]:
    return [
        Operator(id=row["id"], availability=Availability(row["availability"]), since=row["since"])
        for row in await tx.all(statement)
    ]
