"""Reports by web or partner, at any time of the day."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import Code, IdText, Now, PageOf, Paging, Router, TxDep, answer, page
from helpdesk.api.inquiry_schemas import InquiryIn
from helpdesk.api.report_schemas import ReportOut, WithdrawalIn
from helpdesk.domain.desk_refusals import ReportUnknown
from helpdesk.storage import reports
from helpdesk.usecases.take_report import take_report, withdraw_report

router = Router(prefix="/api/helpdesk/v1/reports", tags=["reports"])


@router.post("", status_code=201, response_model=ReportOut)
async def report(body: InquiryIn, tx: TxDep, now: Now) -> object:
    """Take a report at any time; while nobody is there it waits for the next opening (R-HOURS-SUPPORT)."""
    return answer(await take_report(body.command(), tx, now), ReportOut.of)


@router.get("", response_model=PageOf[ReportOut])
async def list_reports(
    tx: TxDep,
    paging: Paging,
    contract_id: Annotated[IdText | None, Query()] = None,
    status: Annotated[Code | None, Query()] = None,
) -> object:
    """Reports, oldest first."""
    asked = {"contract_id": contract_id, "status": status}
    filters = {name: value for name, value in asked.items() if value is not None}
    rows = await reports.listed(tx, filters=filters, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=ReportOut.of)


@router.get("/{report_id}", response_model=ReportOut)
async def read_report(report_id: IdText, tx: TxDep) -> object:
    """A report as it stands."""
    found = await reports.find(tx, report_id)
    if found is None:
        raise ReportUnknown(report_id=report_id)
    return ReportOut.of(found)


@router.post("/{report_id}/withdrawal", response_model=ReportOut)
async def withdraw(report_id: IdText, body: WithdrawalIn, tx: TxDep, now: Now) -> object:
    """Withdraw a report that was not judged yet; it costs nothing (R-QUOTA-INQUIRY)."""
    return answer(await withdraw_report(report_id, body.reason, tx, now), ReportOut.of)
