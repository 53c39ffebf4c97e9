"""Service goals as they are shown: of one inquiry, as a list, and counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from common.db import Tx, rows_as
from helpdesk.domain.goals import GoalState
from helpdesk.storage.tables import service_goal as table


@dataclass(frozen=True, kw_only=True)
class GoalLine:
    """A goal as it was judged last; `at_risk` and `breached` are as of now."""

    id: str
    goal: str
    inquiry_id: str | None
    callback_id: str | None
    contract_id: str
    state: str
    began_at: datetime
    plan: str | None
    minutes: int | None
    at_risk_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    spent_seconds: int | None
    at_risk: bool
    breached: bool


@dataclass(frozen=True, kw_only=True)
class GoalCount:
    """What became of one plan's promises of one kind; the seconds are of those that are done."""

    goal: str
    plan: str
    begun: int
    kept: int
    breached: int
    open: int
    withdrawn: int
    median_seconds: int | None
    most_within_seconds: int | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which goals are looked for; the span is that in which their clocks began."""

    equal: dict[str, str]
    start: datetime | None = None
    end: datetime | None = None
    breached: bool | None = None
    at_risk: bool | None = None


_REPORT = """
SELECT goal, plan,
       count(*) FILTER (WHERE state <> 'withdrawn') AS begun,
       count(*) FILTER (WHERE state = 'ended' AND NOT breached) AS kept,
       count(*) FILTER (WHERE breached) AS breached,
       count(*) FILTER (WHERE state IN ('running', 'paused') AND NOT breached) AS open,
       count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY spent_seconds) FILTER (WHERE state = 'ended') AS median_seconds,
       percentile_disc(0.9) WITHIN GROUP (ORDER BY spent_seconds) FILTER (WHERE state = 'ended') AS most_within_seconds
FROM (SELECT *, state <> 'withdrawn' AND coalesce(due_at <= coalesce(ended_at, $3), false) AS breached
      FROM service_goal WHERE began_at >= $1 AND began_at < $2 AND plan IS NOT NULL) AS g
GROUP BY goal, plan ORDER BY goal, plan
"""


async def of_inquiry(tx: Tx, inquiry_id: str, now: datetime) -> list[GoalLine]:
    """The goals of an inquiry."""
    return await listed(tx, Wanted(equal={"inquiry_id": inquiry_id}), now, limit=10)


async def listed(tx: Tx, wanted: Wanted, now: datetime, *, after: str | None = None, limit: int = 20) -> list[GoalLine]:
    """Goals in the order of their ids."""
    breached, at_risk = _reached(table.c.due_at, now), _reached(table.c.at_risk_at, now)
    columns = [table.c[name] for name in GoalLine.__dataclass_fields__ if name in table.c]
    statement = sa.select(*columns, breached.label("breached"), sa.and_(at_risk, ~breached).label("at_risk"))
    for column, value in wanted.equal.items():
        statement = statement.where(table.c[column] == value)
    if wanted.start is not None:
        statement = statement.where(table.c.began_at >= wanted.start)
    if wanted.end is not None:
        statement = statement.where(table.c.began_at < wanted.end)
    if wanted.breached is not None:
        statement = statement.where(breached.is_(wanted.breached))
    if wanted.at_risk is not None:
        statement = statement.where(sa.and_(at_risk, ~breached).is_(wanted.at_risk))
    if after is not None:
        statement = statement.where(table.c.id > after)
    return rows_as(GoalLine, await tx.all(statement.order_by(table.c.id).limit(limit)))


async def report(tx: Tx, *, start: datetime, end: datetime, now: datetime) -> list[GoalCount]:
    """What became of the promises whose clocks began in [start, end)."""
    return [GoalCount(**dict(row)) for row in await tx.connection.fetch(_REPORT, start, end, now)]


def _reached(at: sa.ColumnElement[datetime], now: datetime) -> sa.ColumnElement[bool]:
    until = sa.func.coalesce(table.c.ended_at, sa.literal(now, table.c.ended_at.type))
    return sa.and_(table.c.state != GoalState.WITHDRAWN.value, sa.func.coalesce(at <= until, sa.false()))
