"""Callbacks: promised, taken, postponed, done, not needed any more, and overdue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from common.context import system_context
from common.db import Tx
from common.ids import new_id
from helpdesk.domain import callbacks as promises
from helpdesk.domain.call_refusals import CallbackUnknown
from helpdesk.domain.callbacks import Callback, Told
from helpdesk.domain.goals import Goal, goal_of_callback
from helpdesk.domain.refusals import ContractUnknown, InquiryUnknown
from helpdesk.storage import callbacks, entitlements, goals, inquiries
from helpdesk.usecases.tell_calls import tell


@dataclass(frozen=True, kw_only=True)
class PromiseCallback:
    """Ring this number by then, about this contract or inquiry if any."""

    number: str
    promised_at: datetime
    contract_id: str | None
    inquiry_id: str | None


async def promise_callback(command: PromiseCallback, tx: Tx, now: datetime) -> Callback:
    """Keep the promise. Raises `PromiseInThePast`, `ContractUnknown`, `InquiryUnknown`."""
    contract_id, subscriber_id = await _about(command, tx)
    new = Callback(
        id=new_id("cbk"),
        number=command.number,
        promised_at=command.promised_at,
        subscriber_id=subscriber_id,
        contract_id=contract_id,
        inquiry_id=command.inquiry_id,
    )
    made, fact = promises.promise(new, actor=tx.actor, now=now)
    await keep_new(made, tx, now)
    await tell(tx, made, [fact], now)
    return made


async def keep_new(made: Callback, tx: Tx, now: datetime) -> None:
    """Keep a promise that was made now; where a contract is meant, its goal's clock begins to run."""
    await callbacks.add(tx, made)
    if made.contract_id is not None:
        await goals.begin_callback(tx, made.id, made.contract_id, now)


async def change_callback(callback_id: str, step: Callable[[Callback], Told | None], tx: Tx, now: datetime) -> Callback:
    """The promise after a step on it; raises `CallbackUnknown` and what the step refuses."""
    before = await callbacks.lock(tx, callback_id)
    if before is None:
        raise CallbackUnknown(callback_id=callback_id)
    outcome = step(before)
    if outcome is None:
        return before
    after, fact = outcome
    await callbacks.save(tx, after)
    await _move_goal(before, after, tx, now)
    await tell(tx, after, [fact], now)
    return after


async def tell_overdue(tx: Tx, now: datetime, *, limit: int) -> int:
    """Tell of promises whose time has passed; how many there were."""
    late = await callbacks.lock_overdue(tx, now=now, limit=limit)
    for each in late:
        after, fact = promises.overdue(each, actor=system_context("helpdesk").actor)
        await callbacks.save(tx, after)
        await tell(tx, after, [fact], now)
    return len(late)


async def _move_goal(before: Callback, after: Callback, tx: Tx, now: datetime) -> None:
    """Its clock ends with the call; it stands until the customer wants to be rung."""
    if after.status is not before.status:
        await goals.move(tx, after.id, {Goal.CALLBACK: goal_of_callback(after.status)}, now)
    elif after.promised_at != before.promised_at:
        await goals.put_off(tx, after.id, now, until=after.promised_at)


async def _about(command: PromiseCallback, tx: Tx) -> tuple[str | None, str | None]:
    """Contract and subscriber of what the promise is about."""
    if command.inquiry_id is not None:
        found = await inquiries.find(tx, command.inquiry_id)
        if found is None or command.contract_id not in {None, found.inquiry.contract_id}:
            raise InquiryUnknown(inquiry_id=command.inquiry_id)
        return found.inquiry.contract_id, found.inquiry.subscriber_id
    if command.contract_id is not None:
        known = await entitlements.find(tx, command.contract_id)
        if known is None:
            raise ContractUnknown(contract_id=command.contract_id)
        return command.contract_id, known.subscriber_id
    return None, None
