"""Verdicts: what fault isolation found. They are only ever added; the last one counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from common.errors import DomainError, refuse_if_any
from common.events.helpdesk import FaultIsolated, FaultNotIsolated, VerdictData
from helpdesk.domain.inquiry import OPEN, Inquiry, InquiryKind, InquiryStatus, Step, at_work
from helpdesk.domain.refusals import IsolationEvidenceMissing, TroubleInquiryNeeded, VerdictInconsistent


class Result(StrEnum):
    """What came of it."""

    ISOLATED = "isolated"
    NOT_ISOLATED_REMOTELY = "not_isolated_remotely"
    NOT_ISOLATED_ON_SITE = "not_isolated_on_site"


class Cause(StrEnum):
    """What was wrong."""

    DEVICE_FAULT = "device_fault"
    LINE_FAULT = "line_fault"
    MISCONFIGURATION = "misconfiguration"
    SOFTWARE_FAULT = "software_fault"
    EXTERNAL_SERVICE = "external_service"
    NO_FAULT_FOUND = "no_fault_found"


class Origin(StrEnum):
    """Whose finding it is."""

    REMOTE = "remote"
    VISIT = "visit"


OTHER_FAILED_KINDS = frozenset({"mac", "ipad", "smartphone", "printer", "other"})
"""Devices that fail but are not lent; the kinds that are lent come from the catalogue (R-LOAN-KINDS)."""


@dataclass(frozen=True, kw_only=True)
class FailedDevice:
    """The device at fault."""

    kind: str
    maker: str | None = None
    model: str | None = None
    serial: str | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found, in the words of whoever found it."""

    result: str
    cause: str | None
    failed_device: FailedDevice | None
    evidence: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A recorded finding. `rests_on` names the triage, sessions or visit it was reached by."""

    id: str
    inquiry_id: str
    contract_id: str
    partner: str | None
    result: Result
    cause: str | None
    failed_device: FailedDevice | None
    evidence: str
    origin: Origin
    visit_id: str | None
    supersedes: str | None
    rests_on: dict[str, Any]
    actor: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class RemoteWork:
    """What was done by phone and remotely on an inquiry (R-ISOLATION-EVIDENCE)."""

    triage_ids: tuple[str, ...] = ()
    ended_session_ids: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """A triage was done or a remote session ended."""
        return bool(self.triage_ids or self.ended_session_ids)

    @property
    def named(self) -> dict[str, list[str]]:
        """The work by its ids, as evidence."""
        return {"triage": list(self.triage_ids), "ended_remote_sessions": list(self.ended_session_ids)}


def judge_remote(inquiry: Inquiry, finding: Finding, work: RemoteWork, *, failed_kinds: Collection[str]) -> None:
    """Raise everything that speaks against recording `finding` from phone or remote work.

    `TroubleInquiryNeeded`, `VerdictInconsistent`, `IsolationEvidenceMissing` (R-ISOLATION-EVIDENCE).
    """
    refuse_if_any(
        [
            None if inquiry.kind is InquiryKind.TROUBLE else TroubleInquiryNeeded(kind=inquiry.kind.value),
            _consistent(finding, failed_kinds),
            _worked_remotely(finding, work),
        ]
    )


def record(inquiry: Inquiry, verdict: Verdict) -> Step:
    """The inquiry with `verdict` as the one that counts.

    From phone or remote work the inquiry must be open (`WrongState`), and work on it has begun. A visit's finding is
    recorded in every state, without moving a voided or finished inquiry.
    """
    begun = Step(inquiry=inquiry, events=())
    if verdict.origin is Origin.REMOTE or (inquiry.status in OPEN and inquiry.status is not InquiryStatus.IN_PROGRESS):
        begun = at_work(inquiry, verdict.actor)
    after = replace(begun.inquiry, verdict_id=verdict.id)
    return Step(inquiry=after, events=(*begun.events, _event(inquiry, verdict)))


def _event(inquiry: Inquiry, verdict: Verdict) -> VerdictData:
    kind = FaultIsolated if verdict.result is Result.ISOLATED else FaultNotIsolated
    return kind(
        actor=verdict.actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        verdict_id=verdict.id,
        result=verdict.result.value,
        cause=verdict.cause,
        failed_device_kind=verdict.failed_device.kind if verdict.failed_device is not None else None,
        origin=verdict.origin.value,
        visit_id=verdict.visit_id,
        superseded_verdict_id=verdict.supersedes,
        site=inquiry.site.value,
        device_os=inquiry.device_os,
    )


def _worked_remotely(finding: Finding, work: RemoteWork) -> DomainError | None:
    if finding.result != Result.NOT_ISOLATED_REMOTELY or work.done:
        return None
    return IsolationEvidenceMissing(needed=["triage", "ended_remote_session"], done=work.named)


def finding_problems(finding: Finding, failed_kinds: Collection[str]) -> list[str]:
    """How result, cause and failed device contradict each other; none when they fit together."""
    return [*_result_problems(finding), *_device_problems(finding, failed_kinds)]


def _consistent(finding: Finding, failed_kinds: Collection[str]) -> DomainError | None:
    problems = finding_problems(finding, failed_kinds)
    if not problems:
        return None
    return VerdictInconsistent(
        problems=problems,
        result=finding.result,
        cause=finding.cause,
        failed_device_kind=finding.failed_device.kind if finding.failed_device is not None else None,
        results=[Result.ISOLATED.value, Result.NOT_ISOLATED_REMOTELY.value],
        causes=[cause.value for cause in Cause],
        failed_kinds=sorted(failed_kinds),
    )


def _result_problems(finding: Finding) -> list[str]:
    problems = []
    if finding.result == Result.NOT_ISOLATED_ON_SITE:
        problems.append("result_only_from_a_visit")
    elif finding.result not in set(Result):
        problems.append("result_unknown")
    if finding.cause is not None and finding.cause not in set(Cause):
        problems.append("cause_unknown")
    if finding.result == Result.ISOLATED and finding.cause is None:
        problems.append("cause_missing")
    if finding.result != Result.ISOLATED and finding.cause not in {None, Cause.NO_FAULT_FOUND}:
        problems.append("cause_without_isolation")
    return problems


def _device_problems(finding: Finding, failed_kinds: Collection[str]) -> list[str]:
    if finding.cause != Cause.DEVICE_FAULT:
        return ["failed_device_without_device_fault"] if finding.failed_device is not None else []
    if finding.failed_device is None:
        return ["failed_device_missing"]
    return [] if finding.failed_device.kind in failed_kinds else ["failed_device_kind_unknown"]
