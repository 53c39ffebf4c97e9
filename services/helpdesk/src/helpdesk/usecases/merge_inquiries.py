"""Two inquiries were one fault: the duplicate becomes part of the other, and its unit goes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain.bookings import refuse_to_end
from helpdesk.domain.inquiry import Inquiry
from helpdesk.domain.merging import merge
from helpdesk.domain.quota import LedgerReason
from helpdesk.domain.refusals import InquiryUnknown
from helpdesk.storage import bookings, case_work, goals, inquiries
from helpdesk.usecases.recording import give_back, not_stale, record


@dataclass(frozen=True, kw_only=True)
class MergeInquiries:
    """The duplicate, and what it is a duplicate of; `expected_version` is the duplicate's."""

    source_id: str
    target_id: str
    expected_version: int | None = None


async def merge_inquiries(command: MergeInquiries, tx: Tx, now: datetime) -> Inquiry:
    """Merge; the unit returns to the month it came from (R-QUOTA-COUNT). The source as it is then.

    Raises `InquiryUnknown`, `MergeNotPossible`, `WrongState`, `RemoteSessionRunning`, `SessionStillBooked`,
    `StaleVersion`.
    """
    locked = await inquiries.lock_all(tx, {command.source_id, command.target_id})
    for inquiry_id in (command.source_id, command.target_id):
        if inquiry_id not in locked:
            raise InquiryUnknown(inquiry_id=inquiry_id)
    source, target = locked[command.source_id], locked[command.target_id]
    await not_stale(tx, source, command.expected_version)
    running = await case_work.session_running(tx, source.id)
    step = merge(source, target, session_running=running, actor=tx.actor, now=now)
    refuse_to_end(await bookings.live(tx, source.id))
    after = await record(tx, source, step, now)
    await goals.judge_again(tx, now, inquiry_id=target.id)
    await give_back(tx, source, LedgerReason.MERGED, {"target_inquiry_id": target.id}, now)
    return after
