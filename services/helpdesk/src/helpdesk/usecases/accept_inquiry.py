"""Accept an inquiry, or refuse it by name: one transaction decides and does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from common.civil import jst_day
from common.db import Tx
from common.errors import DomainError, Refused
from common.events.base import NewEvent
from common.events.helpdesk import InquiryRefused
from common.events.keys import key_of
from common.ids import new_id
from helpdesk.domain.acceptance import Admission, Facts, Report, judge, opened
from helpdesk.domain.inquiry import Inquiry, InquiryStatus
from helpdesk.domain.products import Scope, scope_of
from helpdesk.domain.quota import Balance, Counter, LedgerEntry, LedgerReason, allowance_of
from helpdesk.domain.refusals import CatalogueUnknown, ContractUnknown, InquiryQuotaExhausted, QuotaContended
from helpdesk.storage import entitlements, inquiries, opening, refusals
from helpdesk.storage.catalogue import CALENDAR
from helpdesk.storage.entitlements import KnownForAcceptance, Told
from helpdesk.storage.inquiries import InquiryRecord
from helpdesk.storage.opening import NewInquiry
from helpdesk.usecases.keep_products import found_product
from helpdesk.usecases.recording import case_events, tell_thresholds

ATTEMPTS = 10
"""How often a decision is made anew when others take or give back units between reading and writing."""

RULE = "R-QUOTA-INQUIRY"


@dataclass(frozen=True, kw_only=True)
class AcceptInquiry:
    """What the caller reports."""

    contract_id: str
    report: Report
    summary: str
    caller_name: str | None = None
    caller_phone: str | None = None
    device_kind: str | None = None
    device_os: str | None = None


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The inquiry and what is left of its month.

    `told` says how old the entitlements are that decided; None where none did. `scope` is that of a product that was
    named.
    """

    inquiry: Inquiry
    balance: Balance
    told: Told | None = None
    scope: Scope | None = None


async def accept_inquiry(command: AcceptInquiry, tx: Tx, now: datetime) -> Accepted | Refused:
    """Take one unit of the fee month of `now` and open the inquiry (R-QUOTA-INQUIRY), or record the refusal.

    Raises `ContractUnknown`, `CatalogueUnknown`, `ProductUnknown`, and `QuotaContended` when others kept getting in
    between.
    """
    for attempt in range(ATTEMPTS):
        known = await entitlements.share_for_acceptance(tx, command.contract_id)
        if known is None:
            raise ContractUnknown(contract_id=command.contract_id)
        facts = _facts(known, now, earlier=await _earlier(command, tx), scope=await _scope(command, tx, now))
        try:
            admission = judge(command.report, facts)
        except DomainError as error:
            if attempt == 0 and _short_of_units(error):
                continue  # the first read may have waited for a change, and shows the counters of before the wait
            return await _refuse(command, error, known, facts, tx)
        accepted = await _open(command, admission, known, tx, now)
        if accepted is not None:
            return replace(accepted, scope=facts.scope) if facts.scope is not None else accepted
    raise QuotaContended(contract_id=command.contract_id)


def _short_of_units(error: DomainError) -> bool:
    return any(isinstance(cause, InquiryQuotaExhausted) for cause in error.reasons)


async def _earlier(command: AcceptInquiry, tx: Tx) -> InquiryRecord | None:
    """The inquiry that this one follows up."""
    return None if command.report.follow_up_of is None else await inquiries.find(tx, command.report.follow_up_of)


async def _scope(command: AcceptInquiry, tx: Tx, now: datetime) -> Scope | None:
    """What holds today for the product that is named."""
    named = command.report.product_id
    return None if named is None else scope_of(await found_product(named, tx), jst_day(now))


def _facts(known: KnownForAcceptance, now: datetime, *, earlier: InquiryRecord | None, scope: Scope | None) -> Facts:
    if known.calendar is None:
        raise CatalogueUnknown(part=CALENDAR)
    standing = known.standing(now)
    return Facts(
        standing=standing,
        allowance=allowance_of(known.state, standing.fee_month),
        counter=known.counters.get(standing.fee_month.name, Counter()),
        calendar=known.calendar,
        received_at=now,
        known_up_to=known.known_at,
        follows_up_contract=earlier.inquiry.contract_id if earlier is not None else None,
        scope=scope,
    )


