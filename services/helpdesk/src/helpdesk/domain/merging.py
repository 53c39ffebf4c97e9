"""Two inquiries were one fault: the duplicate becomes part of the other, and for a day that can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from common.errors import WrongState
from common.events.helpdesk import InquiriesMerged, InquiryMergeUndone
from helpdesk.domain.acceptance import quota_inputs
from helpdesk.domain.counting import STILL_THERE, goes_back, require_no_session
from helpdesk.domain.inquiry import Inquiry, InquiryStatus, Step, UnitSource, require
from helpdesk.domain.quota import Allowance, Counter, next_source
from helpdesk.domain.refusals import InquiryQuotaExhausted, MergeNotPossible, MergeUndoTooLate


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A merge as it stands: what it is part of, since when, and what it was before."""

    target_id: str
    at: datetime
    status_before: InquiryStatus


def merge(source: Inquiry, target: Inquiry, *, session_running: bool, actor: str, now: datetime) -> Step:
    """`source` was a duplicate of `target` and becomes part of it; its unit goes back (R-QUOTA-COUNT).

    Raises `MergeNotPossible` for one and the same inquiry or inquiries of different contracts, `WrongState` when either
    is voided or merged itself.
    """
    if source.id == target.id or source.contract_id != target.contract_id:
        raise MergeNotPossible(
            source_id=source.id, target_id=target.id, same_contract=source.contract_id == target.contract_id
        )
    require(source, STILL_THERE)
    require(target, STILL_THERE)
    require_no_session(source, session_running=session_running)
    merged = InquiriesMerged(
        actor=actor,
        inquiry_id=source.id,
        contract_id=source.contract_id,
        target_inquiry_id=target.id,
        fee_month=source.fee_month,
        units=goes_back(source),
    )
    after = replace(
        source,
        status=InquiryStatus.MERGED,
        merged_into=target.id,
        merged_at=now,
        status_before_merge=source.status,
    )
    return Step(inquiry=after, events=(merged,))


def undoable(source: Inquiry, *, within: timedelta, now: datetime) -> Merged:
    """The merge that may be taken back; raises `WrongState` when there is none, `MergeUndoTooLate` after `within`."""
    require(source, frozenset({InquiryStatus.MERGED}))
    target_id, at, before = source.merged_into, source.merged_at, source.status_before_merge
    if target_id is None or at is None or before is None:
        raise WrongState(status=source.status.value, merged_at=at)
    if now >= at + within:
        raise MergeUndoTooLate(
            merged_at=at, undoable_until=at + within, now=now, hours=int(within.total_seconds() // 3600)
        )
    return Merged(target_id=target_id, at=at, status_before=before)


def unit_again(source: Inquiry, *, allowance: Allowance, counter: Counter) -> UnitSource:
    """Where the unit of an inquiry that stands alone again comes from; `InquiryQuotaExhausted` when none is left."""
    taken_from = next_source(allowance, counter)
    if taken_from is None:
        raise InquiryQuotaExhausted(**quota_inputs(source.fee_month, allowance, counter), inquiry_id=source.id)
    return taken_from


def undo(source: Inquiry, merged: Merged, *, unit_source: UnitSource, actor: str) -> Step:
    """The inquiry stands where it stood before, with a unit of its own month if it held one (R-QUOTA-COUNT)."""
    undone = InquiryMergeUndone(
        actor=actor,
        inquiry_id=source.id,
        contract_id=source.contract_id,
        target_inquiry_id=merged.target_id,
        status=merged.status_before.value,
        fee_month=source.fee_month,
        units=-goes_back(source),
        unit_source=unit_source.value,
    )
    after = replace(
        source,
        status=merged.status_before,
        merged_into=None,
        merged_at=None,
        status_before_merge=None,
        unit_source=unit_source,
    )
    return Step(inquiry=after, events=(undone,))
