"""Remote sessions: who consented to what, on which system, and who stopped it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.errors import DomainError, refuse_if_any
from common.events.contracts import ToolOs
from common.events.helpdesk import RemoteSessionEnded, RemoteSessionStarted
from helpdesk.domain.inquiry import Inquiry, Step, at_work
from helpdesk.domain.refusals import (
    ConsentMissing,
    OsNotSupported,
    RemoteSessionEndedAlready,
    RemoteSessionRunning,
)

PURPOSE = "remote_session"
SPOKEN = "spoken_consent"


class StoppedBy(StrEnum):
    """Who ended a session; the customer may at any time."""

    OPERATOR = "operator"
    CUSTOMER = "customer"


@dataclass(frozen=True, kw_only=True)
class RemoteSession:
    """One look at the customer's screen, with its own spoken consent (R-CONSENT)."""

    id: str
    inquiry_id: str
    contract_id: str
    partner: str | None
    os: str
    terminal: str
    consent_given_by: str | None
    recording: bool
    started_at: datetime
    started_by: str
    ended_at: datetime | None = None
    stopped_by: StoppedBy | None = None
    ended_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What decides whether a session may start.

    `documents_missing` names documents not accepted in a version new enough (R-CONSENT); `matrix` is what the tool runs
    on (R-TOOL-OS).
    """

    documents_missing: Sequence[str]
    spoken: bool
    matrix: Sequence[ToolOs]
    session_running: bool
    known_up_to: datetime


def start(inquiry: Inquiry, session: RemoteSession, gate: Gate, *, actor: str, booking_id: str | None = None) -> Step:
    """Begin a session; `booking_id` is the promise that it keeps, if any.

    Raises `ConsentMissing`, `OsNotSupported`, `RemoteSessionRunning` (all that apply), `WrongState`.
    """
    begun = at_work(inquiry, actor)
    refuse_if_any(
        [
            consented(gate),
            supported(session.os, session.terminal, gate.matrix),
            RemoteSessionRunning(inquiry_id=inquiry.id) if gate.session_running else None,
        ]
    )
    started = RemoteSessionStarted(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        remote_session_id=session.id,
        os=session.os,
        terminal=session.terminal,
        recording=session.recording,
        booking_id=booking_id,
    )
    return Step(inquiry=begun.inquiry, events=(*begun.events, started))


def end(
    inquiry: Inquiry, session: RemoteSession, *, stopped_by: StoppedBy, actor: str, now: datetime
) -> tuple[RemoteSession, Step]:
    """Stop a session; possible in every state of the inquiry. Raises `RemoteSessionEndedAlready`."""
    if session.ended_at is not None:
        raise RemoteSessionEndedAlready(
            remote_session_id=session.id, ended_at=session.ended_at, stopped_by=session.stopped_by
        )
    ended = RemoteSessionEnded(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        remote_session_id=session.id,
        stopped_by=stopped_by.value,
        seconds=int((now - session.started_at).total_seconds()),
    )
    over = replace(session, ended_at=now, stopped_by=stopped_by, ended_by=actor)
    return over, Step(inquiry=inquiry, events=(ended,))


def consented(gate: Gate) -> DomainError | None:
    """`ConsentMissing` naming every document that is missing or too old, and the spoken consent (R-CONSENT)."""
    missing = [*gate.documents_missing, *([] if gate.spoken else [SPOKEN])]
    return ConsentMissing(missing=missing, purpose=PURPOSE, known_up_to=gate.known_up_to) if missing else None


def supported(os: str, terminal: str, matrix: Sequence[ToolOs]) -> DomainError | None:
    """`OsNotSupported` unless the remote-support tool runs on this system and terminal (R-TOOL-OS)."""
    runs_on = {row.os: list(row.terminals) for row in matrix if row.remote_support}
    if terminal in runs_on.get(os, []):
        return None
    return OsNotSupported(os=os, terminal=terminal, supported=runs_on)
