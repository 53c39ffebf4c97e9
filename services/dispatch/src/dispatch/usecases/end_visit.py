"""A visit comes to nothing: cancelled, or failed on the way or at the door. Its request opens again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from dispatch.domain.requests import RequestStatus, VisitRequest, follow
from dispatch.domain.visits import FailureReason, Visit, VisitStep, cancel, fail
from dispatch.storage import visits
from dispatch.usecases.judge_again import reopen
from dispatch.usecases.own_visit import Whose, locked_own
from dispatch.usecases.telling import tell_visit


@dataclass(frozen=True, kw_only=True)
class CancelVisit:
    """Which visit and why."""

    whose: Whose
    reason: str


@dataclass(frozen=True, kw_only=True)
class FailVisit:
    """Which visit failed and how; `through_us` is asked for `other` alone."""

    whose: Whose
    failure: FailureReason
    through_us: bool
    note: str | None


async def cancel_visit(cmd: CancelVisit, tx: Tx, now: datetime) -> Visit:
    """Call a visit off; before departure the month's right returns (R-ISOLATION-QUOTA). Raises `WrongState`."""
    request, visit = await locked_own(tx, cmd.whose)
    return await _ended(tx, request, cancel(visit, reason=cmd.reason, now=now, actor=tx.actor), now)


async def fail_visit(cmd: FailVisit, tx: Tx, now: datetime) -> Visit:
    """Record that it came to nothing; what becomes of the month's right depends on why (R-ISOLATION-QUOTA)."""
    request, visit = await locked_own(tx, cmd.whose)
    step = fail(visit, cmd.failure, through_us=cmd.through_us, note=cmd.note, now=now, actor=tx.actor)
    return await _ended(tx, request, step, now)


async def _ended(tx: Tx, request: VisitRequest, step: VisitStep, now: datetime) -> Visit:
    after, event = step
    await visits.save(tx, after)
    inputs = {"right": after.right, "right_fee_month": after.right_fee_month, "departed_at": after.departed_at}
    await tell_visit(tx, after, event, now=now, rule_ids=("R-ISOLATION-QUOTA",) if after.right else (), inputs=inputs)
    await reopen(tx, follow(request, RequestStatus.OPEN), now=now)
    return after
