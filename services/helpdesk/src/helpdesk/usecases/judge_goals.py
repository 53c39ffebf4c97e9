"""Judge the clocks of service goals, and tell once each what is at risk and what is breached."""

from __future__ import annotations

from datetime import datetime

from common.context import system_context
from common.db import Tx
from common.entitlements import closed_days
from common.events.base import NewEvent
from common.events.helpdesk_desk import ServiceGoalAtRisk, ServiceGoalBreached, ServiceGoalData
from common.events.keys import key_of
from helpdesk.domain.goals import Clock, Judged, judge
from helpdesk.storage import catalogue, goals, reports

AT_RISK, BREACHED = 1, 2
"""The sequences of what is told of a goal: each of them once, which the outbox guarantees."""


async def review(tx: Tx, now: datetime) -> int:
    """Mark what has to be judged anew because something else changed: clocks, and reports that wait for an opening."""
    asked = await goals.take_review(tx, now)
    if asked is None:
        return 0
    await goals.mark(tx, asked, now)
    if asked.inquiry_id is None:
        await reports.mark(tx, asked.contract_id, now)
    return 1


async def judge_goals(tx: Tx, now: datetime, *, limit: int) -> int:
    """Judge clocks that are due to be judged; how many there were."""
    due = await goals.lock_due(tx, now, limit=limit)
    if not due:
        return 0
    calendar = await catalogue.calendar(tx)
    closed, offered = closed_days(calendar) if calendar is not None else None, await catalogue.service_goals(tx)
    judged = [
        (each.clock, judge(each.clock, each.entitlements, closed, offered, now) if closed is not None else Judged())
        for each in due
    ]
    await goals.save(tx, [(clock.id, result) for clock, result in judged])
    await tx.publish(*[event for clock, result in judged for event in _told(clock, result, now)])
    return len(due)


def _told(clock: Clock, judged: Judged, now: datetime) -> list[NewEvent]:
    kinds = [
        (AT_RISK, ServiceGoalAtRisk, judged.tell_at_risk),
        (BREACHED, ServiceGoalBreached, judged.tell_breach),
    ]
    return [_event(kind, clock, judged, sequence, now) for sequence, kind, tell in kinds if tell]


def _event(kind: type[ServiceGoalData], clock: Clock, judged: Judged, sequence: int, now: datetime) -> NewEvent:
    if judged.promise is None or judged.at_risk_at is None:
        raise LookupError(clock.id)
    fact = kind(
        actor=system_context("helpdesk").actor,
        goal=clock.goal.value,
        subject_id=clock.subject_id,
        contract_id=clock.contract_id,
        inquiry_id=clock.inquiry_id,
        callback_id=clock.callback_id,
        plan=judged.promise.plan,
        minutes=judged.promise.minutes,
        at_risk_at=judged.at_risk_at,
        due_at=judged.due_at,
    )
    return NewEvent(
        data=fact,
        subject=clock.id,
        sequence=sequence,
        key=key_of(fact),
        time=now,
        partner=clock.partner,
        correlation_id=clock.subject_id,
    )
