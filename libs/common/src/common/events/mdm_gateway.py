"""Facts that `mdm-gateway` publishes, keyed by the device."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from common.events.base import CommandRef, ContractRef, DeviceRef, EventData, InquiryRef, Instant

DEVICES = "mdm-gateway.devices.v1"


class DeviceData(EventData):
    """Something happened to a managed device."""

    topic: ClassVar[str] = DEVICES
    aggregate: ClassVar[str] = "device"

    device_id: DeviceRef
    contract_id: ContractRef


class DeviceEnrolled(DeviceData):
    """A device took a seat (R-MDM-PLAN)."""

    os: Annotated[str, Field(examples=["android"])]
    os_version: Annotated[str, Field(examples=["16"])]
    model: Annotated[str, Field(examples=["Tab A9"])]
    enrolment_generation: Annotated[int, Field(examples=[1])]
    seats_used: Annotated[int, Field(examples=[1])]
    seats: Annotated[int, Field(examples=[3])]


class DeviceUnenrolled(DeviceData):
    """A device gave its seat back."""

    reason: Annotated[str, Field(examples=["released_by_operator"])]


class DeviceStateReported(DeviceData):
    """The security state a device last reported; what it did not say is absent (R-MDM-STATUS)."""

    reported_at: Instant
    state: Annotated[dict[str, str | int | bool | None], Field(examples=[{"encryption": "on"}])]


class LostDeviceReported(EventData):
    """A lost device was reported after an identity check; it is being locked."""

    topic: ClassVar[str] = DEVICES
    aggregate: ClassVar[str] = "lost_report"

    lost_report_id: Annotated[str, Field(examples=["lost_0197f3c29a7b7cc8a1f2c3d4e5f6072c"])]
    device_id: DeviceRef
    contract_id: ContractRef
    inquiry_id: InquiryRef | None = None
    lock_command_id: CommandRef


class CommandData(EventData):
    """A step in the life of a device command."""

    topic: ClassVar[str] = DEVICES
    aggregate: ClassVar[str] = "command"

    command_id: CommandRef
    device_id: DeviceRef
    contract_id: ContractRef
    function: Annotated[str, Field(examples=["remote_lock"])]
    inquiry_id: InquiryRef | None = None


class CommandRequested(CommandData):
    """Asked for; a wipe waits for a second person (R-MDM-WIPE-TWO)."""

    setting: Annotated[str | None, Field(examples=["disabled"])] = None
    needs_approval: bool
    expires_at: Instant


class CommandApproved(CommandData):
    """A second person approved; it is queued."""


class CommandRejected(CommandData):
    """A second person said no."""


class CommandSent(CommandData):
    """Handed to the device."""

    attempt: Annotated[int, Field(examples=[1])]


class CommandDeferred(CommandData):
    """The device said not now; queued again."""


class CommandSucceeded(CommandData):
    """The device says it is done."""

    scope: Annotated[str | None, Field(examples=["whole_device"])] = None


class CommandFailed(CommandData):
    """The device says it could not."""

    detail: Annotated[str | None, Field(examples=["no_passcode_set"])] = None


class CommandUnconfirmed(CommandData):
    """Delivered, destructive, and no answer came: assume done."""


class CommandExpired(CommandData):
    """Its time ran out."""


class CommandCancelled(CommandData):
    """Taken back before it was sent."""

    reason: str


class CommandSuperseded(CommandData):
    """A later command, or a new enrolment, took its place."""

    by_command_id: CommandRef | None = None


EVENTS: tuple[type[EventData], ...] = (
    DeviceEnrolled, DeviceUnenrolled, DeviceStateReported, LostDeviceReported,
    CommandRequested, CommandApproved, CommandRejected, CommandSent, CommandDeferred, CommandSucceeded, CommandFailed,
    CommandUnconfirmed, CommandExpired, CommandCancelled, CommandSuperseded,
)  # fmt: skip
