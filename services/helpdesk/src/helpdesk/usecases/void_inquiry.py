"""Opened wrongly or out of scope: the unit goes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain.bookings import refuse_to_end
from helpdesk.domain.counting import void
from helpdesk.domain.inquiry import Inquiry
from helpdesk.domain.quota import LedgerReason
from helpdesk.storage import bookings, case_work
from helpdesk.usecases.recording import give_back, record, taken_up


@dataclass(frozen=True, kw_only=True)
class VoidInquiry:
    """Which inquiry does not count, and why."""

    inquiry_id: str
    reason: str
    expected_version: int | None = None


async def void_inquiry(command: VoidInquiry, tx: Tx, now: datetime) -> Inquiry:
    """Void it and return its unit to the month it came from (R-QUOTA-COUNT).

    Raises `InquiryUnknown`, `WrongState`, `RemoteSessionRunning`, `SessionStillBooked`, `StaleVersion`.
    """
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    running = await case_work.session_running(tx, inquiry.id)
    step = void(inquiry, reason=command.reason, session_running=running, actor=tx.actor)
    refuse_to_end(await bookings.live(tx, inquiry.id))
    after = await record(tx, inquiry, step, now)
    await give_back(tx, inquiry, LedgerReason.VOIDED, {"reason": command.reason}, now)
    return after
