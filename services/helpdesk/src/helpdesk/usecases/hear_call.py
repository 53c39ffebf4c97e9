"""A telephone system tells of a call: it is kept once, matched with who rings, and when missed becomes a callback."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from common.db import Tx
from common.entitlements import closed_days
from common.ids import new_id
from common.opening_hours import NeverOpens
from helpdesk.domain import callbacks as promises
from helpdesk.domain.acceptance import hours_of
from helpdesk.domain.callbacks import Callback, CallbackStatus
from helpdesk.domain.calls import Call, CallState, Signal, heard
from helpdesk.domain.goals import Goal, goal_of_callback, promised
from helpdesk.storage import callbacks, calls, catalogue, entitlements, goals, told
from helpdesk.storage.pbx import PbxConnection
from helpdesk.usecases.keep_callbacks import keep_new
from helpdesk.usecases.tell_calls import tell

ANSWERED_AFTER_ALL = "answered_after_all"


async def hear_call(signal: Signal, pbx: PbxConnection, tx: Tx, now: datetime, *, ring_within: timedelta) -> Call:
    """The call as it is known now. A signal that was heard before changes nothing."""
    actor = f"pbx:{pbx.id}"
    fresh = Call(
        id=new_id("call"),
        pbx_id=pbx.id,
        reference=signal.reference,
        direction=signal.direction,
        from_number=signal.from_number,
        to_number=signal.to_number,
        began_at=now,
    )
    before = await calls.begun(tx, await _matched(fresh, tx))
    after, facts = heard(before, signal, actor=actor, now=now)
    if after == before:
        return before
    await calls.save(tx, after)
    await tell(tx, after, facts, now)
    if after.missed and not before.missed:
        await _promise(after, tx, now, actor=actor, ring_within=ring_within)
    if before.missed and after.state is CallState.ENDED:
        await _withdraw(after, tx, now, actor=actor)
    return after


async def _matched(call: Call, tx: Tx) -> Call:
    """The call with its subscriber and contract, as far as the number means exactly one."""
    found = await told.subscribers_of(tx, call.number) if call.number is not None else []
    if len(found) != 1:
        return call
    contracts = await entitlements.contracts_of(tx, found[0].id)
    return replace(call, subscriber_id=found[0].id, contract_id=contracts[0] if len(contracts) == 1 else None)


async def _promise(call: Call, tx: Tx, now: datetime, *, actor: str, ring_within: timedelta) -> None:
    if call.number is None:
        return  # whoever withholds the number cannot be rung; the call itself stays in the list
    made, fact = promises.promise(
        Callback(
            id=new_id("cbk"),
            number=call.number,
            promised_at=await _by_when(call, tx, now, ring_within),
            subscriber_id=call.subscriber_id,
            contract_id=call.contract_id,
            inquiry_id=call.inquiry_id,
            call_id=call.id,
        ),
        actor=actor,
        now=now,
    )
    await keep_new(made, tx, now)
    await tell(tx, made, [fact], now)


async def _by_when(call: Call, tx: Tx, now: datetime, ring_within: timedelta) -> datetime:
    """What the plan promises of the contract's own support hours; `ring_within` where it promises nothing.

    By the clock where no contract or no hours are known.
    """
    known = await entitlements.find(tx, call.contract_id) if call.contract_id is not None else None
    calendar = await catalogue.calendar(tx)
    if known is None or calendar is None:
        return now + ring_within
    standing = known.standing(now)
    goal = promised(Goal.CALLBACK, standing.plan, await catalogue.service_goals(tx))
    within = goal.whole if goal is not None else ring_within
    hours = hours_of(standing, closed_days(calendar))
    try:
        return hours.add_business_time(now, within) if hours is not None else now + within
    except NeverOpens:
        return now + within


async def _withdraw(call: Call, tx: Tx, now: datetime, *, actor: str) -> None:
    """The answer was told after the end: somebody had spoken to the customer."""
    made = await callbacks.lock_of_call(tx, call.id)
    if made is None or made.status is not CallbackStatus.OPEN:
        return
    gone, fact = promises.cancel(made, ANSWERED_AFTER_ALL, actor=actor, now=now)
    await callbacks.save(tx, gone)
    await goals.move(tx, gone.id, {Goal.CALLBACK: goal_of_callback(gone.status)}, now)
    await tell(tx, gone, [fact], now)
