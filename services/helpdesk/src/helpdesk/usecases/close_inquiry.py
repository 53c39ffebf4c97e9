"""Over for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain.inquiry import Inquiry, close
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class CloseInquiry:
    """Which inquiry is over."""

    inquiry_id: str
    expected_version: int | None = None


async def close_inquiry(command: CloseInquiry, tx: Tx, now: datetime) -> Inquiry:
    """Close it; raises `InquiryUnknown`, `WrongState`, `StaleVersion`."""
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    return await record(tx, inquiry, close(inquiry, actor=tx.actor, now=now), now)
