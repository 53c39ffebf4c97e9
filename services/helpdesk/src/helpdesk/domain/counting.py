"""What counts as one inquiry (R-QUOTA-COUNT): voiding gives a unit back, splitting takes one more (merging: `merging`).

A unit goes back to the month it came from, whether that month is over or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from common.entitlements import Standing
from common.errors import refuse_if_any
from common.events.helpdesk import CaseData, InquirySplit, InquiryVoided
from helpdesk.domain.acceptance import (
    facts_at_birth,
    kind_known,
    quota_inputs,
    site_known,
    telework_allowed,
    trouble_of,
)
from helpdesk.domain.inquiry import GONE, Inquiry, InquiryKind, InquiryStatus, Site, Step, UnitSource, require
from helpdesk.domain.quota import Allowance, Counter, LedgerEntry, LedgerReason, next_source
from helpdesk.domain.refusals import InquiryQuotaExhausted, RemoteSessionRunning

RULE = "R-QUOTA-COUNT"
STILL_THERE = frozenset(InquiryStatus) - GONE
"""It stands for a case of its own."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """The second fault, in the caller's words."""

    kind: str
    site: str


@dataclass(frozen=True, kw_only=True)
class AdmittedPart:
    """The judged words, the unit to be taken, and how many facts the new inquiry is born with."""

    kind: InquiryKind
    site: Site
    unit_source: UnitSource
    facts: int


def void(inquiry: Inquiry, *, reason: str, session_running: bool, actor: str) -> Step:
    """Opened wrongly or out of scope: it does not count (R-QUOTA-COUNT)."""
    require(inquiry, STILL_THERE)
    require_no_session(inquiry, session_running=session_running)
    voided = InquiryVoided(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        reason=reason,
        fee_month=inquiry.fee_month,
        units=goes_back(inquiry),
    )
    return Step(inquiry=replace(inquiry, status=InquiryStatus.VOIDED), events=(voided,))


def goes_back(inquiry: Inquiry) -> int:
    """What goes back with an inquiry that no longer stands: its unit, unless that went back before."""
    return -1 if inquiry.counted else 0


def judge_split(
    source: Inquiry,
    asked: Part,
    *,
    standing: Standing,
    month: tuple[Allowance, Counter],
    known_up_to: datetime,
) -> AdmittedPart:
    """Whether a second fault of `source` may become an inquiry, with one more unit of its month (R-QUOTA-COUNT).

    Raises `InquiryQuotaExhausted` when that month has none left, `InquiryKindUnknown`, `SiteUnknown`,
    `TeleworkRequiresStandard` (all that apply), and `WrongState` when the source no longer stands for a case.
    """
    require(source, STILL_THERE)
    allowance, counter = month
    unit_source = next_source(allowance, counter)
    exhausted = InquiryQuotaExhausted(
        **quota_inputs(source.fee_month, allowance, counter), source_inquiry_id=source.id, known_up_to=known_up_to
    )
    refuse_if_any(
        [
            kind_known(asked.kind),
            site_known(asked.site),
            telework_allowed(asked.site, standing, known_up_to=known_up_to),
            exhausted if unit_source is None else None,
        ]
    )
    if unit_source is None:
        raise exhausted
    kind = InquiryKind(asked.kind)
    return AdmittedPart(kind=kind, site=Site(asked.site), unit_source=unit_source, facts=facts_at_birth(kind))


def split_facts(part: Inquiry, *, source_id: str, actor: str) -> tuple[CaseData, ...]:
    """The second fault became an inquiry of its own and took a unit of the source's month."""
    split = InquirySplit(
        actor=actor,
        inquiry_id=part.id,
        contract_id=part.contract_id,
        source_inquiry_id=source_id,
        kind=part.kind.value,
        site=part.site.value,
        device_kind=part.device_kind,
        received_at=part.received_at,
        fee_month=part.fee_month,
        units=1,
        unit_source=part.unit_source.value,
    )
    return (split, *trouble_of(part, actor=actor))


def unit_back(
    inquiry: Inquiry, *, entry_id: str, reason: LedgerReason, evidence: dict[str, Any], actor: str, now: datetime
) -> LedgerEntry:
    """The ledger entry that returns the unit an inquiry took, to its month and to where it came from."""
    return LedgerEntry(
        id=entry_id,
        contract_id=inquiry.contract_id,
        partner=inquiry.partner,
        fee_month=inquiry.fee_month,
        inquiry_id=inquiry.id,
        units=-1,
        unit_source=inquiry.unit_source,
        reason=reason,
        rule_id=RULE,
        evidence=evidence,
        actor=actor,
        at=now,
    )


def unit_taken(
    inquiry: Inquiry, *, entry_id: str, reason: LedgerReason, evidence: dict[str, Any], actor: str, now: datetime
) -> LedgerEntry:
    """The ledger entry that takes the unit an inquiry holds from now on (R-QUOTA-COUNT)."""
    back = unit_back(inquiry, entry_id=entry_id, reason=reason, evidence=evidence, actor=actor, now=now)
    return replace(back, units=1)


def require_no_session(inquiry: Inquiry, *, session_running: bool) -> None:
    """Raise `RemoteSessionRunning` while somebody is on the customer's screen."""
    if session_running:
        raise RemoteSessionRunning(inquiry_id=inquiry.id)
