"""What an isolation visit found: becomes the case's verdict in helpdesk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from common.events.dispatch import Finding
from dispatch.domain.completion_refusals import VerdictInvalid

RESULTS = ("isolated", "not_isolated_on_site")
CAUSES = (
    "device_fault",
    "line_fault",
    "misconfiguration",
    "software_fault",
    "external_service",
    "no_fault_found",
)
OTHER_KINDS = frozenset({"mac", "ipad", "smartphone", "printer", "other"})


@dataclass(frozen=True, kw_only=True)
class FailedDevice:
    """The device at fault."""

    kind: str | None
    maker: str | None = None
    model: str | None = None
    serial: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReportedVerdict:
    """A verdict as the technician reports it; its words are judged here, not by a schema."""

    result: str
    cause: str | None
    failed_device: FailedDevice | None
    evidence: str


def judge_finding(reported: ReportedVerdict, loan_kinds: Collection[str]) -> Finding:
    """The finding of a visit. Raises `VerdictInvalid`.

    A located fault names its cause; a device fault names the failed device's kind: one of `loan_kinds` (empty: the
    catalogue has not arrived, any kind is taken) or of those that are never lent.
    """
    device = reported.failed_device
    if reported.result not in RESULTS:
        raise VerdictInvalid(problem="result", result=reported.result, allowed=RESULTS)
    if reported.result == "isolated" and reported.cause is None:
        raise VerdictInvalid(problem="cause_missing", allowed=CAUSES)
    if reported.cause is not None and reported.cause not in CAUSES:
        raise VerdictInvalid(problem="cause", cause=reported.cause, allowed=CAUSES)
    kinds = OTHER_KINDS | set(loan_kinds)
    if reported.cause == "device_fault" and (device is None or device.kind is None):
        raise VerdictInvalid(problem="failed_device_missing", allowed=sorted(kinds))
    if device is not None and device.kind is not None and loan_kinds and device.kind not in kinds:
        raise VerdictInvalid(problem="failed_device_kind", kind=device.kind, allowed=sorted(kinds))
    return Finding(
        result=reported.result,  # type: ignore[arg-type]
        cause=reported.cause,
        failed_device_kind=device.kind if device else None,
        failed_device_maker=device.maker if device else None,
        failed_device_model=device.model if device else None,
        failed_device_serial=device.serial if device else None,
        evidence=reported.evidence,
    )
