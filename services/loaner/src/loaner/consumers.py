"""What loans hear from others.

Projections keep what was told. Reactions keep it too, for they may hear it first, and then judge the loans that rest on
it again.
"""

from __future__ import annotations

from datetime import datetime

from common.consumers import REVOCATIONS
from common.consuming import Handlers
from common.db import Tx
from common.events.base import Received
from common.events.contracts import (
    AddressChanged,
    AddressErased,
    CatalogueChanged,
    EntitlementsChanged,
    SubscriberErased,
)
from common.events.helpdesk import (
    FaultIsolated,
    FaultNotIsolated,
    InquiriesMerged,
    InquiryAccepted,
    InquiryClosed,
    InquiryMergeUndone,
    InquiryReopened,
    InquirySplit,
    InquiryVoided,
    VerdictData,
)
from loaner.domain.cases import CaseStatus, Verdict
from loaner.storage import cases, knowledge
from loaner.usecases.review_loans import review_loans_of_inquiry, review_unshipped_loans

JUDGED_BY = frozenset({"loan_kinds", "settings"})
"""The parts of the catalogue that loans are judged by."""

CaseStatusNews = InquiryVoided | InquiryClosed | InquiryReopened | InquiriesMerged | InquiryMergeUndone


async def keep_entitlements(event: Received[EntitlementsChanged], tx: Tx, now: datetime) -> None:
    """The newest entitlements; rows of a contract that moved to another partner move with it."""
    await knowledge.keep_entitlements(tx, event.data, event.time)
    await knowledge.give_to_partner(tx, event.data.contract_id)


async def keep_catalogue(event: Received[CatalogueChanged], tx: Tx, now: datetime) -> None:
    """Loan kinds and numbers."""
    if event.data.part in JUDGED_BY:
        await knowledge.keep_catalogue(tx, event.data, sequence=event.sequence, at=event.time)


async def keep_address(event: Received[AddressChanged], tx: Tx, now: datetime) -> None:
    """Addresses, for labels."""
    await knowledge.keep_address(tx, event.data, sequence=event.sequence)


async def forget_address(event: Received[AddressErased], tx: Tx, now: datetime) -> None:
    """An address is nobody's any more."""
    await knowledge.forget_address(tx, event.data.address_id)


async def forget_person(event: Received[SubscriberErased], tx: Tx, now: datetime) -> None:
    """Who wished for a loan is forgotten; the contract's address stays with the contract."""
    await knowledge.forget_subscriber(tx, event.data.subscriber_id)


async def keep_case(event: Received[InquiryAccepted | InquirySplit], tx: Tx, now: datetime) -> None:
    """A case and its place."""
    await cases.accepted(
        tx,
        inquiry_id=event.data.inquiry_id,
        contract_id=event.data.contract_id,
        partner=event.partner,
        site=event.data.site,
        at=event.time,
    )


async def keep_verdict(event: Received[VerdictData], tx: Tx, now: datetime) -> None:
    """The latest verdict of a case."""
    data = event.data
    verdict = Verdict(
        verdict_id=data.verdict_id,
        result=data.result,
        cause=data.cause,
        failed_device_kind=data.failed_device_kind,
        site=data.site,
    )
    await cases.judged(
        tx,
        inquiry_id=data.inquiry_id,
        contract_id=data.contract_id,
        partner=event.partner,
        verdict=verdict,
        sequence=event.sequence,
        at=event.time,
    )


def _status_of(news: CaseStatusNews) -> CaseStatus:
    match news:
        case InquiryVoided():
            return CaseStatus.VOIDED
        case InquiryClosed():
            return CaseStatus.CLOSED
        case InquiriesMerged():
            return CaseStatus.MERGED
        case InquiryReopened():
            return CaseStatus.OPEN
        case InquiryMergeUndone():
            return CaseStatus.CLOSED if news.status == CaseStatus.CLOSED else CaseStatus.OPEN


async def keep_status(event: Received[CaseStatusNews], tx: Tx, now: datetime) -> None:
    """Where a case stands, and what it became part of."""
    data = event.data
    await cases.stands(
        tx,
        inquiry_id=data.inquiry_id,
        contract_id=data.contract_id,
        partner=event.partner,
        status=_status_of(data),
        merged_into=data.target_inquiry_id if isinstance(data, InquiriesMerged) else None,
        sequence=event.sequence,
        at=event.time,
    )


async def review_after_verdict(event: Received[VerdictData], tx: Tx, now: datetime) -> None:
    """A verdict may supersede the one that a loan rests on (R-ISOLATION-EVIDENCE)."""
    await keep_verdict(event, tx, now)
    await review_loans_of_inquiry(tx, event.data.inquiry_id, now)


async def review_after_status(event: Received[CaseStatusNews], tx: Tx, now: datetime) -> None:
    """A case that was voided or merged no longer is the evidence it was; one that stands alone again is its own."""
    await keep_status(event, tx, now)
    await review_loans_of_inquiry(tx, event.data.inquiry_id, now)


async def review_after_entitlements(event: Received[EntitlementsChanged], tx: Tx, now: datetime) -> None:
    """A move, another plan or the end of the contract: unshipped loans are judged again (R-ADDRESS)."""
    await knowledge.keep_entitlements(tx, event.data, event.time)
    await review_unshipped_loans(tx, now, contract_id=event.data.contract_id)


async def review_after_catalogue(event: Received[CatalogueChanged], tx: Tx, now: datetime) -> None:
    """Other kinds are lent, or stand in for others."""
    await keep_catalogue(event, tx, now)
    if event.data.part in JUDGED_BY:
        await review_unshipped_loans(tx, now)


PROJECTIONS: Handlers = {
    **REVOCATIONS,
    EntitlementsChanged: keep_entitlements,
    CatalogueChanged: keep_catalogue,
    AddressChanged: keep_address,
    AddressErased: forget_address,
    SubscriberErased: forget_person,
    InquiryAccepted: keep_case,
    InquirySplit: keep_case,
    FaultIsolated: keep_verdict,
    FaultNotIsolated: keep_verdict,
    InquiryVoided: keep_status,
    InquiryClosed: keep_status,
    InquiryReopened: keep_status,
    InquiriesMerged: keep_status,
    InquiryMergeUndone: keep_status,
}
REACTIONS: Handlers = {
    EntitlementsChanged: review_after_entitlements,
    CatalogueChanged: review_after_catalogue,
    FaultIsolated: review_after_verdict,
    FaultNotIsolated: review_after_verdict,
    InquiryVoided: review_after_status,
    InquiriesMerged: review_after_status,
    InquiryMergeUndone: review_after_status,
}
PROJECTION_TABLES = ("entitlement", "catalogue", "address", "support_case", "token_revocation")
"""Tables that nothing but these handlers writes: they can be thrown away and built again."""
