"""The duplicate was none: it stands alone again, as before the merge, with a unit of its own month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from common.db import Tx
from common.ids import new_id
from helpdesk.domain import merging
from helpdesk.domain.counting import unit_taken
from helpdesk.domain.inquiry import Inquiry
from helpdesk.domain.merging import Merged
from helpdesk.domain.quota import Allowance, Balance, Counter, LedgerEntry, LedgerReason
from helpdesk.domain.refusals import QuotaContended
from helpdesk.storage import goals, opening, quota
from helpdesk.usecases.accept_inquiry import ATTEMPTS, Accepted
from helpdesk.usecases.recording import record, taken_up, tell_thresholds


@dataclass(frozen=True, kw_only=True)
class UndoMerge:
    """Which duplicate was none; `within` is how long after the merge that is possible."""

    inquiry_id: str
    within: timedelta
    expected_version: int | None = None


async def undo_merge(command: UndoMerge, tx: Tx, now: datetime) -> Accepted:
    """Take the merge back (R-QUOTA-COUNT): the inquiry as it is then, and what is left of its month.

    Raises `InquiryUnknown`, `WrongState`, `MergeUndoTooLate`, `InquiryQuotaExhausted` when the month has no unit left,
    `QuotaContended`, `StaleVersion`.
    """
    source = await taken_up(tx, command.inquiry_id, command.expected_version)
    merged = merging.undoable(source, within=command.within, now=now)
    for _ in range(ATTEMPTS):
        month = await quota.month(tx, source.contract_id, source.fee_month)
        allowance, counter = (month.allowance, month.counter) if month else (Allowance(0, 0), Counter())
        unit_source = merging.unit_again(source, allowance=allowance, counter=counter)
        step = merging.undo(source, merged, unit_source=unit_source, actor=tx.actor)
        entry = _entry(step.inquiry, merged, actor=tx.actor, now=now)
        taken = await opening.retake(tx, entry, allowance=allowance)
        if taken is not None:
            after = await record(tx, source, step, now)
            await goals.judge_again(tx, now, inquiry_id=merged.target_id)
            balance = Balance(fee_month=after.fee_month, allowed=allowance.limit, used=taken.used)
            await tell_thresholds(tx, after, taken, allowed=allowance.limit, now=now)
            return Accepted(inquiry=after, balance=balance)
    raise QuotaContended(contract_id=source.contract_id)


def _entry(alone: Inquiry, merged: Merged, *, actor: str, now: datetime) -> LedgerEntry:
    return unit_taken(
        alone,
        entry_id=new_id("led"),
        reason=LedgerReason.MERGE_UNDONE,
        evidence={"target_inquiry_id": merged.target_id, "merged_at": merged.at},
        actor=actor,
        now=now,
    )
