"""One call, two faults: the second becomes an inquiry of its own and takes a unit of the source's month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain import counting
from helpdesk.domain.acceptance import quota_inputs
from helpdesk.domain.counting import Part
from helpdesk.domain.inquiry import Inquiry, InquiryStatus
from helpdesk.domain.quota import Allowance, Balance, Counter, LedgerEntry, LedgerReason
from helpdesk.domain.refusals import ContractUnknown, InquiryUnknown, QuotaContended
from helpdesk.storage import entitlements, inquiries, opening, quota
from helpdesk.storage.inquiries import InquiryRecord
from helpdesk.storage.opening import NewInquiry
from helpdesk.usecases.accept_inquiry import ATTEMPTS, Accepted
from helpdesk.usecases.recording import case_events, taken_up, tell_thresholds


@dataclass(frozen=True, kw_only=True)
class SplitInquiry:
    """The second fault; a site that is not said is the source's, and so is `expected_version`."""

    source_id: str
    kind: str
    summary: str
    site: str | None = None
    device_kind: str | None = None
    device_os: str | None = None
    expected_version: int | None = None


async def split_inquiry(command: SplitInquiry, tx: Tx, now: datetime) -> Accepted:
    """Open the second inquiry (R-QUOTA-COUNT).

    Raises `InquiryQuotaExhausted` when the source's month has none left, `InquiryKindUnknown`, `SiteUnknown`,
    `TeleworkRequiresStandard` (all that apply), `WrongState`, `InquiryUnknown`, `QuotaContended`,
    `StaleVersion`.
    """
    await taken_up(tx, command.source_id, command.expected_version)
    source = await inquiries.find(tx, command.source_id)
    if source is None:
        raise InquiryUnknown(inquiry_id=command.source_id)
    contract_id = source.inquiry.contract_id
    known = await entitlements.find(tx, contract_id)
    if known is None:
        raise ContractUnknown(contract_id=contract_id)
    asked = Part(kind=command.kind, site=command.site or source.inquiry.site.value)
    for _ in range(ATTEMPTS):
        month = await quota.month(tx, contract_id, source.inquiry.fee_month)
        allowance, counter = (month.allowance, month.counter) if month else (Allowance(0, 0), Counter())
        admitted = counting.judge_split(
            source.inquiry,
            asked,
            standing=known.standing(now),
            month=(allowance, counter),
            known_up_to=known.known_at,
        )
        part = _part(command, source.inquiry, admitted)
        taken = await opening.split(
            tx,
            _new(part, source, actor=tx.actor, month=(allowance, counter)),
            _entry(part, actor=tx.actor, now=now),
            allowance=allowance,
        )
        if taken is not None:
            facts = counting.split_facts(part, source_id=source.id, actor=tx.actor)
            await tx.publish(*case_events(part, facts, first=1, now=now))
            await tell_thresholds(tx, part, taken, allowed=allowance.limit, now=now)
            balance = Balance(fee_month=part.fee_month, allowed=allowance.limit, used=taken.used)
            return Accepted(inquiry=part, balance=balance, told=known.told(now))
    raise QuotaContended(contract_id=contract_id)


def _part(command: SplitInquiry, source: Inquiry, admitted: counting.AdmittedPart) -> Inquiry:
    return Inquiry(
        id=new_id("inq"),
        contract_id=source.contract_id,
        subscriber_id=source.subscriber_id,
        partner=source.partner,
        status=InquiryStatus.ACCEPTED,
        kind=admitted.kind,
        channel=source.channel,
        site=admitted.site,
        summary=command.summary,
        device_kind=command.device_kind,
        device_os=command.device_os,
        suspected=None,
        received_at=source.received_at,
        fee_month=source.fee_month,
        unit_source=admitted.unit_source,
        version=admitted.facts,
        split_from=source.id,
    )


def _new(part: Inquiry, source: InquiryRecord, *, actor: str, month: tuple[Allowance, Counter]) -> NewInquiry:
    return NewInquiry(
        inquiry=part,
        caller_name=source.caller_name,
        caller_phone=source.caller_phone,
        accepted_by=actor,
        decision={**quota_inputs(part.fee_month, *month), "source_inquiry_id": source.id},
    )


def _entry(part: Inquiry, *, actor: str, now: datetime) -> LedgerEntry:
    return counting.unit_taken(
        part,
        entry_id=new_id("led"),
        reason=LedgerReason.SPLIT,
        evidence={"source_inquiry_id": part.split_from, "kind": part.kind.value},
        actor=actor,
        now=now,
    )
