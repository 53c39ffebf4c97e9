"""Device commands up to the queue: asked for, decided on by a second person, taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from common.events.base import EventData
from common.events.mdm_gateway import CommandApproved, CommandCancelled, CommandRejected, CommandRequested
from common.two_people import Signatory, require_person, require_second_person
from mdm_gateway.domain.matrix import Function, Medium, Order, Scope, Setting
from mdm_gateway.domain.refusals import ApprovalExpired, CommandNotOpen, EnrolmentChanged
from mdm_gateway.domain.terms import Terms


class CommandStatus(StrEnum):
    """Where a command stands."""

    AWAITING_APPROVAL = "awaiting_approval"
    QUEUED = "queued"
    SENT = "sent"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    EXPIRED = "expired"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


TWO_PEOPLE = "R-MDM-WIPE-TWO"
LIVE = frozenset({CommandStatus.AWAITING_APPROVAL, CommandStatus.QUEUED, CommandStatus.SENT})
UNSENT = frozenset({CommandStatus.AWAITING_APPROVAL, CommandStatus.QUEUED})


@dataclass(frozen=True, kw_only=True)
class Command:
    """An order to one device in one of its generations.

    `approval_expires_at` is set where a second person has to approve (R-MDM-WIPE-TWO); `not_before` is the
    earliest instant of the next delivery, `unconfirmed_at` when a delivered wipe counts as done unanswered. Of whoever
    asked for it are kept the login, the person, the program and the token, to be judged again when another decides.
    """

    id: str
    device_id: str
    contract_id: str
    partner: str | None
    generation: int
    function: Function
    setting: Setting | None
    media: tuple[Medium, ...]
    scope: Scope
    reason: str
    lost_report_id: str | None
    inquiry_id: str | None
    status: CommandStatus
    requested_by: str
    requested_by_person: str | None
    requested_through: str | None
    requested_with_token: str | None
    requested_token_issued_at: datetime | None
    requested_at: datetime
    approval_expires_at: datetime | None
    decided_by: str | None
    decided_by_person: str | None
    approved_at: datetime | None
    expires_at: datetime
    not_before: datetime
    attempts: int
    sent_at: datetime | None
    unconfirmed_at: datetime | None
    closed_at: datetime | None
    detail: str | None
    version: int

    @property
    def is_wipe(self) -> bool:
        """Whether it destroys what is on the device."""
        return self.function is Function.REMOTE_WIPE

    @property
    def requester(self) -> Signatory:
        """Who asked for it."""
        return Signatory(
            subject=self.requested_by,
            person=self.requested_by_person,
            client_id=self.requested_through,
            token_id=self.requested_with_token,
            token_issued_at=self.requested_token_issued_at,
        )

    @property
    def is_live(self) -> bool:
        """Whether it still may reach the device, or its answer may still come."""
        return self.status in LIVE


Step = tuple[Command, tuple[EventData, ...]]


@dataclass(frozen=True, kw_only=True)
class Request:
    """Who asks what of which enrolment, and why."""

    command_id: str
    device_id: str
    contract_id: str
    partner: str | None
    generation: int
    order: Order
    reason: str
    lost_report_id: str | None
    inquiry_id: str | None
    by: Signatory


def closed(command: Command, status: CommandStatus, now: datetime) -> Command:
    """The command in a state that ends it."""
    return replace(command, status=status, closed_at=now, version=command.version + 1)


class About(TypedDict):
    """What every fact about a command names."""

    actor: str
    command_id: str
    device_id: str
    contract_id: str
    function: str
    inquiry_id: str | None


def about(command: Command, by: str) -> About:
    """The part of a fact that says which command it is about and who caused it."""
    return About(
        actor=by,
        command_id=command.id,
        device_id=command.device_id,
        contract_id=command.contract_id,
        function=command.function,
        inquiry_id=command.inquiry_id,
    )


def gives_way(live: Command, to: Order) -> bool:
    """Whether a live command makes room for a new order of its function: an unsent setting that is to be another."""
    return (
        live.setting is not None
        and live.status is CommandStatus.QUEUED
        and (live.setting, live.media) != (to.setting, to.media)
    )


def request(asked: Request, *, terms: Terms, now: datetime) -> Step:
    """A new command: queued, or for a wipe waiting for a second person, which needs to know the first.

    Raises `PersonUnknown`.
    """
    wipe = asked.order.function is Function.REMOTE_WIPE
    if wipe:
        require_person(asked.by, rule_id=TWO_PEOPLE, device_id=asked.device_id)
    command = Command(
        id=asked.command_id,
        device_id=asked.device_id,
        contract_id=asked.contract_id,
        partner=asked.partner,
        generation=asked.generation,
        function=asked.order.function,
        setting=asked.order.setting,
        media=asked.order.media,
        scope=asked.order.scope,
        reason=asked.reason,
        lost_report_id=asked.lost_report_id,
        inquiry_id=asked.inquiry_id,
        status=CommandStatus.AWAITING_APPROVAL if wipe else CommandStatus.QUEUED,
        requested_by=asked.by.subject,
        requested_by_person=asked.by.person,
        requested_through=asked.by.client_id,
        requested_with_token=asked.by.token_id,
        requested_token_issued_at=asked.by.token_issued_at,
        requested_at=now,
        approval_expires_at=now + terms.approval_window if wipe else None,
        decided_by=None,
        decided_by_person=None,
        approved_at=None,
        expires_at=terms.expiry_of(asked.order.function, start=now),
        not_before=now,
        attempts=0,
        sent_at=None,
        unconfirmed_at=None,
        closed_at=None,
        detail=None,
        version=1,
    )
    fact = CommandRequested(
        **about(command, asked.by.subject),
        setting=command.setting,
        media=command.media,
        lost_report_id=command.lost_report_id,
        needs_approval=wipe,
        expires_at=command.expires_at,
    )
    return command, (fact,)


def approve(command: Command, *, generation: int, by: Signatory, terms: Terms, now: datetime) -> Step:
    """Queue a wipe that a second person approves for the device's present `generation` (R-MDM-WIPE-TWO).

    Raises `SelfApproval`, `PersonUnknown`, `ApprovalExpired`, `EnrolmentChanged`, `CommandNotOpen`.
    """
    _require_second_person(command, by, decision="approval")
    _require_awaiting(command, now)
    if generation != command.generation:
        raise EnrolmentChanged(command_id=command.id, requested_for=command.generation, present=generation)
    after = replace(
        command,
        status=CommandStatus.QUEUED,
        decided_by=by.subject,
        decided_by_person=by.person,
        approved_at=now,
        expires_at=terms.expiry_of(command.function, start=now),
        not_before=now,
        version=command.version + 1,
    )
    return after, (CommandApproved(**about(command, by.subject)),)


def reject(command: Command, *, by: Signatory, detail: str | None, now: datetime) -> Step:
    """A second person says no. Raises `SelfApproval`, `PersonUnknown`, `ApprovalExpired`, `CommandNotOpen`."""
    _require_second_person(command, by, decision="rejection")
    _require_awaiting(command, now)
    decided = replace(command, decided_by=by.subject, decided_by_person=by.person, detail=detail)
    return closed(decided, CommandStatus.REJECTED, now), (CommandRejected(**about(command, by.subject)),)


def _require_second_person(command: Command, by: Signatory, *, decision: str) -> None:
    require_second_person(command.requester, by, rule_id=TWO_PEOPLE, command_id=command.id, decision=decision)


def _require_awaiting(command: Command, now: datetime) -> None:
    limit = command.approval_expires_at
    never_approved = command.status in {CommandStatus.AWAITING_APPROVAL, CommandStatus.EXPIRED}
    if limit is not None and never_approved and command.approved_at is None and limit <= now:
        raise ApprovalExpired(command_id=command.id, approval_expires_at=limit, now=now)
    if command.status is not CommandStatus.AWAITING_APPROVAL:
        raise CommandNotOpen(command_id=command.id, status=command.status)


def cancel(command: Command, *, by: str, reason: str, now: datetime) -> Step:
    """Take back what was not sent yet. Raises `CommandNotOpen`."""
    if command.status not in UNSENT:
        raise CommandNotOpen(command_id=command.id, status=command.status, cancellable=sorted(UNSENT))
    after = closed(replace(command, detail=reason), CommandStatus.CANCELLED, now)
    return after, (CommandCancelled(**about(command, by), reason=reason),)
