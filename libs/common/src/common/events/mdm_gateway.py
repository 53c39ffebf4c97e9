"""Facts that `mdm-gateway` publishes, keyed by the device."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from common.events.base import CommandRef, ContractRef, DeviceRef, EventData, InquiryRef, Instant
from common.events.words import InWords

DEVICES = "mdm-gateway.devices.v1"

InvitationRef = Annotated[
    str, Field(description="Enrolment invitation.", examples=["enr_0197f3c29a7b7cc8a1f2c3d4e5f6072d"])
]


class DeviceData(EventData):
    """Something happened to a managed device."""

    topic: ClassVar[str] = DEVICES
    aggregate: ClassVar[str] = "device"

    device_id: DeviceRef
    contract_id: ContractRef


class EnrolmentInvited(EventData):
    """A device of a contract may enrol once with a code; the code itself is never in an event."""

    topic: ClassVar[str] = DEVICES
    aggregate: ClassVar[str] = "invitation"

    invitation_id: InvitationRef
    contract_id: ContractRef
    os: Annotated[str, Field(description="Operating system.", examples=["android"])]
    device_id: Annotated[
        DeviceRef | None, Field(description="The enrolled device that is to enrol again; absent: any device.")
    ] = None
    expires_at: Annotated[Instant, Field(description="Until when the code may be shown.")]


class DevicesNamedForRelease(EventData):
    """A contract will have fewer seats than devices; these are un-enrolled by that instant (R-MDM-PLAN).

    An empty list takes an earlier naming back.
    """

    topic: ClassVar[str] = DEVICES
    aggregate: ClassVar[str] = "seats"

    contract_id: ContractRef
    seats: Annotated[int, Field(description="Seats from then on.", examples=[3])]
    seats_used: Annotated[int, Field(description="Seats in use.", examples=[5])]
    effective_from: Annotated[Instant | None, Field(description="From when on.")] = None
    device_ids: Annotated[
        tuple[str, ...],
        Field(
            description="The devices that go.",
            examples=[["dev_0197f3c29a7b7cc8a1f2c3d4e5f60722"]],
        ),
    ]


class DeviceEnrolled(DeviceData):
    """A device took a seat (R-MDM-PLAN); from generation 2 on it enrolled again and kept the seat it had."""

    os: Annotated[str, Field(description="Operating system.", examples=["android"])]
    os_version: Annotated[str, Field(description="Version of the operating system.", examples=["16"])]
    model: Annotated[str, Field(description="Model.", examples=["Tab A9"])]
    enrolment_generation: Annotated[int, Field(description="How many times this device enrolled.", examples=[1])]
    seats_used: Annotated[int, Field(description="Seats in use afterwards.", examples=[1])]
    seats: Annotated[int, Field(description="Seats of the plan.", examples=[3])]
    invitation_id: InvitationRef | None = None


class DeviceUnenrolled(DeviceData):
    """A device gave its seat back."""

    reason: Annotated[str, Field(description="released_by_operator | seats_lowered", examples=["released_by_operator"])]
    seats_used: Annotated[int | None, Field(description="Seats used afterwards.", examples=[2])] = None


class DeviceStateReported(DeviceData):
    """The security state a device last reported; what it did not say is absent (R-MDM-STATUS)."""

    reported_at: Annotated[Instant, Field(description="When the device said it.")]
    state: Annotated[
        dict[str, str | int | bool | None],
        Field(
            description="What the device said, by name; what it did not say is absent.", examples=[{"encryption": "on"}]
        ),
    ]


class LostDeviceReported(EventData):
    """A lost device was reported after an identity check; it is being locked."""

    topic: ClassVar[str] = DEVICES
    aggregate: ClassVar[str] = "lost_report"

    lost_report_id: Annotated[
        str, Field(description="The lost report.", examples=["lost_0197f3c29a7b7cc8a1f2c3d4e5f6072c"])
    ]
    device_id: DeviceRef
    contract_id: ContractRef
    inquiry_id: InquiryRef | None = None
    lock_command_id: Annotated[CommandRef, Field(description="The lock that was sent at once.")]


class CommandData(EventData):
    """A step in the life of a device command."""

    topic: ClassVar[str] = DEVICES
    aggregate: ClassVar[str] = "command"

    command_id: CommandRef
    device_id: DeviceRef
    contract_id: ContractRef
    function: Annotated[str, Field(description="What the device is to do.", examples=["remote_lock"])]
    inquiry_id: InquiryRef | None = None


class CommandRequested(CommandData):
    """Asked for; a wipe waits for a second person (R-MDM-WIPE-TWO)."""

    setting: Annotated[str | None, Field(description="For switches: which way.", examples=["disabled"])] = None
    media: Annotated[tuple[str, ...], Field(description="External media concerned.", examples=[["sd"]])] = ()
    lost_report_id: Annotated[
        str | None, Field(description="The lost report.", examples=["lost_0197f3c29a7b7cc8a1f2c3d4e5f6072c"])
    ] = None
    needs_approval: Annotated[bool, Field(description="Whether a second person has to approve.")]
    expires_at: Annotated[Instant, Field(description="When it is no longer carried out.")]


class CommandApproved(CommandData):
    """A second person approved; it is queued."""


class CommandRejected(CommandData):
    """A second person said no."""


class CommandSent(CommandData):
    """Handed to the device."""

    attempt: Annotated[int, Field(description="Which attempt this is.", examples=[1])]


class CommandDeferred(CommandData):
    """The device said not now; queued again."""


class CommandSucceeded(CommandData):
    """The device says it is done."""

    scope: Annotated[str | None, Field(description="How far the function reaches.", examples=["whole_device"])] = None


class CommandFailed(CommandData):
    """The device says it could not."""

    detail: Annotated[str | None, Field(description="What the device said about it.", examples=["no_passcode_set"])] = (
        None
    )


class CommandUnconfirmed(CommandData):
    """Delivered, destructive, and no answer came: assume done."""


class CommandExpired(CommandData):
    """Its time ran out."""


class CommandCancelled(CommandData):
    """Taken back before it was sent."""

    reason: InWords


class CommandSuperseded(CommandData):
    """A later command, or a new enrolment, took its place."""

    by_command_id: Annotated[CommandRef | None, Field(description="The later command, if it was one.")] = None


EVENTS: tuple[type[EventData], ...] = (
    EnrolmentInvited, DevicesNamedForRelease,
    DeviceEnrolled, DeviceUnenrolled, DeviceStateReported, LostDeviceReported,
    CommandRequested, CommandApproved, CommandRejected, CommandSent, CommandDeferred, CommandSucceeded,
    CommandFailed, CommandUnconfirmed, CommandExpired, CommandCancelled, CommandSuperseded,
)  # fmt: skip
