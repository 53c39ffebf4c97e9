"""Reports by web or partner: taken at any time, accepted, judged and counted when somebody is there again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.errors import WrongState, refuse_if_any
from common.events.helpdesk_desk import InquiryReported, ReportJudged, ReportWithdrawn
from helpdesk.domain.acceptance import Report, kind_known, site_known
from helpdesk.domain.desk_refusals import ReportChannelUnknown
from helpdesk.domain.inquiry import Channel

CHANNELS = (Channel.WEB, Channel.PARTNER)


class ReportStatus(StrEnum):
    """Where a report stands; nothing is counted before it is accepted."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class KeptReport:
    """A report as it was taken; `judge_at` is when somebody will be there, None once that is over."""

    id: str
    contract_id: str
    subscriber_id: str
    partner: str | None
    kind: str
    channel: str
    site: str
    summary: str
    caller_name: str | None
    caller_phone: str | None
    device_kind: str | None
    device_os: str | None
    follow_up_of: str | None
    reported_at: datetime
    reported_by: str
    status: ReportStatus
    judge_at: datetime | None
    inquiry_id: str | None = None
    refusal_id: str | None = None
    reason: str | None = None
    ended_at: datetime | None = None


def require_report(report: Report) -> None:
    """Raise `ReportChannelUnknown`, `InquiryKindUnknown`, `SiteUnknown` (all that apply), whatever the hour."""
    allowed = [channel.value for channel in CHANNELS]
    channel = None if report.channel in allowed else ReportChannelUnknown(channel=report.channel, allowed=allowed)
    refuse_if_any([channel, kind_known(report.kind), site_known(report.site)])


def reported(report: KeptReport) -> InquiryReported:
    """It was taken."""
    return InquiryReported(
        actor=report.reported_by,
        report_id=report.id,
        contract_id=report.contract_id,
        kind=report.kind,
        channel=report.channel,
        judge_at=report.judge_at,
    )


def accepted(report: KeptReport, inquiry_id: str, *, actor: str, now: datetime) -> tuple[KeptReport, ReportJudged]:
    """It became an inquiry."""
    return _judged(replace(report, status=ReportStatus.ACCEPTED, inquiry_id=inquiry_id), actor, now)


def refused(
    report: KeptReport, refusal_id: str | None, *, actor: str, now: datetime
) -> tuple[KeptReport, ReportJudged]:
    """Some rule said no."""
    return _judged(replace(report, status=ReportStatus.REFUSED, refusal_id=refusal_id), actor, now)


def withdraw(report: KeptReport, reason: str, *, actor: str, now: datetime) -> tuple[KeptReport, ReportWithdrawn]:
    """It is not wanted any more, before anybody was there: nothing was counted. Raises `WrongState`."""
    require_waiting(report)
    gone = replace(report, status=ReportStatus.WITHDRAWN, reason=reason)
    fact = ReportWithdrawn(actor=actor, report_id=report.id, contract_id=report.contract_id, reason=reason)
    return _over(gone, now), fact


def require_waiting(report: KeptReport) -> None:
    """Raise `WrongState` unless it still waits."""
    if report.status is not ReportStatus.REPORTED:
        raise WrongState(status=report.status.value, allowed=[ReportStatus.REPORTED.value])


def _judged(after: KeptReport, actor: str, now: datetime) -> tuple[KeptReport, ReportJudged]:
    fact = ReportJudged(
        actor=actor,
        report_id=after.id,
        contract_id=after.contract_id,
        inquiry_id=after.inquiry_id,
        refusal_id=after.refusal_id,
    )
    return _over(after, now), fact


def _over(report: KeptReport, now: datetime) -> KeptReport:
    """Who reported it by name stands from now on in the inquiry, or nowhere."""
    return replace(report, judge_at=None, ended_at=now, caller_name=None, caller_phone=None)
