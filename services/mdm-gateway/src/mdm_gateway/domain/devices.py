"""Managed devices: one seat each while enrolled, one generation per enrolment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.events.base import EventData
from common.events.mdm_gateway import DeviceEnrolled, DeviceStateReported, DeviceUnenrolled
from mdm_gateway.domain.invitations import Invitation
from mdm_gateway.domain.refusals import DeviceNotEnrolled


class DeviceStatus(StrEnum):
    """Whether a device holds a seat."""

    ENROLLED = "enrolled"
    RELEASED = "released"


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device under management.

    `generation` counts its enrolments; commands are bound to one of them. `enrolled_at`: when it took its present seat.
    """

    id: str
    contract_id: str
    partner: str | None
    os: str
    os_version: str
    model: str
    serial: str
    label: str | None
    status: DeviceStatus
    generation: int
    enrolled_at: datetime
    released_at: datetime | None
    last_contact_at: datetime
    version: int


@dataclass(frozen=True, kw_only=True)
class Presented:
    """What a device says of itself when it enrols: hostile input until it is judged."""

    os: str
    os_version: str
    model: str
    serial: str


@dataclass(frozen=True, kw_only=True)
class Seating:
    """The seat an enrolment took, or kept, and the invitation that allowed it."""

    used: int
    seats: int
    invitation_id: str


def first_enrolment(
    device_id: str, presented: Presented, *, invitation: Invitation, seating: Seating, now: datetime
) -> tuple[Device, tuple[EventData, ...]]:
    """A device that was never seen under this contract, in generation 1."""
    device = Device(
        id=device_id,
        contract_id=invitation.contract_id,
        partner=invitation.partner,
        os=presented.os,
        os_version=presented.os_version,
        model=presented.model,
        serial=presented.serial,
        label=invitation.label,
        status=DeviceStatus.ENROLLED,
        generation=1,
        enrolled_at=now,
        released_at=None,
        last_contact_at=now,
        version=1,
    )
    return device, (_enrolled(device, seating),)


def enrolled_again(
    device: Device, presented: Presented, *, label: str | None, seating: Seating, now: datetime
) -> tuple[Device, tuple[EventData, ...]]:
    """The same device in its next generation; what was queued for the former one never reaches it."""
    after = replace(
        device,
        os_version=presented.os_version,
        model=presented.model,
        label=label if label is not None else device.label,
        status=DeviceStatus.ENROLLED,
        generation=device.generation + 1,
        enrolled_at=device.enrolled_at if device.status is DeviceStatus.ENROLLED else now,
        released_at=None,
        last_contact_at=now,
        version=device.version + 1,
    )
    return after, (_enrolled(after, seating),)


def _enrolled(device: Device, seating: Seating) -> DeviceEnrolled:
    return DeviceEnrolled(
        actor=agent_of(device.id),
        device_id=device.id,
        contract_id=device.contract_id,
        os=device.os,
        os_version=device.os_version,
        model=device.model,
        enrolment_generation=device.generation,
        seats_used=seating.used,
        seats=seating.seats,
        invitation_id=seating.invitation_id,
    )


def release(
    device: Device, *, reason: str, seats_used: int, by: str, now: datetime
) -> tuple[Device, tuple[EventData, ...]]:
    """Un-enrol: the seat is free, the token is dead. Raises `DeviceNotEnrolled`."""
    require_enrolled(device)
    after = replace(device, status=DeviceStatus.RELEASED, released_at=now, version=device.version + 1)
    fact = DeviceUnenrolled(
        actor=by, device_id=device.id, contract_id=device.contract_id, reason=reason, seats_used=seats_used
    )
    return after, (fact,)


def require_enrolled(device: Device) -> None:
    """Raise `DeviceNotEnrolled` when the device is no longer managed (R-MDM-PLAN)."""
    if device.status is not DeviceStatus.ENROLLED:
        raise DeviceNotEnrolled(device_id=device.id, released_at=device.released_at)


def state_reported(
    device: Device, state: dict[str, str | int | bool | None], *, os_version: str | None, now: datetime
) -> tuple[Device, tuple[EventData, ...]]:
    """The device has told its security state (R-MDM-STATUS)."""
    after = replace(
        device,
        os_version=os_version if os_version is not None else device.os_version,
        last_contact_at=now,
        version=device.version + 1,
    )
    fact = DeviceStateReported(
        actor=agent_of(device.id),
        device_id=device.id,
        contract_id=device.contract_id,
        reported_at=now,
        state=state,
    )
    return after, (fact,)


def agent_of(device_id: str) -> str:
    """The subject under which a device acts."""
    return f"device:{device_id}"
