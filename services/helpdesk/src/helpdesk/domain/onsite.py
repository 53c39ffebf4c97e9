"""Asking for an isolation visit: when phone and remote work could not locate the fault, at the contract address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from common.entitlements import Standing
from common.errors import DomainError, refuse_if_any
from common.events.helpdesk import OnsiteIsolationRequested
from helpdesk.domain.inquiry import Inquiry, InquiryKind, Site, Step, at_work
from helpdesk.domain.refusals import (
    ContractNotActive,
    FaultResponseContractAddressOnly,
    FeatureNotInPlan,
    IsolationEvidenceMissing,
    OnsiteRequestOpen,
)
from helpdesk.domain.verdicts import Result, Verdict

FEATURE = "isolation_visit"


class OnsiteStatus(StrEnum):
    """A request lives until its visit is done or it is cancelled."""

    LIVE = "live"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class OnsiteRequest:
    """The wish for an isolation visit, and the verdict it rests on."""

    id: str
    inquiry_id: str
    contract_id: str
    partner: str | None
    verdict_id: str
    status: OnsiteStatus
    requested_by: str
    requested_at: datetime


@dataclass(frozen=True, kw_only=True)
class OnsiteFacts:
    """What the decision rests on."""

    standing: Standing
    verdict: Verdict | None
    live_request_id: str | None
    known_up_to: datetime


def request(
    inquiry: Inquiry, facts: OnsiteFacts, *, request_id: str, actor: str, now: datetime
) -> tuple[OnsiteRequest, Step]:
    """Ask for the visit. Every rule that says no is named.

    Asks R-ISOLATION-EVIDENCE, R-ADDRESS and R-ISOLATION-QUOTA (the plan has the right, one live request per
    inquiry); raises `WrongState` when the inquiry is not open.
    """
    begun = at_work(inquiry, actor)
    verdict = _evidence(inquiry, facts.verdict)
    refuse_if_any(
        [
            verdict if isinstance(verdict, DomainError) else None,
            _at_contract_address(inquiry),
            _in_force(facts),
            _in_plan(facts),
            _only_one(facts),
        ]
    )
    if isinstance(verdict, DomainError):
        raise verdict
    wanted = OnsiteRequest(
        id=request_id,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        partner=inquiry.partner,
        verdict_id=verdict.id,
        status=OnsiteStatus.LIVE,
        requested_by=actor,
        requested_at=now,
    )
    requested = OnsiteIsolationRequested(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        verdict_id=verdict.id,
        suspected=inquiry.suspected,
    )
    return wanted, Step(inquiry=begun.inquiry, events=(*begun.events, requested))


def _evidence(inquiry: Inquiry, verdict: Verdict | None) -> Verdict | DomainError:
    """The verdict that justifies a visit, or the refusal for want of one."""
    found = verdict.result.value if verdict is not None else None
    if verdict is not None and inquiry.kind is InquiryKind.TROUBLE and found == Result.NOT_ISOLATED_REMOTELY:
        return verdict
    return IsolationEvidenceMissing(
        kind=inquiry.kind.value,
        latest_verdict=found,
        needed={"kind": InquiryKind.TROUBLE.value, "latest_verdict": Result.NOT_ISOLATED_REMOTELY.value},
    )


def _at_contract_address(inquiry: Inquiry) -> DomainError | None:
    return None if inquiry.site is Site.CONTRACT_ADDRESS else FaultResponseContractAddressOnly(site=inquiry.site.value)


def _in_force(facts: OnsiteFacts) -> DomainError | None:
    standing = facts.standing
    if standing.active and standing.plan is not None:
        return None
    return ContractNotActive(status=standing.status, at=standing.at, known_up_to=facts.known_up_to)


def _in_plan(facts: OnsiteFacts) -> DomainError | None:
    plan = facts.standing.plan
    if plan is None or plan.isolation > 0:
        return None
    return FeatureNotInPlan(feature=FEATURE, plan_code=plan.code, known_up_to=facts.known_up_to)


def _only_one(facts: OnsiteFacts) -> DomainError | None:
    live = facts.live_request_id
    return OnsiteRequestOpen(onsite_request_id=live) if live is not None else None
