"""Writing down what became of an inquiry: its row, and the facts that say so, in consecutive sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from common.db import Tx
from common.errors import StaleVersion
from common.events.base import NewEvent
from common.events.helpdesk import CaseData, QuotaThresholdReached
from common.events.keys import key_of
from common.ids import new_id
from helpdesk.domain.counting import unit_back
from helpdesk.domain.goals import goals_of_inquiry
from helpdesk.domain.inquiry import Inquiry, Step
from helpdesk.domain.quota import THRESHOLDS, LedgerReason, Taken
from helpdesk.domain.refusals import InquiryUnknown
from helpdesk.storage import goals, inquiries, quota


async def taken_up(tx: Tx, inquiry_id: str, expected_version: int | None = None) -> Inquiry:
    """The inquiry, locked for a change. Raises `InquiryUnknown`, `StaleVersion` when the caller saw another version."""
    found = await inquiries.lock(tx, inquiry_id)
    if found is None:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    await not_stale(tx, found, expected_version)
    return found


async def not_stale(tx: Tx, inquiry: Inquiry, expected_version: int | None) -> None:
    """Raise `StaleVersion` when the caller saw another version; the house is told who made the present one."""
    if expected_version is None or inquiry.version == expected_version:
        return
    changed = await inquiries.last_change(tx, inquiry) if tx.partner is None else None
    by_whom = {"changed_by": changed.actor, "changed_at": changed.at, "change": changed.type} if changed else {}
    raise StaleVersion(version=inquiry.version, expected=expected_version, **by_whom)


async def record(tx: Tx, before: Inquiry, step: Step, now: datetime) -> Inquiry:
    """Save the step and publish its facts; `before` is locked in this transaction. The inquiry as it is then.

    Its goals' clocks run or stand by where it is.
    """
    after = replace(step.inquiry, version=before.version + len(step.events))
    await inquiries.save(tx, after)
    if after.status is not before.status:
        await goals.move(tx, after.id, goals_of_inquiry(after.status), now)
    await tx.publish(*case_events(after, step.events, first=before.version + 1, now=now))
    return after


async def give_back(tx: Tx, inquiry: Inquiry, reason: LedgerReason, evidence: dict[str, Any], now: datetime) -> None:
    """The unit of an inquiry, which is locked, goes back, unless it went back before (R-QUOTA-COUNT)."""
    if inquiry.counted:
        entry = unit_back(inquiry, entry_id=new_id("led"), reason=reason, evidence=evidence, actor=tx.actor, now=now)
        await quota.add(tx, entry)


async def tell_thresholds(tx: Tx, inquiry: Inquiry, taken: Taken, *, allowed: int, now: datetime) -> None:
    """Publish the thresholds of the month that the unit of `inquiry` reached; its counter is locked by that unit."""
    reached = [
        QuotaThresholdReached(
            actor=tx.actor,
            contract_id=inquiry.contract_id,
            fee_month=inquiry.fee_month,
            percent=percent,
            allowed=allowed,
            used=taken.used,
        )
        for percent in taken.thresholds
    ]
    await tx.publish(
        *[
            NewEvent(
                data=fact,
                subject=f"{inquiry.contract_id}/{inquiry.fee_month}",
                sequence=THRESHOLDS.index(fact.percent) + 1,
                key=key_of(fact),
                time=now,
                partner=inquiry.partner,
                correlation_id=inquiry.contract_id,
            )
            for fact in reached
        ]
    )


def case_events(inquiry: Inquiry, facts: Sequence[CaseData], *, first: int, now: datetime) -> list[NewEvent]:
    """Facts about an inquiry as events, their sequences counted from `first`."""
    return [
        NewEvent(
            data=fact,
            subject=inquiry.id,
            sequence=sequence,
            key=key_of(fact),
            time=now,
            partner=inquiry.partner,
            correlation_id=inquiry.id,
        )
        for sequence, fact in enumerate(facts, start=first)
    ]
