"""The work on a case: triage, remote sessions, verdicts, on-site requests."""

from __future__ import annotations

from common.db import Tx
from common.http import Caller, IdText, IfMatch, Now, Router, TxDep, answer
from helpdesk.api.work_schemas import (
    OnsiteRequestIn,
    OnsiteRequestOut,
    OnsiteRequestsOut,
    RemoteSessionEndIn,
    RemoteSessionIn,
    RemoteSessionOut,
    RemoteSessionsOut,
    TriageIn,
    TriageOut,
    VerdictIn,
    VerdictOut,
    VerdictsOut,
)
from helpdesk.domain.refusals import InquiryUnknown
from helpdesk.storage import case_work, inquiries, verdicts
from helpdesk.usecases.do_triage import do_triage
from helpdesk.usecases.end_remote_session import EndRemoteSession, end_remote_session
from helpdesk.usecases.give_verdict import GiveVerdict, give_verdict
from helpdesk.usecases.request_onsite import RequestOnsite, request_onsite
from helpdesk.usecases.start_remote_session import start_remote_session

router = Router(prefix="/api/helpdesk/v1/inquiries/{inquiry_id}", tags=["work"])


async def known(inquiry_id: str, tx: Tx) -> None:
    """Raise `InquiryUnknown` unless there is such an inquiry for the caller."""
    if await inquiries.find(tx, inquiry_id) is None:
        raise InquiryUnknown(inquiry_id=inquiry_id)


@router.post("/triage", status_code=201, response_model=TriageOut)
async def triage(inquiry_id: IdText, body: TriageIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Keep questions and answers; they are evidence (R-ISOLATION-EVIDENCE)."""
    return answer(await do_triage(body.command(inquiry_id, version), tx, now), TriageOut.of)


@router.post("/remote-sessions", status_code=201, response_model=RemoteSessionOut)
async def start_session(inquiry_id: IdText, body: RemoteSessionIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Begin a remote session (R-CONSENT, R-TOOL-OS)."""
    return answer(await start_remote_session(body.command(inquiry_id, version), tx, now), RemoteSessionOut.of)


@router.get("/remote-sessions", response_model=RemoteSessionsOut)
async def list_sessions(inquiry_id: IdText, tx: TxDep, caller: Caller) -> object:
    """All remote sessions of this inquiry."""
    await known(inquiry_id, tx)
    show = RemoteSessionOut.of if caller.partner is None else RemoteSessionOut.without_names
    return RemoteSessionsOut(items=[show(session) for session in await case_work.sessions(tx, inquiry_id)])


@router.post("/remote-sessions/{session_id}/end", response_model=RemoteSessionOut)
async def end_session(
    inquiry_id: IdText, session_id: IdText, body: RemoteSessionEndIn, tx: TxDep, now: Now, version: IfMatch
) -> object:
    """End a remote session; the customer may stop it at any time (R-CONSENT)."""
    command = EndRemoteSession(
        inquiry_id=inquiry_id, session_id=session_id, stopped_by=body.stopped_by, expected_version=version
    )
    return answer(await end_remote_session(command, tx, now), RemoteSessionOut.of)


@router.post("/verdict", status_code=201, response_model=VerdictOut)
async def verdict(inquiry_id: IdText, body: VerdictIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Record what phone and remote work found; it supersedes the last verdict."""
    command = GiveVerdict(inquiry_id=inquiry_id, finding=body.finding(), expected_version=version)
    return answer(await give_verdict(command, tx, now), VerdictOut.of)


@router.get("/verdicts", response_model=VerdictsOut)
async def list_verdicts(inquiry_id: IdText, tx: TxDep) -> object:
    """All verdicts of this inquiry; the last one counts."""
    await known(inquiry_id, tx)
    return VerdictsOut(items=[VerdictOut.of(each) for each in await verdicts.of_inquiry(tx, inquiry_id)])


@router.post("/onsite-requests", status_code=201, response_model=OnsiteRequestOut)
async def ask_for_visit(
    inquiry_id: IdText, tx: TxDep, now: Now, version: IfMatch, body: OnsiteRequestIn | None = None
) -> object:
    """Ask for an isolation visit (R-ISOLATION-EVIDENCE, R-ADDRESS)."""
    command = RequestOnsite(inquiry_id=inquiry_id, expected_version=version)
    return answer(await request_onsite(command, tx, now), OnsiteRequestOut.of)


@router.get("/onsite-requests", response_model=OnsiteRequestsOut)
async def list_onsite_requests(inquiry_id: IdText, tx: TxDep) -> object:
    """All on-site requests of this inquiry."""
    await known(inquiry_id, tx)
    found = await verdicts.requests(tx, inquiry_id)
    return OnsiteRequestsOut(items=[OnsiteRequestOut.of(request) for request in found])
