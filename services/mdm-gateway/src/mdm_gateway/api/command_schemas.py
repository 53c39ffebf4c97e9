"""Requests and answers about commands and lost devices."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from common.http import Answer, Code, Command, IdText, Line, Moment, Prose
from mdm_gateway.domain.commands import Command as DeviceCommand
from mdm_gateway.domain.lost_reports import LostReport
from mdm_gateway.storage.commands import CommandStep


class CommandIn(Command):
    """Ask something of a device. `storage`: which media a storage ban is about; absent: all the system has."""

    function: Annotated[Code, Field(examples=["remote_lock"])]
    setting: Annotated[Code | None, Field(examples=["disabled"])] = None
    storage: Annotated[Code | None, Field(examples=["usb"])] = None
    reason: Annotated[Prose, Field(examples=["Lost in a taxi"])]
    lost_report_id: IdText | None = None


class DecisionIn(Command):
    """What the second person, or the first on second thoughts, has to say."""

    note: Line | None = None


class CommandOut(Answer):
    """A command and where it stands."""

    id: str
    device_id: str
    contract_id: str
    generation: int
    function: str
    setting: str | None
    media: list[str]
    scope: str
    reason: str
    lost_report_id: str | None
    inquiry_id: str | None
    status: str
    requested_by: str
    requested_at: Moment
    approval_expires_at: Moment | None
    decided_by: str | None
    approved_at: Moment | None
    expires_at: Moment
    attempts: int
    sent_at: Moment | None
    closed_at: Moment | None
    detail: str | None
    version: int

    @classmethod
    def of(cls, command: DeviceCommand) -> CommandOut:
        """The command as it is."""
        values = {name: getattr(command, name) for name in cls.model_fields if name != "media"}
        return cls(media=list(command.media), **values)


class StepOut(Answer):
    """One step of a command: the event it became and what it was judged by."""

    sequence: int
    status: str
    event: str
    at: Moment
    actor: str
    rule_ids: list[str]
    inputs: dict[str, Any]


class WhyOut(Answer):
    """Which rules, which inputs, which events brought a command to where it stands."""

    command_id: str
    status: str
    rule_ids: list[str]
    steps: list[StepOut]

    @classmethod
    def of(cls, command: DeviceCommand, steps: list[CommandStep]) -> WhyOut:
        """The whole story."""
        return cls(
            command_id=command.id,
            status=command.status,
            rule_ids=list(dict.fromkeys(rule for step in steps for rule in step.rule_ids)),
            steps=[StepOut(**(vars(step) | {"rule_ids": list(step.rule_ids)})) for step in steps],
        )


class IdentityCheckIn(Command):
    """How the caller was recognised."""

    method: Annotated[Line, Field(examples=["call_back"])]
    passed: bool
    checked_by: Annotated[IdText, Field(examples=["op-sato"])]


class LostReportIn(Command):
    """A device is lost. `authorised_by`: the customer's registered manager, needed for a wipe only."""

    device_id: IdText
    inquiry_id: IdText | None = None
    identity_check: IdentityCheckIn
    authorised_by: Line | None = None


class LostReportOut(Answer):
    """A report, and the lock it caused."""

    id: str
    device_id: str
    contract_id: str
    generation: int
    inquiry_id: str | None
    identity_check: dict[str, str | bool]
    authorised_by: str | None
    lock_command_id: str
    reported_by: str
    reported_at: Moment
    version: int

    @classmethod
    def of(cls, report: LostReport) -> LostReportOut:
        """The report as it is."""
        values = {name: getattr(report, name) for name in cls.model_fields if name != "identity_check"}
        return cls(identity_check=vars(report.identity), **values)
