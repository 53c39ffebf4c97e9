"""The work is done and signed; a finding goes to helpdesk, a charge to the statement, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.civil import jst_day
from common.db import Tx
from common.ids import new_id
from dispatch.domain.completion import charge_of, judge_papers
from dispatch.domain.findings import ReportedVerdict
from dispatch.domain.requests import RequestStatus, follow
from dispatch.domain.signatures import Signature
from dispatch.domain.visits import Visit, complete
from dispatch.storage import knowledge, records, requests, visits
from dispatch.usecases.own_visit import Whose, locked_own
from dispatch.usecases.telling import tell_visit


@dataclass(frozen=True, kw_only=True)
class CompleteVisit:
    """What the technician reports."""

    whose: Whose
    verdict: ReportedVerdict | None
    signature: Signature | None
    work: str | None


async def complete_visit(cmd: CompleteVisit, tx: Tx, now: datetime) -> Visit:
    """Complete. Raises `WrongState` and, all at once, what is missing: signature, accepted quote, sound verdict."""
    request, visit = await locked_own(tx, cmd.whose)
    kinds = await knowledge.loan_kinds(tx)
    finding = judge_papers(visit, reported=cmd.verdict, signature=cmd.signature, loan_kinds=kinds)
    after, event = complete(visit, finding=finding, work=cmd.work, now=now, actor=tx.actor)
    await visits.save(tx, after)
    await requests.save(tx, follow(request, RequestStatus.COMPLETED))
    if cmd.signature is not None:
        await records.add_signature(tx, visit.id, cmd.signature, signed_at=now)
    charge = charge_of(after, charge_id=new_id("chg"), day=jst_day(now))
    inputs = {
        "finding": finding.model_dump(mode="json") if finding else None,
        "accepted_total": after.acceptance.total if after.acceptance else None,
        "charge_id": charge.id if charge else None,
        "right": after.right,
    }
    rules = ("R-SETUP-PRICE",) if charge else ("R-ISOLATION-EVIDENCE", "R-ISOLATION-QUOTA")
    await tell_visit(tx, after, event, now=now, rule_ids=rules, inputs=inputs)
    if charge is not None:
        await records.add_charge(tx, charge)
        await tx.publish(charge.fact(now, actor=tx.actor))
    return after
