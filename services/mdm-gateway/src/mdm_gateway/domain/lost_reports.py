"""A lost device: who called, how they were recognised, who authorised what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.events.mdm_gateway import LostDeviceReported
from mdm_gateway.domain.refusals import IdentityNotChecked, WipeNotAuthorised


@dataclass(frozen=True, kw_only=True)
class IdentityCheck:
    """How the caller was recognised, and by whom."""

    method: str
    passed: bool
    checked_by: str


@dataclass(frozen=True, kw_only=True)
class LostReport:
    """A lost device of one enrolment. `authorised_by`: the customer's registered manager."""

    id: str
    device_id: str
    contract_id: str
    partner: str | None
    generation: int
    inquiry_id: str | None
    identity: IdentityCheck
    authorised_by: str | None
    lock_command_id: str
    reported_by: str
    reported_at: datetime
    version: int


def require_identity(check: IdentityCheck) -> None:
    """Raise `IdentityNotChecked` unless the caller was recognised (R-MDM-WIPE-TWO)."""
    if not check.passed:
        raise IdentityNotChecked(method=check.method, passed=False)


def reported(report: LostReport) -> LostDeviceReported:
    """The fact of a lost device; names of people stay in the report."""
    return LostDeviceReported(
        actor=report.reported_by,
        lost_report_id=report.id,
        device_id=report.device_id,
        contract_id=report.contract_id,
        inquiry_id=report.inquiry_id,
        lock_command_id=report.lock_command_id,
    )


def require_wipe_ground(report: LostReport | None, *, device_id: str, generation: int) -> LostReport:
    """The report a wipe rests on: of this device, this enrolment, with the manager's word (R-MDM-WIPE-TWO).

    Raises `IdentityNotChecked`, `WipeNotAuthorised`.
    """
    if report is None or report.device_id != device_id:
        raise IdentityNotChecked(device_id=device_id, lost_report=None)
    if not report.identity.passed or report.generation != generation:
        raise IdentityNotChecked(
            device_id=device_id,
            lost_report=report.id,
            passed=report.identity.passed,
            reported_enrolment=report.generation,
            present_enrolment=generation,
        )
    if not report.authorised_by:
        raise WipeNotAuthorised(device_id=device_id, lost_report=report.id, authorised_by=None)
    return report
