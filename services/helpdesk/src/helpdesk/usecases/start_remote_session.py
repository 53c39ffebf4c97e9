"""Begin to look at the customer's screen, with consent and where the tool runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.entitlements import consent_missing
from common.ids import new_id
from helpdesk.domain import remote
from helpdesk.domain.refusals import ContractUnknown
from helpdesk.domain.remote import Gate, RemoteSession
from helpdesk.storage import case_work, catalogue, entitlements
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class StartRemoteSession:
    """The system to be looked at, and the consent that was given in words; the booking, if it was promised."""

    inquiry_id: str
    os: str
    terminal: str
    consent_given_by: str
    spoken: bool
    recording: bool
    booking_id: str | None = None
    expected_version: int | None = None


async def start_remote_session(command: StartRemoteSession, tx: Tx, now: datetime) -> RemoteSession:
    """Start it (R-CONSENT, R-TOOL-OS).

    Raises `ConsentMissing`, `OsNotSupported`, `RemoteSessionRunning` (all that apply), `WrongState`, `InquiryUnknown`,
    `CatalogueUnknown`, `StaleVersion`.
    """
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    known = await entitlements.find(tx, inquiry.contract_id)
    if known is None:
        raise ContractUnknown(contract_id=inquiry.contract_id)
    required = (await catalogue.part(tx, catalogue.REQUIRED_CONSENTS)).required_consents
    gate = Gate(
        documents_missing=consent_missing(known.state, required, remote.PURPOSE, now),
        spoken=command.spoken,
        matrix=(await catalogue.part(tx, catalogue.TOOL_MATRIX)).tool_matrix,
        session_running=await case_work.session_running(tx, inquiry.id),
        known_up_to=known.known_at,
    )
    session = RemoteSession(
        id=new_id("rms"),
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        partner=inquiry.partner,
        os=command.os,
        terminal=command.terminal,
        consent_given_by=command.consent_given_by,
        recording=command.recording,
        started_at=now,
        started_by=tx.actor,
    )
    step = remote.start(inquiry, session, gate, actor=tx.actor, booking_id=command.booking_id)
    await record(tx, inquiry, step, now)
    await case_work.add_session(tx, session)
    return session
