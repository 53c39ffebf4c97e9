"""The customer's problem is solved, or all that can be done is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain.bookings import refuse_to_end
from helpdesk.domain.inquiry import Inquiry, resolve
from helpdesk.storage import bookings, case_work, inquiries
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class ResolveInquiry:
    """How it ended (`solved_remotely`, `solved_by_visit`, …) and what helped."""

    inquiry_id: str
    outcome: str
    solution: str | None = None
    expected_version: int | None = None


async def resolve_inquiry(command: ResolveInquiry, tx: Tx, now: datetime) -> Inquiry:
    """Resolve it.

    Raises `InquiryUnknown`, `WrongState`, `RemoteSessionRunning`, `SessionStillBooked`, `StaleVersion`.
    """
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    running = await case_work.session_running(tx, inquiry.id)
    step = resolve(inquiry, outcome=command.outcome, session_running=running, actor=tx.actor, now=now)
    refuse_to_end(await bookings.live(tx, inquiry.id))
    after = await record(tx, inquiry, step, now)
    await inquiries.save_solution(tx, inquiry.id, outcome=command.outcome, solution=command.solution)
    return after
