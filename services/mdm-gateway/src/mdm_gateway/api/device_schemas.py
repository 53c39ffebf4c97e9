"""Requests and answers about invitations, devices and seats."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from common.http import Answer, Code, Command, IdText, Line, Moment
from mdm_gateway.domain.devices import Device
from mdm_gateway.domain.invitations import Invitation
from mdm_gateway.domain.matrix import Capability
from mdm_gateway.domain.rights import Entitlement
from mdm_gateway.domain.seats import SeatAccount
from mdm_gateway.domain.security_status import SecurityStatus
from mdm_gateway.storage.device_states import DeviceSetting
from mdm_gateway.usecases.invite_device import Invited

MATRIX_RULES = ["R-MDM-MATRIX"]


class InvitationIn(Command):
    """Invite one device. `device_id`: an enrolled device that is to enrol again and keeps its seat."""

    contract_id: IdText
    os: Annotated[Code, Field(examples=["android"])]
    label: Annotated[Line | None, Field(examples=["受付のタブレット"])] = None
    device_id: IdText | None = None


class InvitationOut(Answer):
    """An invitation; it takes no seat. `status`: open, used or expired."""

    id: str
    contract_id: str
    os: str
    label: str | None
    device_id: str | None
    status: str
    invited_by: str
    invited_at: Moment
    expires_at: Moment
    used_at: Moment | None
    used_by_device_id: str | None

    @classmethod
    def at(cls, invitation: Invitation, now: datetime) -> InvitationOut:
        """The invitation as it stands at `now`."""
        return cls(status=invitation.status(now), **_same_named(cls, invitation, but={"status"}))


class InvitedOut(InvitationOut):
    """A new invitation with its code, which is shown this once."""

    enrolment_code: Annotated[str, Field(examples=["MFZG-C3TF-MRXX-GZLT"])]

    @classmethod
    def new(cls, invited: Invited, now: datetime) -> InvitedOut:
        """The answer to the one who invited."""
        plain = InvitationOut.at(invited.invitation, now)
        return cls(enrolment_code=invited.code, **plain.model_dump())


class DeviceOut(Answer):
    """A managed device. `generation` counts its enrolments."""

    id: str
    contract_id: str
    os: str
    os_version: str
    model: str
    serial: str
    label: str | None
    status: str
    generation: int
    enrolled_at: Moment
    released_at: Moment | None
    last_contact_at: Moment
    version: int

    @classmethod
    def of(cls, device: Device) -> DeviceOut:
        """The device as it is."""
        return cls(**_same_named(cls, device))


class CapabilityOut(Answer):
    """What can be done to a device. `verdict`: `supported`, `needs:<precondition>` or `unsupported:<reason>`."""

    function: str
    verdict: Annotated[str, Field(examples=["supported", "unsupported:not_offered_on_windows"])]
    scope: str | None
    media: list[str]
    needs_approval: bool
    rule_ids: list[str]

    @classmethod
    def of(cls, capability: Capability, *, enrolled: bool) -> CapabilityOut:
        """The matrix's word, then what this very device lacks."""
        if not capability.supported:
            verdict = f"unsupported:{capability.reason}"
        else:
            verdict = "supported" if enrolled else "needs:enrolment"
        return cls(
            function=capability.function,
            verdict=verdict,
            scope=capability.scope,
            media=list(capability.media),
            needs_approval=capability.function == "remote_wipe",
            rule_ids=MATRIX_RULES,
        )


class CapabilitiesOut(Answer):
    """Every function of the management tool on one device."""

    device_id: str
    os: str
    capabilities: list[CapabilityOut]


class SettingOut(Answer):
    """One controlled function: what is wanted and what the device applied; null: nothing wanted, or not known."""

    function: str
    medium: str | None
    desired: str | None
    desired_by: str | None
    desired_at: Moment | None
    applied: str | None
    applied_by: str | None
    applied_at: Moment | None
    differs: bool

    @classmethod
    def of(cls, setting: DeviceSetting) -> SettingOut:
        """One setting as it stands."""
        plain = _same_named(cls, setting, but={"medium", "differs"})
        return cls(medium=setting.medium or None, differs=setting.desired != setting.applied, **plain)


class SettingsOut(Answer):
    """All controlled functions of a device that were ever ordered."""

    device_id: str
    items: list[SettingOut]


class SecurityStatusOut(Answer):
    """What the device last said, with its age in seconds; `unknown` is what it has not said (R-MDM-STATUS)."""

    device_id: str
    os: str
    reported_at: Moment | None
    age_seconds: int | None
    last_contact_at: Moment
    contact_age_seconds: int
    items: Annotated[dict[str, str], Field(examples=[{"encryption": "on", "passcode": "unknown"}])]
    patch_age_days: int | None
    unknown: list[str]
    concerns: list[str]
    rule_ids: list[str]

    @classmethod
    def of(cls, device: Device, status: SecurityStatus, *, now: datetime) -> SecurityStatusOut:
        """The status as it is seen at `now`."""
        return cls(
            device_id=device.id,
            os=device.os,
            last_contact_at=device.last_contact_at,
            contact_age_seconds=int((now - device.last_contact_at).total_seconds()),
            rule_ids=["R-MDM-STATUS"],
            **_same_named(cls, status, but=_STATUS_EXTRAS),
        )


_STATUS_EXTRAS = {"device_id", "os", "last_contact_at", "contact_age_seconds", "rule_ids"}


class SeatStepOut(Answer):
    """From `start` on the contract has `seats`; null: never recorded."""

    start: Moment
    seats: int | None


class SeatsOut(Answer):
    """Seats of a contract: how many, how many are used, and which devices have to go by `effective_from`."""

    contract_id: str
    plan: str | None
    seats: int | None
    used: int
    over_limit_device_ids: list[str]
    effective_from: Moment | None
    steps: list[SeatStepOut]
    known_up_to: Moment
    rule_ids: list[str]

    @classmethod
    def of(cls, known: Entitlement, account: SeatAccount, *, now: datetime) -> SeatsOut:
        """The account as it is seen at `now`."""
        plan = known.at(now).plan
        seats = [step.seats for step in account.steps if step.start <= now]
        return cls(
            contract_id=account.contract_id,
            plan=plan.code if plan else None,
            seats=seats[-1] if seats else 0,
            used=account.used,
            over_limit_device_ids=list(account.named),
            effective_from=account.short_at,
            steps=[SeatStepOut(start=step.start, seats=step.seats) for step in account.steps],
            known_up_to=known.known_up_to,
            rule_ids=["R-MDM-PLAN"],
        )


def _same_named(model: type[Answer], thing: object, *, but: set[str] | None = None) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in model.model_fields if name not in (but or set())}
