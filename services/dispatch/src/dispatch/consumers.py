"""What dispatch learns from other services, and what it does when it hears of it.

Projections keep what they are told and publish nothing, so that they can be replayed. Reactions keep it too, since
their group may hear it first, and judge again what was promised.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from common.consumers import REVOCATIONS
from common.consuming import Handlers
from common.db import Tx
from common.events.base import Received
from common.events.contracts import (
    AddressChanged,
    AddressErased,
    CalendarChanged,
    CatalogueChanged,
    EntitlementsChanged,
)
from common.events.helpdesk import (
    CaseData,
    FaultIsolated,
    FaultNotIsolated,
    InquiriesMerged,
    InquiryAccepted,
    InquiryClosed,
    InquiryMergeUndone,
    InquiryReopened,
    InquirySplit,
    InquiryVoided,
    OnsiteIsolationRequested,
    VerdictData,
)
from dispatch.domain.cases import CaseStatus
from dispatch.storage import cases, knowledge, requests
from dispatch.usecases.judge_again import judge_requests_again
from dispatch.usecases.open_isolation_request import OpenIsolationRequest, open_isolation_request


async def project_entitlements(event: Received[EntitlementsChanged], tx: Tx, now: datetime) -> None:
    """Keep what the contract may use."""
    await knowledge.learn_entitlements(tx, event.data, event.time)


async def project_catalogue(event: Received[CatalogueChanged], tx: Tx, now: datetime) -> None:
    """Keep a part of the catalogue: menu, consents, loan kinds, settings."""
    await knowledge.learn_catalogue(tx, event.data, event.time)


async def project_calendar(event: Received[CalendarChanged], tx: Tx, now: datetime) -> None:
    """Keep the closed days."""
    await knowledge.learn_calendar(tx, event.data, event.time)


async def project_address(event: Received[AddressChanged], tx: Tx, now: datetime) -> None:
    """Keep an address for the visit sheet."""
    await knowledge.learn_address(tx, event.data)


async def forget_address(event: Received[AddressErased], tx: Tx, now: datetime) -> None:
    """An address is nobody's any more."""
    await knowledge.forget_address(tx, event.data.address_id)


async def project_acceptance(event: Received[InquiryAccepted], tx: Tx, now: datetime) -> None:
    """A case begins."""
    await _learn(event, tx, kind=event.data.kind, site=event.data.site)


async def project_split(event: Received[InquirySplit], tx: Tx, now: datetime) -> None:
    """A second fault became a case of its own."""
    await _learn(event, tx, kind=event.data.kind, site=event.data.site)


async def project_verdict(event: Received[VerdictData], tx: Tx, now: datetime) -> None:
    """The last verdict counts."""
    verdict = event.data
    await _learn(
        event,
        tx,
        site=verdict.site,
        verdict_id=verdict.verdict_id,
        verdict_result=verdict.result,
        verdict_origin=verdict.origin,
    )


async def project_closing(event: Received[InquiryClosed], tx: Tx, now: datetime) -> None:
    """The case is closed."""
    await _learn(event, tx, status=CaseStatus.CLOSED.value)


async def project_reopening(event: Received[InquiryReopened], tx: Tx, now: datetime) -> None:
    """The case goes on."""
    await _learn(event, tx, status=CaseStatus.OPEN.value)


async def project_void(event: Received[InquiryVoided], tx: Tx, now: datetime) -> None:
    """The case never was one."""
    await _learn(event, tx, status=CaseStatus.VOIDED.value)


async def project_merge(event: Received[InquiriesMerged], tx: Tx, now: datetime) -> None:
    """The case goes on in another; its visits rest on that one's evidence from now on."""
    await _learn(event, tx, status=CaseStatus.MERGED.value, merged_into=event.data.target_inquiry_id)


async def project_merge_undone(event: Received[InquiryMergeUndone], tx: Tx, now: datetime) -> None:
    """The case stands alone again, as before the merge."""
    status = CaseStatus.CLOSED if event.data.status == CaseStatus.CLOSED else CaseStatus.OPEN
    await _learn(event, tx, status=status.value, merged_into=None)


async def _learn(event: Received[Any], tx: Tx, **told: Any) -> None:
    data: CaseData = event.data
    await cases.learn(
        tx,
        data.inquiry_id,
        contract_id=data.contract_id,
        partner=event.partner,
        sequence=event.sequence,
        at=event.time,
        **told,
    )


async def react_to_onsite_request(event: Received[OnsiteIsolationRequested], tx: Tx, now: datetime) -> None:
    """Helpdesk wants a visit."""
    command = OpenIsolationRequest(
        inquiry_id=event.data.inquiry_id,
        contract_id=event.data.contract_id,
        partner=event.partner,
        verdict_id=event.data.verdict_id,
        suspected=event.data.suspected,
    )
    await open_isolation_request(command, tx, now)


async def react_to_entitlements(event: Received[EntitlementsChanged], tx: Tx, now: datetime) -> None:
    """Visits already promised are judged again (R-ADDRESS)."""
    await project_entitlements(event, tx, now)
    live = await requests.live_ids(tx, contract_id=event.data.contract_id)
    await judge_requests_again(tx, live, now=now)


async def react_to_case(event: Received[CaseData], tx: Tx, now: datetime) -> None:
    """What rests on this inquiry, or on one merged into it, is judged again (R-ISOLATION-EVIDENCE)."""
    await CASE_FACTS[type(event.data)](event, tx, now)
    resting = await cases.leading_to(tx, event.data.inquiry_id)
    await judge_requests_again(tx, await requests.live_ids(tx, inquiry_ids=resting), now=now)


CASE_FACTS: Handlers = {
    InquiryAccepted: project_acceptance,
    InquirySplit: project_split,
    FaultIsolated: project_verdict,
    FaultNotIsolated: project_verdict,
    InquiryClosed: project_closing,
    InquiryReopened: project_reopening,
    InquiryVoided: project_void,
    InquiriesMerged: project_merge,
    InquiryMergeUndone: project_merge_undone,
}
PROJECTIONS: Handlers = {
    **REVOCATIONS,
    EntitlementsChanged: project_entitlements,
    CatalogueChanged: project_catalogue,
    CalendarChanged: project_calendar,
    AddressChanged: project_address,
    AddressErased: forget_address,
    **CASE_FACTS,
}
REACTIONS: Handlers = {
    OnsiteIsolationRequested: react_to_onsite_request,
    EntitlementsChanged: react_to_entitlements,
    **dict.fromkeys(CASE_FACTS, react_to_case),
}
PROJECTION_TABLES = ("entitlement", "catalogue_part", "address", "inquiry_case", "token_revocation")
"""Tables that nothing but these handlers writes: they can be thrown away and built again."""
