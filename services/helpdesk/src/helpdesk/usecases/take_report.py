"""A report by web or partner: taken at any time, judged when somebody is there, withdrawn before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from common.db import Tx
from common.errors import DomainError, Refused
from common.events.base import NewEvent
from common.events.helpdesk_desk import ReportData
from common.events.keys import key_of
from common.ids import new_id
from helpdesk.domain import reports as domain
from helpdesk.domain.acceptance import Report
from helpdesk.domain.desk_refusals import ReportUnknown
from helpdesk.domain.refusals import CatalogueUnknown, ContractUnknown
from helpdesk.domain.reports import KeptReport, ReportStatus
from helpdesk.domain.service_hours import ServiceHours
from helpdesk.storage import entitlements, reports
from helpdesk.storage.catalogue import CALENDAR
from helpdesk.usecases.accept_inquiry import AcceptInquiry, accept_inquiry

AGAIN = timedelta(minutes=1)
"""When something is tried again that could not be decided."""


async def take_report(command: AcceptInquiry, tx: Tx, now: datetime) -> KeptReport:
    """Take it; it is judged at once when somebody is there, or never will be, else at the next opening.

    Raises `ReportChannelUnknown`, `InquiryKindUnknown`, `SiteUnknown` (all that apply), `ContractUnknown`,
    `CatalogueUnknown`, `QuotaContended`.
    """
    known = await entitlements.share_for_acceptance(tx, command.contract_id)
    if known is None:
        raise ContractUnknown(contract_id=command.contract_id)
    domain.require_report(command.report)
    new = KeptReport(
        id=new_id("rpt"),
        contract_id=command.contract_id,
        subscriber_id=known.subscriber_id,
        partner=known.partner,
        kind=command.report.kind,
        channel=command.report.channel,
        site=command.report.site,
        summary=command.summary,
        caller_name=command.caller_name,
        caller_phone=command.caller_phone,
        device_kind=command.device_kind,
        device_os=command.device_os,
        follow_up_of=command.report.follow_up_of,
        reported_at=now,
        reported_by=tx.actor,
        status=ReportStatus.REPORTED,
        judge_at=now,
    )
    await reports.add(tx, new)
    return await _judged(new, tx, now, taken=True)


async def judge_reports(tx: Tx, now: datetime, *, limit: int) -> int:
    """Judge the reports whose opening has come; how many were looked at.

    What cannot be decided now is tried again a minute later, and holds up no other.
    """
    due = await reports.due(tx, now, limit=limit)
    for report_id, contract_id in due:
        await entitlements.share_for_acceptance(tx, contract_id)  # before the report, as everybody locks
        report = await reports.lock(tx, report_id)
        if report is None or report.status is not ReportStatus.REPORTED:
            continue
        try:
            async with tx.savepoint():
                await _judged(report, tx, now)
        except DomainError:
            await reports.save(tx, replace(report, judge_at=now + AGAIN))
    return len(due)


async def withdraw_report(report_id: str, reason: str, tx: Tx, now: datetime) -> KeptReport:
    """Withdraw it before anybody was there; it costs nothing. Raises `ReportUnknown`, `WrongState`."""
    report = await reports.lock(tx, report_id)
    if report is None:
        raise ReportUnknown(report_id=report_id)
    after, fact = domain.withdraw(report, reason, actor=tx.actor, now=now)
    await reports.save(tx, after)
    await _tell(tx, after, fact, now, sequence=2)
    return after


async def _judged(report: KeptReport, tx: Tx, now: datetime, *, taken: bool = False) -> KeptReport:
    """Judge the report as of the opening that followed it, or put it off until then; it is locked or new."""
    opening = await _opening(report, tx, now)
    waiting = replace(report, judge_at=opening) if opening > now else report
    if taken:
        await _tell(tx, waiting, domain.reported(waiting), now, sequence=1)
    if opening > now:
        await reports.save(tx, waiting)
        return waiting
    outcome = await accept_inquiry(_command(report), tx, opening)
    if isinstance(outcome, Refused):
        after, fact = domain.refused(report, outcome.reference, actor=tx.actor, now=now)
    else:
        after, fact = domain.accepted(report, outcome.inquiry.id, actor=tx.actor, now=now)
    await reports.save(tx, after)
    await _tell(tx, after, fact, now, sequence=2)
    return after


async def _opening(report: KeptReport, tx: Tx, now: datetime) -> datetime:
    """The first instant since the report at which somebody is there, by what is known now; `now` when there is none."""
    known = await entitlements.share_for_acceptance(tx, report.contract_id)
    if known is None:
        raise ContractUnknown(contract_id=report.contract_id)
    if known.calendar is None:
        raise CatalogueUnknown(part=CALENDAR)
    return ServiceHours(known.state, known.calendar).next_open(report.reported_at) or now


def _command(report: KeptReport) -> AcceptInquiry:
    return AcceptInquiry(
        contract_id=report.contract_id,
        report=Report(kind=report.kind, channel=report.channel, site=report.site, follow_up_of=report.follow_up_of),
        summary=report.summary,
        caller_name=report.caller_name,
        caller_phone=report.caller_phone,
        device_kind=report.device_kind,
        device_os=report.device_os,
    )


async def _tell(tx: Tx, report: KeptReport, fact: ReportData, now: datetime, *, sequence: int) -> None:
    await tx.publish(
        NewEvent(
            data=fact,
            subject=report.id,
            sequence=sequence,
            key=key_of(fact),
            time=now,
            partner=report.partner,
            correlation_id=report.inquiry_id or report.contract_id,
        )
    )
