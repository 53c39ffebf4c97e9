"""Clocks of service goals: begun, moved, asked to be judged anew, judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from common.db import Tx
from common.events.base import read_body
from common.events.contracts import EntitlementsChanged
from helpdesk.domain.goals import Clock, Goal, GoalState, Judged, Promise, together
from helpdesk.domain.service_hours import Span

# Whoever moves or marks the clocks of several things takes them in the order of their ids.
_MOVE = """
UPDATE service_goal g
SET state = n.state, judge_at = $1,
    running = CASE n.state WHEN 'running' THEN g.running + tstzmultirange(tstzrange($1, NULL))
                           ELSE g.running * tstzmultirange(tstzrange(NULL, $1)) END
FROM unnest($2::text[], $3::text[]) AS n (id, state)
WHERE g.id = n.id AND g.state IS DISTINCT FROM n.state
  AND g.id IN (SELECT id FROM service_goal WHERE id = ANY ($2) ORDER BY id FOR UPDATE)
"""
_PUT_OFF = """
UPDATE service_goal SET judge_at = $2, running = running * tstzmultirange(tstzrange(NULL, $2))
                                                + tstzmultirange(tstzrange($3, NULL))
WHERE id = $1
"""
_BEGIN_CALLBACK = """
INSERT INTO service_goal (id, goal, callback_id, contract_id, partner, state, began_at, running, judge_at)
SELECT $1::text || '/callback', 'callback', $1, e.contract_id, e.partner, 'running', $3,
       tstzmultirange(tstzrange($3, NULL)), $3
FROM entitlement e WHERE e.contract_id = $2
"""
_ASK = "INSERT INTO goal_review (contract_id, inquiry_id, since, asked_at) VALUES ($1, $2, $3, $4)"
_ASKED = """
DELETE FROM goal_review WHERE number = (SELECT min(number) FROM goal_review WHERE asked_at <= $1)
RETURNING contract_id, inquiry_id, since
"""
# Of an inquiry, all that it became part of: the clocks of a case run while those of its parts ran.
_MARK = """
WITH RECURSIVE whole (id) AS (
    SELECT $3::text UNION SELECT i.merged_into FROM inquiry i JOIN whole w ON w.id = i.id
), marked AS (
    SELECT g.id FROM service_goal g
    WHERE g.state <> 'withdrawn' AND ($2::text IS NULL OR g.contract_id = $2)
      AND ($3::text IS NULL OR g.inquiry_id IN (SELECT id FROM whole))
      AND ($4::timestamptz IS NULL OR g.state IN ('running', 'paused') OR greatest(g.ended_at, g.due_at) > $4)
    ORDER BY g.id FOR UPDATE
)
UPDATE service_goal g SET judge_at = $1 FROM marked m WHERE m.id = g.id
"""
_LOCK_DUE = """
SELECT g.*, e.state::text AS entitlements FROM service_goal g JOIN entitlement e ON e.contract_id = g.contract_id
WHERE g.judge_at <= $1 ORDER BY g.judge_at, g.id LIMIT $2 FOR UPDATE OF g SKIP LOCKED
"""
_PARTS = """
WITH RECURSIVE part (whole, id) AS (
    SELECT i.merged_into, i.id FROM inquiry i WHERE i.merged_into = ANY ($1)
    UNION SELECT p.whole, i.id FROM inquiry i JOIN part p ON i.merged_into = p.id
)
SELECT p.whole, g.running FROM part p JOIN service_goal g ON g.id = p.id || '/resolution'
"""
_SAVE = """
UPDATE service_goal
SET plan = $2, minutes = $3, at_risk_percent = $4, at_risk_at = $5, due_at = $6, ended_at = $7, spent_seconds = $8,
    at_risk_told = at_risk_told OR $9, breach_told = breach_told OR $10, judge_at = $11
