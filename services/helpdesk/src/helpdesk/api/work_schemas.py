"""What goes in and out about the work on a case."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from common.http import Answer, Code, Command, Line, Moment, Prose
from helpdesk.domain.onsite import OnsiteRequest
from helpdesk.domain.remote import RemoteSession, StoppedBy
from helpdesk.domain.verdicts import FailedDevice, Finding, Verdict
from helpdesk.storage.case_work import Triage
from helpdesk.usecases.do_triage import DoTriage
from helpdesk.usecases.start_remote_session import StartRemoteSession


class AnswerIn(Command):
    """A question and what the customer said."""

    question: Line
    answer: Prose


class TriageIn(Command):
    """Questions in the order in which they were asked."""

    answers: Annotated[tuple[AnswerIn, ...], Field(min_length=1, max_length=100)]
    suspected: Code | None = None

    def command(self, inquiry_id: str, version: int | None) -> DoTriage:
        """The same for the use case."""
        return DoTriage(
            inquiry_id=inquiry_id,
            answers=tuple((each.question, each.answer) for each in self.answers),
            suspected=self.suspected,
            expected_version=version,
        )


class TriageOut(Answer):
    """A triage that was done."""

    id: str
    inquiry_id: str
    answers: list[dict[str, str]]
    suspected: str | None
    actor: str
    at: Moment

    @classmethod
    def of(cls, triage: Triage) -> TriageOut:
        """From storage."""
        return TriageOut.model_validate(triage)


class SpokenConsentIn(Command):
    """What the customer said yes to."""

    given_by: Line
    spoken: bool
    recording: bool = False


class RemoteSessionIn(Command):
    """The system to be looked at; `os` and `terminal` are judged by the tool matrix (R-TOOL-OS)."""

    os: Annotated[Code, Field(examples=["windows"])]
    terminal: Annotated[Code, Field(examples=["pc"])]
    consent: SpokenConsentIn

    def command(self, inquiry_id: str, version: int | None) -> StartRemoteSession:
        """The same for the use case."""
        return StartRemoteSession(
            inquiry_id=inquiry_id,
            os=self.os,
            terminal=self.terminal,
            consent_given_by=self.consent.given_by,
            spoken=self.consent.spoken,
            recording=self.consent.recording,
            expected_version=version,
        )


class RemoteSessionEndIn(Command):
    """Who stopped it."""

    stopped_by: StoppedBy


class RemoteSessionOut(Answer):
    """A remote session; who consented is shown to the house only."""

    id: str
    inquiry_id: str
    os: str
    terminal: str
    consent_given_by: str | None
    recording: bool
    started_at: Moment
    started_by: str
    ended_at: Moment | None
    stopped_by: str | None
    ended_by: str | None

    @classmethod
    def of(cls, session: RemoteSession) -> RemoteSessionOut:
        """From the domain."""
        return RemoteSessionOut.model_validate(session)

    @classmethod
    def without_names(cls, session: RemoteSession) -> RemoteSessionOut:
        """From the domain, for partners."""
        return cls.of(session).model_copy(update={"consent_given_by": None})


class RemoteSessionsOut(Answer):
    """All sessions of an inquiry."""

    items: list[RemoteSessionOut]
    next: None = None


class FailedDeviceIn(Command):
    """The device at fault; its kind is judged (loan kinds, mac, ipad, smartphone, printer, other)."""

    kind: Annotated[Code, Field(examples=["soho_router"])]
    maker: Line | None = None
    model: Line | None = None
    serial: Line | None = None


class VerdictIn(Command):
    """What was found; result and cause are judged together."""

    result: Annotated[Code, Field(examples=["isolated"])]
    cause: Annotated[Code, Field(examples=["device_fault"])] | None = None
    failed_device: FailedDeviceIn | None = None
    evidence: Prose

    def finding(self) -> Finding:
        """The same for the domain."""
        failed = self.failed_device
        return Finding(
            result=self.result,
            cause=self.cause,
            failed_device=FailedDevice(**failed.model_dump()) if failed is not None else None,
            evidence=self.evidence,
        )


class FailedDeviceOut(Answer):
    """The device at fault."""

    kind: str
    maker: str | None
    model: str | None
    serial: str | None


class VerdictOut(Answer):
    """A verdict; `supersedes` is the one it took the place of."""

    id: str
    inquiry_id: str
    result: str
    cause: str | None
    failed_device: FailedDeviceOut | None
    evidence: str
    origin: str
    visit_id: str | None
    supersedes: str | None
    rests_on: dict[str, Any]
    actor: str
    at: Moment

    @classmethod
    def of(cls, verdict: Verdict) -> VerdictOut:
        """From the domain."""
        return VerdictOut.model_validate(verdict)


class VerdictsOut(Answer):
    """All verdicts of an inquiry; the last one counts."""

    items: list[VerdictOut]
    next: None = None


class OnsiteRequestIn(Command):
    """Nothing more needs to be said than which inquiry."""


class OnsiteRequestOut(Answer):
    """A wish for an isolation visit."""

    id: str
    inquiry_id: str
    contract_id: str
    verdict_id: str
    status: str
    requested_by: str
    requested_at: Moment

    @classmethod
    def of(cls, request: OnsiteRequest) -> OnsiteRequestOut:
        """From the domain."""
        return OnsiteRequestOut.model_validate(request)


class OnsiteRequestsOut(Answer):
    """All on-site requests of an inquiry."""

    items: list[OnsiteRequestOut]
    next: None = None
