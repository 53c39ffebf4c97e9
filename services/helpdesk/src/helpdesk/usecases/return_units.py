"""Units of inquiries that were an outage's: given back while the case stays, and taken again when it was none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain import unit_returns
from helpdesk.domain.inquiry import Inquiry
from helpdesk.domain.quota import LedgerReason
from helpdesk.storage import outages
from helpdesk.usecases.accept_inquiry import Accepted
from helpdesk.usecases.keep_outages import read_outage
from helpdesk.usecases.recording import give_back, record, taken_up, tell_thresholds
from helpdesk.usecases.retaking import retake


@dataclass(frozen=True, kw_only=True)
class CountAgain:
    """Which inquiry was no outage's, and why that is said."""

    inquiry_id: str
    reason: str
    expected_version: int | None = None


async def return_unit(outage_id: str, inquiry_id: str, reason: str, tx: Tx, now: datetime) -> Inquiry | None:
    """Give its unit back to the month it came from; the case stays (R-QUOTA-COUNT). None: it went back before.

    Raises `OutageUnknown`, `InquiryUnknown`, `UnitNotOfOutage`, `UnitWentBack`.
    """
    await read_outage(outage_id, tx)
    inquiry = await taken_up(tx, inquiry_id)
    linked_to = await outages.outage_of(tx, inquiry.id)
    step = unit_returns.return_unit(inquiry, outage_id, linked_to=linked_to, reason=reason, actor=tx.actor)
    if step is None:
        return None
    after = await record(tx, inquiry, step, now)
    await give_back(tx, inquiry, LedgerReason.OUTAGE, {"outage_id": outage_id, "reason": reason}, now)
    return after


async def count_again(command: CountAgain, tx: Tx, now: datetime) -> Accepted:
    """Take a unit of its month for it again (R-QUOTA-COUNT): the inquiry as it is then, and what is left of the month.

    Raises `InquiryUnknown`, `StaleVersion`, `WrongState`, `InquiryCounts`, `InquiryQuotaExhausted`, `QuotaContended`.
    """
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    unit_returns.require_uncounted(inquiry)
    again = await retake(tx, inquiry, LedgerReason.COUNTED_AGAIN, {"reason": command.reason}, now)
    step = unit_returns.count_again(inquiry, unit_source=again.unit_source, reason=command.reason, actor=tx.actor)
    after = await record(tx, inquiry, step, now)
    await tell_thresholds(tx, after, again.taken, allowed=again.balance.allowed, now=now)
    return Accepted(inquiry=after, balance=again.balance)