async def _open(
    command: AcceptInquiry, admission: Admission, known: KnownForAcceptance, tx: Tx, now: datetime
) -> Accepted | None:
    inquiry = _inquiry(command, admission, known, now)
    new = NewInquiry(
        inquiry=inquiry,
        caller_name=command.caller_name,
        caller_phone=command.caller_phone,
        accepted_by=tx.actor,
        decision={**admission.inputs, "entitlements_version": known.version},
    )
    taken = await opening.accept(
        tx,
        new,
        _entry(inquiry, tx.actor, now),
        entitlement_version=known.version,
        allowance=admission.allowance,
    )
    if taken is None:
        return None
    facts = opened(inquiry, allowance=admission.allowance, used=taken.used, actor=tx.actor)
    await tx.publish(*case_events(inquiry, facts, first=1, now=now))
    await tell_thresholds(tx, inquiry, taken, allowed=admission.allowance.limit, now=now)
    balance = Balance(fee_month=inquiry.fee_month, allowed=admission.allowance.limit, used=taken.used)
    return Accepted(inquiry=inquiry, balance=balance, told=known.told(now))


def _inquiry(command: AcceptInquiry, admission: Admission, known: KnownForAcceptance, now: datetime) -> Inquiry:
    return Inquiry(
        id=new_id("inq"),
        contract_id=command.contract_id,
        subscriber_id=known.subscriber_id,
        partner=known.partner,
        status=InquiryStatus.ACCEPTED,
        kind=admission.kind,
        channel=admission.channel.value,
        site=admission.site,
        summary=command.summary,
        device_kind=command.device_kind,
        device_os=command.device_os,
        suspected=None,
        received_at=now,
        fee_month=admission.fee_month.name,
        unit_source=admission.unit_source,
        version=admission.facts,
        follow_up_of=command.report.follow_up_of,
    )


def _entry(inquiry: Inquiry, actor: str, now: datetime) -> LedgerEntry:
    return LedgerEntry(
        id=new_id("led"),
        contract_id=inquiry.contract_id,
        partner=inquiry.partner,
        fee_month=inquiry.fee_month,
        inquiry_id=inquiry.id,
        units=1,
        unit_source=inquiry.unit_source,
        reason=LedgerReason.ACCEPTED,
        rule_id=RULE,
        evidence={"received_at": inquiry.received_at, "kind": inquiry.kind.value, "channel": inquiry.channel},
        actor=actor,
        at=now,
    )


async def _refuse(
    command: AcceptInquiry, error: DomainError, known: KnownForAcceptance, facts: Facts, tx: Tx
) -> Refused:
    reference, fee_month = new_id("ref"), facts.standing.fee_month.name
    codes = tuple(cause.code for cause in error.reasons)
    report = command.report
    await refusals.add(
        tx,
        refusals.Refusal(
            id=reference,
            contract_id=command.contract_id,
            codes=list(codes),
            rule_ids=list(error.rule_ids),
            reasons=[{"code": cause.code, "rule_ids": cause.rule_ids, "why": cause.why} for cause in error.reasons],
            kind=report.kind,
            channel=report.channel,
            site=report.site,
            received_at=facts.received_at,
            fee_month=fee_month,
            actor=tx.actor,
        ),
    )
    refused = InquiryRefused(
        actor=tx.actor,
        refusal_id=reference,
        contract_id=command.contract_id,
        codes=codes,
        rule_ids=error.rule_ids,
        kind=report.kind,
        channel=report.channel,
        site=report.site,
        received_at=facts.received_at,
        fee_month=fee_month,
    )
    await tx.publish(
        NewEvent(
            data=refused,
            subject=reference,
            sequence=1,
            key=key_of(refused),
            time=facts.received_at,
            partner=known.partner,
            correlation_id=command.contract_id,
        )
    )
    return Refused(error, reference)
