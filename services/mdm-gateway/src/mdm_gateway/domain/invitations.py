"""Enrolment invitations: one code, one device, once, for a limited time. An invitation takes no seat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.events.mdm_gateway import EnrolmentInvited
from mdm_gateway.domain.refusals import EnrolmentCodeExpired, EnrolmentCodeUsed, EnrolmentMismatch


class InvitationStatus(StrEnum):
    """`expired` is never stored: it is `open` after its time."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """A device of `contract_id` that runs `os` may enrol until `expires_at`.

    `device_id` set: only this device, which enrols again and keeps its seat.
    """

    id: str
    contract_id: str
    partner: str | None
    os: str
    label: str | None
    device_id: str | None
    invited_by: str
    invited_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_by_device_id: str | None
    version: int

    def status(self, now: datetime) -> InvitationStatus:
        """Its state at an instant."""
        if self.used_at is not None:
            return InvitationStatus.USED
        return InvitationStatus.OPEN if now < self.expires_at else InvitationStatus.EXPIRED


def invite(draft: Invitation) -> tuple[Invitation, tuple[EnrolmentInvited, ...]]:
    """Record an invitation that was judged; the rules of plan, seats, licence and OS lie with the caller."""
    fact = EnrolmentInvited(
        actor=draft.invited_by,
        invitation_id=draft.id,
        contract_id=draft.contract_id,
        os=draft.os,
        device_id=draft.device_id,
        expires_at=draft.expires_at,
    )
    return replace(draft, version=draft.version + 1), (fact,)


def accept(invitation: Invitation, *, now: datetime) -> None:
    """Whether the code still enrols a device now. Raises `EnrolmentCodeUsed` or `EnrolmentCodeExpired`."""
    match invitation.status(now):
        case InvitationStatus.USED:
            raise EnrolmentCodeUsed(invitation_id=invitation.id, used_at=invitation.used_at)
        case InvitationStatus.EXPIRED:
            raise EnrolmentCodeExpired(invitation_id=invitation.id, expires_at=invitation.expires_at)
        case InvitationStatus.OPEN:
            pass


def require_match(invitation: Invitation, *, os: str, device_id: str | None) -> None:
    """Whether this is the device that was invited; `device_id`: the known device with its serial number, if any.

    Raises `EnrolmentMismatch`.
    """
    if os != invitation.os:
        raise EnrolmentMismatch(invited_os=invitation.os, os=os)
    if invitation.device_id is not None and invitation.device_id != device_id:
        raise EnrolmentMismatch(invited_device_id=invitation.device_id)


def used(invitation: Invitation, *, device_id: str, now: datetime) -> Invitation:
    """The invitation after its one use."""
    return replace(invitation, used_at=now, used_by_device_id=device_id)
