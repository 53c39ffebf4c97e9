"""The customer has to do something first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain.inquiry import Inquiry, wait
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class WaitForCustomer:
    """What is waited for."""

    inquiry_id: str
    reason: str
    expected_version: int | None = None


async def wait_for_customer(command: WaitForCustomer, tx: Tx, now: datetime) -> Inquiry:
    """Put the inquiry aside; raises `InquiryUnknown`, `WrongState`, `StaleVersion`."""
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    return await record(tx, inquiry, wait(inquiry, reason=command.reason, actor=tx.actor), now)
