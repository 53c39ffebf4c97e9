"""A visit's finding becomes the verdict of its case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain import verdicts as domain
from helpdesk.domain.inquiry import Inquiry
from helpdesk.domain.verdicts import FailedDevice, Finding, Origin, Result, Verdict
from helpdesk.storage import inquiries, verdicts
from helpdesk.usecases.recording import record


@dataclass(frozen=True, kw_only=True)
class RecordVisitFinding:
    """What the crew found, by which visit, for which case."""

    inquiry_id: str
    visit_id: str
    finding: Finding


async def record_visit_finding(command: RecordVisitFinding, tx: Tx, now: datetime) -> Verdict | None:
    """Keep it as the verdict that counts, once per visit.

    The finding for a merged case goes to its target; for a voided or finished one it is recorded without moving it.
    None: there is no such case, or the visit's finding is recorded already.
    """
    inquiry = await _case_of(tx, command.inquiry_id)
    if inquiry is None or await verdicts.of_visit(tx, command.visit_id) is not None:
        return None
    finding = command.finding
    verdict = Verdict(
        id=new_id("vdt"),
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        partner=inquiry.partner,
        result=Result(finding.result),
        cause=finding.cause,
        failed_device=finding.failed_device,
        evidence=finding.evidence,
        origin=Origin.VISIT,
        visit_id=command.visit_id,
        supersedes=inquiry.verdict_id,
        rests_on={"visit": command.visit_id},
        actor=tx.actor,
        at=now,
    )
    step = domain.record(inquiry, verdict)
    await verdicts.add(tx, verdict)
    await record(tx, inquiry, step, now)
    return verdict


async def _case_of(tx: Tx, inquiry_id: str) -> Inquiry | None:
    """The inquiry itself, locked, or the one it became part of in the end."""
    found = await inquiries.lock(tx, inquiry_id)
    while found is not None and found.merged_into is not None:
        found = await inquiries.lock(tx, found.merged_into)
    return found


def failed_device(kind: str | None, *, maker: str | None, model: str | None, serial: str | None) -> FailedDevice | None:
    """The device at fault, when the crew named one."""
    return None if kind is None else FailedDevice(kind=kind, maker=maker, model=model, serial=serial)
