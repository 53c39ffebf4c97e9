"""Whose case it is: given by hand, taken as the next, taken over, put back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain import assignment
from helpdesk.domain.desk_refusals import OperatorUnknown
from helpdesk.domain.inquiry import Inquiry, Step
from helpdesk.storage import desk
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class AssignInquiry:
    """Who is to have it."""

    inquiry_id: str
    assignee: str
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class TakeOver:
    """Why it is taken from whoever has it."""

    inquiry_id: str
    reason: str
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class QueueInquiry:
    """In whose queue it is to wait; None: everybody's."""

    inquiry_id: str
    group: str | None
    expected_version: int | None = None


async def assign_inquiry(command: AssignInquiry, tx: Tx, now: datetime) -> Inquiry:
    """Give it. Raises `OperatorUnknown`, `AssignedToAnother`, `WrongState`, `InquiryUnknown`, `StaleVersion`."""
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    if command.assignee != tx.actor and not await desk.is_known(tx, command.assignee):
        raise OperatorUnknown(operator=command.assignee)
    return await _stepped(inquiry, lambda it: assignment.assign(it, command.assignee, actor=tx.actor), tx, now)


async def take_over(command: TakeOver, tx: Tx, now: datetime) -> Inquiry:
    """Take it from another. Raises `NotAssigned`, `WrongState`, `InquiryUnknown`, `StaleVersion`."""
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    return await _stepped(inquiry, lambda it: assignment.take_over(it, command.reason, actor=tx.actor), tx, now)


async def queue_inquiry(command: QueueInquiry, tx: Tx, now: datetime) -> Inquiry:
    """Put it into a queue.

    Raises `DeskGroupUnknown`, `AssignedToAnother`, `WrongState`, `InquiryUnknown`, `StaleVersion`.
    """
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    await desk.require_group(tx, command.group)
    return await _stepped(inquiry, lambda it: assignment.queue(it, command.group, actor=tx.actor), tx, now)


async def take_next(tx: Tx, now: datetime) -> Inquiry | None:
    """Take what is due first of one's own queues; None when nothing waits. Raises `OperatorNotAvailable`."""
    assignment.require_available(await desk.find_operator(tx, tx.actor))
    found = await desk.lock_next(tx, tx.actor)
    if found is None:
        return None
    inquiry = await taken_up(tx, found)
    return await _stepped(inquiry, lambda it: assignment.assign(it, tx.actor, actor=tx.actor), tx, now)


async def _stepped(inquiry: Inquiry, step: Callable[[Inquiry], Step], tx: Tx, now: datetime) -> Inquiry:
    done = step(inquiry)
    return await record(tx, inquiry, done, now) if done.events else inquiry
