"""The customer answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain.inquiry import Inquiry, resume
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class ResumeInquiry:
    """Which inquiry goes on."""

    inquiry_id: str
    expected_version: int | None = None


async def resume_inquiry(command: ResumeInquiry, tx: Tx, now: datetime) -> Inquiry:
    """Go on; raises `InquiryUnknown`, `WrongState`, `StaleVersion`."""
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    return await record(tx, inquiry, resume(inquiry, actor=tx.actor), now)
