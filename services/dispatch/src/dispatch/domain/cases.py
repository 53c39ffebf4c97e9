"""What dispatch has been told about an inquiry, and whether it carries an isolation visit (R-ISOLATION-EVIDENCE)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from common.errors import DomainError
from dispatch.domain.refusals import ContractAddressOnly, IsolationEvidenceMissing

EVIDENCE = "not_isolated_remotely"
TELEWORK = "telework"
TROUBLE = "trouble"


class CaseStatus(StrEnum):
    """As much of an inquiry's state as visits depend on."""

    OPEN = "open"
    CLOSED = "closed"
    VOIDED = "voided"
    MERGED = "merged"


class HoldReason(StrEnum):
    """Why a request or visit waits for a person's decision."""

    EVIDENCE_SUPERSEDED = "evidence_superseded"
    CASE_VOIDED = "case_voided"
    CASE_CLOSED = "case_closed"
    TELEWORK_SITE = "telework_site"
    ADDRESS_MOVED = "address_moved"
    CONTRACT_NOT_ACTIVE = "contract_not_active"


@dataclass(frozen=True, kw_only=True)
class CaseFile:
    """An inquiry as known from helpdesk's events; `sequence` and `known_up_to` are those of the last one."""

    inquiry_id: str
    contract_id: str
    partner: str | None
    sequence: int
    known_up_to: datetime
    kind: str | None = None
    site: str | None = None
    status: CaseStatus = CaseStatus.OPEN
    verdict_id: str | None = None
    verdict_result: str | None = None
    verdict_origin: str | None = None
    merged_into: str | None = None


def evidence_refusals(case: CaseFile) -> list[DomainError]:
    """Why this inquiry carries no isolation visit: wrong site, no standing remote verdict, no live trouble case."""
    found: list[DomainError] = []
    if case.site == TELEWORK:
        found.append(ContractAddressOnly(inquiry_id=case.inquiry_id, site=case.site))
    if not _carries(case):
        found.append(
            IsolationEvidenceMissing(
                inquiry_id=case.inquiry_id,
                inquiry_status=case.status,
                kind=case.kind,
                verdict=case.verdict_result,
                needed=EVIDENCE,
                known_up_to=case.known_up_to,
            )
        )
    return found


def hold_reasons(case: CaseFile) -> frozenset[HoldReason]:
    """Why a promise that rests on this inquiry must wait; empty: nothing speaks against it."""
    found = set()
    if case.site == TELEWORK:
        found.add(HoldReason.TELEWORK_SITE)
    match case.status:
        case CaseStatus.VOIDED:
            found.add(HoldReason.CASE_VOIDED)
        case CaseStatus.CLOSED:
            found.add(HoldReason.CASE_CLOSED)
        case CaseStatus.OPEN | CaseStatus.MERGED:
            if not _carries(case):
                found.add(HoldReason.EVIDENCE_SUPERSEDED)
    return frozenset(found)


def _carries(case: CaseFile) -> bool:
    trouble = case.kind in (None, TROUBLE)
    remote_verdict = case.verdict_result == EVIDENCE and case.verdict_origin == "remote"
    return case.status is CaseStatus.OPEN and trouble and remote_verdict
