"""When what a promise rests on changes, it is held, released or flagged (R-ISOLATION-EVIDENCE, R-ADDRESS)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from common.db import Tx
from dispatch.domain.cases import HoldReason, hold_reasons
from dispatch.domain.eligibility import contract_hold_reasons
from dispatch.domain.holds import judge_again
from dispatch.domain.requests import VisitRequest, hold
from dispatch.domain.visits import Visit
from dispatch.storage import cases, knowledge, requests, visits
from dispatch.usecases.telling import alert, tell_visit

_RULES = ("R-ISOLATION-EVIDENCE", "R-ADDRESS")


async def judge_requests_again(tx: Tx, request_ids: Sequence[str], *, now: datetime) -> None:
    """Judge live requests and their visits anew, each under its lock, in id order."""
    for request_id in sorted(request_ids):
        await _judge(tx, await requests.by_id(tx, request_id, lock=True), now=now)


async def reopen(tx: Tx, request: VisitRequest, *, now: datetime) -> None:
    """Save a request whose visit came to nothing; it may have to wait at once."""
    await requests.save(tx, request)
    await _judge(tx, request, now=now)


async def _judge(tx: Tx, request: VisitRequest, *, now: datetime) -> None:
    reasons = await _case_reasons(tx, request)
    visit = await visits.live_of(tx, request.id, lock=True)
    if visit is not None:
        await _judge_visit(tx, visit, reasons | await _contract_reasons(tx, visit), now=now)
        return
    held = hold(request, frozenset(reasons), actor=tx.actor)
    if held is None:
        return
    after, event = held
    await requests.save(tx, after)
    await tx.publish(after.fact(event, now))
    alert(f"visit request {event.status}", visit_request_id=request.id, reasons=list(after.hold_reasons))


async def _judge_visit(tx: Tx, visit: Visit, reasons: frozenset[HoldReason], *, now: datetime) -> None:
    step = judge_again(visit, frozenset(reason.value for reason in reasons), actor=tx.actor)
    if step is None:
        return
    after, event = step
    await visits.save(tx, after)
    inputs = {"reasons": sorted(reasons), "caused_by": tx.context.causation_id}
    await tell_visit(tx, after, event, now=now, rule_ids=_RULES, inputs=inputs)
    alert(type(event).__name__, visit_id=visit.id, reasons=sorted(reasons))


async def _case_reasons(tx: Tx, request: VisitRequest) -> frozenset[HoldReason]:
    if request.inquiry_id is None:
        return frozenset()
    case = await cases.followed(tx, request.inquiry_id)
    return hold_reasons(case) if case is not None else frozenset()


async def _contract_reasons(tx: Tx, visit: Visit) -> frozenset[HoldReason]:
    known = await knowledge.contract(tx, visit.contract_id)
    return contract_hold_reasons(known.state, visit.window, address_id=visit.address_id)
