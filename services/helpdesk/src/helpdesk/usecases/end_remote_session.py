"""Stop looking at the customer's screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain import remote
from helpdesk.domain.refusals import RemoteSessionUnknown
from helpdesk.domain.remote import RemoteSession, StoppedBy
from helpdesk.storage import case_work
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class EndRemoteSession:
    """Which session, and who stopped it."""

    inquiry_id: str
    session_id: str
    stopped_by: StoppedBy
    expected_version: int | None = None


async def end_remote_session(command: EndRemoteSession, tx: Tx, now: datetime) -> RemoteSession:
    """End it; raises `InquiryUnknown`, `RemoteSessionUnknown`, `RemoteSessionEndedAlready`, `StaleVersion`."""
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    session = await case_work.find_session(tx, inquiry.id, command.session_id)
    if session is None:
        raise RemoteSessionUnknown(inquiry_id=inquiry.id, remote_session_id=command.session_id)
    over, step = remote.end(inquiry, session, stopped_by=command.stopped_by, actor=tx.actor, now=now)
    await record(tx, inquiry, step, now)
    await case_work.end_session(tx, over)
    return over
