"""The fault came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from common.db import Tx
from helpdesk.domain.inquiry import Inquiry, reopen
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class ReopenInquiry:
    """Which inquiry goes on; `within` is how long after its end that is possible."""

    inquiry_id: str
    within: timedelta
    expected_version: int | None = None


async def reopen_inquiry(command: ReopenInquiry, tx: Tx, now: datetime) -> Inquiry:
    """Reopen it without a unit (R-QUOTA-COUNT).

    Raises `InquiryUnknown`, `WrongState`, `ReopeningTooLate`, `StaleVersion`.
    """
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    return await record(tx, inquiry, reopen(inquiry, within=command.within, actor=tx.actor, now=now), now)
