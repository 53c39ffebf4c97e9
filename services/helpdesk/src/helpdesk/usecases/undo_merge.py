"""The duplicate was none: it stands alone again, as before the merge, with a unit of its own month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from common.db import Tx
from helpdesk.domain import merging
from helpdesk.domain.inquiry import Inquiry, UnitSource
from helpdesk.domain.merging import Merged
from helpdesk.domain.quota import LedgerReason
from helpdesk.storage import goals
from helpdesk.usecases.accept_inquiry import Accepted
from helpdesk.usecases.recording import record, taken_up, tell_thresholds
from helpdesk.usecases.retaking import balance_of, retake


@dataclass(frozen=True, kw_only=True)
class UndoMerge:
    """Which duplicate was none; `within` is how long after the merge that is possible."""

    inquiry_id: str
    within: timedelta
    expected_version: int | None = None


async def undo_merge(command: UndoMerge, tx: Tx, now: datetime) -> Accepted:
    """Take the merge back (R-QUOTA-COUNT): the inquiry as it is then, and what is left of its month.

    One whose unit had gone back because of an outage stands again without. Raises `InquiryUnknown`, `WrongState`,
    `MergeUndoTooLate`, `InquiryQuotaExhausted` when the month has no unit left, `QuotaContended`, `StaleVersion`.
    """
    source = await taken_up(tx, command.inquiry_id, command.expected_version)
    merged = merging.undoable(source, within=command.within, now=now)
    if not source.counted:
        after = await _alone(source, merged, source.unit_source, tx, now)
        return Accepted(inquiry=after, balance=await balance_of(tx, after))
    evidence = {"target_inquiry_id": merged.target_id, "merged_at": merged.at}
    again = await retake(tx, source, LedgerReason.MERGE_UNDONE, evidence, now)
    after = await _alone(source, merged, again.unit_source, tx, now)
    await tell_thresholds(tx, after, again.taken, allowed=again.balance.allowed, now=now)
    return Accepted(inquiry=after, balance=again.balance)


async def _alone(source: Inquiry, merged: Merged, unit_source: UnitSource, tx: Tx, now: datetime) -> Inquiry:
    after = await record(tx, source, merging.undo(source, merged, unit_source=unit_source, actor=tx.actor), now)
    await goals.judge_again(tx, now, inquiry_id=merged.target_id)
    return after