WHERE id = $1
"""


@dataclass(frozen=True, kw_only=True)
class ToJudge:
    """A clock with the entitlements it is judged by."""

    clock: Clock
    entitlements: EntitlementsChanged


@dataclass(frozen=True, kw_only=True)
class Review:
    """What has to be judged anew: of a contract, of an inquiry, or everything; since then, if anything is said."""

    contract_id: str | None
    inquiry_id: str | None
    since: datetime | None


async def begin_callback(tx: Tx, callback_id: str, contract_id: str, now: datetime) -> None:
    """The clock of a callback begins to run."""
    await tx.connection.execute(_BEGIN_CALLBACK, callback_id, contract_id, now)


async def move(tx: Tx, subject_id: str, states: Mapping[Goal, GoalState], now: datetime) -> None:
    """The clocks of an inquiry or callback run or stand from now on; those that were in that state do not change."""
    ids = [f"{subject_id}/{goal}" for goal in states]
    await tx.connection.execute(_MOVE, now, ids, [state.value for state in states.values()])


async def put_off(tx: Tx, callback_id: str, now: datetime, *, until: datetime) -> None:
    """The clock of a callback stands until the customer wants to be rung."""
    await tx.connection.execute(_PUT_OFF, f"{callback_id}/callback", now, until)


async def judge_again(
    tx: Tx,
    now: datetime,
    *,
    contract_id: str | None = None,
    inquiry_id: str | None = None,
    since: datetime | None = None,
) -> None:
    """Ask that clocks be judged anew: of a contract, of an inquiry and what it is part of, or all.

    With `since` only those that do not stand since before then. It is done by a sweep, so that who asks locks no clock.
    """
    await tx.connection.execute(_ASK, contract_id, inquiry_id, since, now)


async def next_review(tx: Tx) -> datetime | None:
    """Since when somebody waits for clocks to be judged anew."""
    found: datetime | None = await tx.connection.fetchval("SELECT min(asked_at) FROM goal_review")
    return found


async def take_review(tx: Tx, now: datetime) -> Review | None:
    """The oldest wish, which is fulfilled in this transaction."""
    asked = await tx.connection.fetchrow(_ASKED, now)
    return None if asked is None else Review(**dict(asked))


async def mark(tx: Tx, asked: Review, now: datetime) -> None:
    """Mark the clocks that a wish names to be judged."""
    await tx.connection.execute(_MARK, now, asked.contract_id, asked.inquiry_id, asked.since)


async def next_judgement(tx: Tx) -> datetime | None:
    """When the next clock has to be judged."""
    found: datetime | None = await tx.connection.fetchval("SELECT min(judge_at) FROM service_goal")
    return found


async def lock_due(tx: Tx, now: datetime, *, limit: int) -> list[ToJudge]:
    """Clocks that have to be judged by now, alone; those that somebody else moves come the next time."""
    rows = await tx.connection.fetch(_LOCK_DUE, now, limit)
    wholes = [row["inquiry_id"] for row in rows if row["goal"] == Goal.RESOLUTION]
    parts: dict[str, list[tuple[Span, ...]]] = {}
    for part in await tx.connection.fetch(_PARTS, wholes) if wholes else ():
        parts.setdefault(part["whole"], []).append(_spans(part["running"]))
    return [_to_judge(row, parts.get(row["inquiry_id"], [])) for row in rows]


async def save(tx: Tx, judged: Sequence[tuple[str, Judged]]) -> None:
    """Write down what clocks came to; they are locked."""
    await tx.connection.executemany(_SAVE, [(id_, *_values(each)) for id_, each in judged])


def _to_judge(row: asyncpg.Record, parts: list[tuple[Span, ...]]) -> ToJudge:
    resolution = row["goal"] == Goal.RESOLUTION
    clock = Clock(
        id=row["id"],
        goal=Goal(row["goal"]),
        state=GoalState(row["state"]),
        contract_id=row["contract_id"],
        partner=row["partner"],
        inquiry_id=row["inquiry_id"],
        callback_id=row["callback_id"],
        began_at=row["began_at"],
        promise=_promise(row),
        spans=together([_spans(row["running"]), *(parts if resolution else ())]),
        at_risk_told=row["at_risk_told"],
        breach_told=row["breach_told"],
    )
    return ToJudge(clock=clock, entitlements=read_body(EntitlementsChanged, row["entitlements"]))


def _promise(row: asyncpg.Record) -> Promise | None:
    if row["plan"] is None:
        return None
    return Promise(plan=row["plan"], minutes=row["minutes"], at_risk_percent=row["at_risk_percent"])


def _spans(running: Sequence[asyncpg.Range[datetime]]) -> tuple[Span, ...]:
    return tuple((each.lower, each.upper) for each in running if each.lower is not None)


def _values(judged: Judged) -> tuple[Any, ...]:
    promise = judged.promise
    return (
        promise.plan if promise is not None else None,
        promise.minutes if promise is not None else None,
        promise.at_risk_percent if promise is not None else None,
        judged.at_risk_at,
        judged.due_at,
        judged.ended_at,
        int(judged.spent.total_seconds()) if judged.spent is not None else None,
        judged.tell_at_risk,
        judged.tell_breach,
        judged.judge_at,
    )
