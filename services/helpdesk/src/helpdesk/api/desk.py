"""The desk: groups, who is there, queues, assignments, escalations."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from common.http import Code, IdText, IfMatch, Now, PageOf, Paging, Router, TxDep, answer, page
from helpdesk.api.case_steps_schemas import NothingIn
from helpdesk.api.desk_schemas import (
    AssignmentIn,
    AvailabilityIn,
    DeskGroupIn,
    DeskGroupOut,
    EscalationAnswerIn,
    EscalationIn,
    EscalationOut,
    EscalationsOut,
    NextOut,
    OperatorOut,
    QueueFilter,
    QueueIn,
    QueueLineOut,
    TakeOverIn,
)
from helpdesk.api.inquiry_schemas import InquiryStateOut
from helpdesk.api.work import known
from helpdesk.storage import desk, escalations
from helpdesk.usecases.assign_inquiry import (
    AssignInquiry,
    QueueInquiry,
    TakeOver,
    assign_inquiry,
    queue_inquiry,
    take_next,
    take_over,
)
from helpdesk.usecases.escalate_inquiry import AnswerEscalation, answer_escalation, escalate_inquiry
from helpdesk.usecases.keep_desk import keep_group, say_availability

router = Router(prefix="/api/helpdesk/v1", tags=["desk"])


@router.get("/desk-groups", response_model=PageOf[DeskGroupOut])
async def list_groups(tx: TxDep, paging: Paging) -> object:
    """Groups of operators with their members."""
    return page(await desk.groups(tx, after=paging.after, limit=paging.limit + 1), paging, to=DeskGroupOut.of)


@router.put("/desk-groups/{code}", response_model=DeskGroupOut)
async def write_group(code: Code, body: DeskGroupIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Write a group anew, or a new one; whoever is not named is not in it."""
    return answer(await keep_group(body.command(code, version), tx, now), DeskGroupOut.of)


@router.get("/operators", response_model=PageOf[OperatorOut])
async def list_operators(tx: TxDep, paging: Paging) -> object:
    """Who is at the desk, and whether they can take the next case."""
    return page(await desk.operators(tx, after=paging.after, limit=paging.limit + 1), paging, to=OperatorOut.of)


@router.put("/operators/me", response_model=OperatorOut)
async def say(body: AvailabilityIn, tx: TxDep, now: Now) -> object:
    """Say whether you can take the next case."""
    return answer(await say_availability(body.availability, tx, now), OperatorOut.of)


@router.get("/queue", response_model=PageOf[QueueLineOut])
async def list_queue(tx: TxDep, paging: Paging, wanted: Annotated[QueueFilter, Depends()]) -> object:
    """Open cases: what is due first comes first, then what is oldest."""
    rows = await desk.queue(tx, wanted.looked, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=QueueLineOut.of)


@router.post("/queue/next", response_model=NextOut)
async def take(tx: TxDep, now: Now, body: NothingIn | None = None) -> object:
    """Take the case of your queues that is due first; each is taken by one operator."""
    found = await take_next(tx, now)
    return NextOut(inquiry=InquiryStateOut.of(found) if found is not None else None)


@router.post("/inquiries/{inquiry_id}/assignment", response_model=InquiryStateOut)
async def assign(inquiry_id: IdText, body: AssignmentIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Give a case that is nobody's, or yours, to somebody."""
    command = AssignInquiry(inquiry_id=inquiry_id, assignee=body.assignee, expected_version=version)
    return answer(await assign_inquiry(command, tx, now), InquiryStateOut.of)


@router.post("/inquiries/{inquiry_id}/takeover", response_model=InquiryStateOut)
async def take_from_another(inquiry_id: IdText, body: TakeOverIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Take a case from whoever has it."""
    command = TakeOver(inquiry_id=inquiry_id, reason=body.reason, expected_version=version)
    return answer(await take_over(command, tx, now), InquiryStateOut.of)


@router.post("/inquiries/{inquiry_id}/queueing", response_model=InquiryStateOut)
async def put_back(inquiry_id: IdText, body: QueueIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Put a case that is nobody's, or yours, into the queue of a group or of everybody."""
    command = QueueInquiry(inquiry_id=inquiry_id, group=body.group, expected_version=version)
    return answer(await queue_inquiry(command, tx, now), InquiryStateOut.of)


@router.get("/escalations", response_model=PageOf[EscalationOut])
async def list_open_escalations(
    tx: TxDep, paging: Paging, now: Now, overdue: Annotated[bool, Query()] = False
) -> object:
    """Escalations that wait for an answer; with `overdue` those whose answer was due by now."""
    due_by = now if overdue else None
    rows = await escalations.still_open(tx, due_by=due_by, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=EscalationOut.of)


@router.post("/inquiries/{inquiry_id}/escalations", status_code=201, response_model=EscalationOut)
async def escalate(inquiry_id: IdText, body: EscalationIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Ask the second line or a maker."""
    return answer(await escalate_inquiry(body.command(inquiry_id, version), tx, now), EscalationOut.of)


@router.get("/inquiries/{inquiry_id}/escalations", response_model=EscalationsOut)
async def list_escalations(inquiry_id: IdText, tx: TxDep) -> object:
    """All escalations of this inquiry."""
    await known(inquiry_id, tx)
    return EscalationsOut(items=[EscalationOut.of(each) for each in await escalations.of_inquiry(tx, inquiry_id)])


@router.post("/inquiries/{inquiry_id}/escalations/{escalation_id}/answer", response_model=EscalationOut)
async def take_answer(
    inquiry_id: IdText, escalation_id: IdText, body: EscalationAnswerIn, tx: TxDep, now: Now, version: IfMatch
) -> object:
    """They have answered."""
    command = AnswerEscalation(
        inquiry_id=inquiry_id, escalation_id=escalation_id, words=body.words, expected_version=version
    )
    return answer(await answer_escalation(command, tx, now), EscalationOut.of)
