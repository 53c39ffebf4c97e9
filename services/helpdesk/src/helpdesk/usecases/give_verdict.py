"""Record what phone and remote work found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain import verdicts as domain
from helpdesk.domain.verdicts import OTHER_FAILED_KINDS, Finding, Origin, Result, Verdict
from helpdesk.storage import case_work, catalogue, verdicts
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class GiveVerdict:
    """The finding, for the inquiry it belongs to."""

    inquiry_id: str
    finding: Finding
    expected_version: int | None = None


async def give_verdict(command: GiveVerdict, tx: Tx, now: datetime) -> Verdict:
    """Keep the verdict; it supersedes the last one.

    Raises `VerdictInconsistent`, `IsolationEvidenceMissing`, `TroubleInquiryNeeded` (all that apply), `WrongState`,
    `InquiryUnknown`, `StaleVersion`, `CatalogueUnknown`.
    """
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    lent = {kind.code for kind in (await catalogue.part(tx, catalogue.LOAN_KINDS)).loan_kinds}
    work = await case_work.remote_work(tx, inquiry.id)
    finding = command.finding
    domain.judge_remote(inquiry, finding, work, failed_kinds=lent | OTHER_FAILED_KINDS)
    verdict = Verdict(
        id=new_id("vdt"),
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        partner=inquiry.partner,
        result=Result(finding.result),
        cause=finding.cause,
        failed_device=finding.failed_device,
        evidence=finding.evidence,
        origin=Origin.REMOTE,
        visit_id=None,
        supersedes=inquiry.verdict_id,
        rests_on=work.named,
        actor=tx.actor,
        at=now,
    )
    step = domain.record(inquiry, verdict)
    await verdicts.add(tx, verdict)
    await record(tx, inquiry, step, now)
    return verdict
