"""Facts that `helpdesk` publishes, all on one topic, keyed by the case."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events import helpdesk_bookings, helpdesk_calls, helpdesk_desk, helpdesk_outages, helpdesk_record
from common.events.base import ContractRef, EventData, FeeMonthName, InquiryRef, Instant, RuleIds, VerdictRef, VisitRef
from common.events.helpdesk_bookings import (
    BookingData,
    RemoteSessionBooked,
    RemoteSessionCancelled,
    RemoteSessionMissed,
    RemoteSessionMoved,
)
from common.events.helpdesk_calls import (
    CallAnswered,
    CallAttached,
    CallbackCancelled,
    CallbackData,
    CallbackDone,
    CallbackOverdue,
    CallbackPostponed,
    CallbackPromised,
    CallbackTaken,
    CallData,
    CallEnded,
    CallStarted,
)
from common.events.helpdesk_case import CASES, CaseData
from common.events.helpdesk_desk import (
    EscalationAnswered,
    InquiryAssigned,
    InquiryEscalated,
    InquiryQueued,
    InquiryReported,
    InquiryTakenOver,
    ReportJudged,
    ReportWithdrawn,
    ServiceGoalAtRisk,
    ServiceGoalBreached,
)
from common.events.helpdesk_outages import (
    InquiryCountedAgain,
    InquiryLinkedToOutage,
    InquiryToldOfOutage,
    InquiryUnitReturned,
    InquiryUnlinkedFromOutage,
    OutageData,
    OutageOpened,
    OutageResolved,
    OutageUpdated,
)
from common.events.helpdesk_record import CredentialRevealed
from common.events.words import InWords

__all__ = [
    "CASES", "EVENTS", "BookingData", "CallAnswered", "CallAttached", "CallData", "CallEnded", "CallStarted",
    "CallbackCancelled",
    "CallbackData", "CallbackDone", "CallbackOverdue", "CallbackPostponed", "CallbackPromised", "CallbackTaken",
    "CaseData", "CredentialRevealed", "EscalationAnswered", "InquiryAssigned", "InquiryCountedAgain",
    "InquiryEscalated", "InquiryLinkedToOutage", "InquiryQueued", "InquiryReported", "InquiryTakenOver",
    "InquiryToldOfOutage", "InquiryUnitReturned", "InquiryUnlinkedFromOutage", "OutageData", "OutageOpened",
    "OutageResolved", "OutageUpdated", "RemoteSessionBooked", "RemoteSessionCancelled", "RemoteSessionMissed",
    "RemoteSessionMoved", "ReportJudged", "ReportWithdrawn", "ServiceGoalAtRisk", "ServiceGoalBreached",
]  # fmt: skip

DeviceKind = Annotated[str | None, Field(description="Kind of the device concerned.", examples=["soho_router"])]


class InquiryAccepted(CaseData):
    """An inquiry was accepted and took one unit of its fee month (R-QUOTA-INQUIRY)."""

    kind: Annotated[str, Field(description="trouble | how_to | setting", examples=["trouble"])]
    channel: Annotated[str, Field(description="How it came in.", examples=["phone"])]
    site: Annotated[str, Field(description="contract_address | telework", examples=["contract_address"])]
    device_kind: DeviceKind = None
    device_os: Annotated[str | None, Field(description="Its operating system.", examples=["windows"])] = None
    received_at: Annotated[Instant, Field(description="When the call came in.")]
    fee_month: FeeMonthName
    units: Annotated[int, Field(description="+1 taken, -1 returned, 0 none.", examples=[1])]
    unit_source: Annotated[Literal["plan", "extra"], Field(description="Where the unit came from.", examples=["plan"])]
    allowed: Annotated[int, Field(description="Units of the month, plan and extra together.", examples=[5])]
    used: Annotated[int, Field(description="Units taken, this one included.", examples=[1])]
    rule_ids: RuleIds = ("R-QUOTA-INQUIRY", "R-QUOTA-COUNT")


class TroubleReported(CaseData):
    """An accepted inquiry of kind trouble. Count `InquiryAccepted`, never this."""

    site: Annotated[str, Field(description="contract_address | telework", examples=["contract_address"])]
    device_kind: DeviceKind = None
    device_os: Annotated[str | None, Field(description="Its operating system.", examples=["windows"])] = None


class InquiryRefused(EventData):
    """An inquiry was refused, recorded under an id of its own; nothing was taken."""

    topic: ClassVar[str] = CASES
    aggregate: ClassVar[str] = "refusal"

    refusal_id: Annotated[
        str, Field(description="The recorded refusal.", examples=["ref_0197f3c29a7b7cc8a1f2c3d4e5f60727"])
    ]
    contract_id: ContractRef
    codes: Annotated[
        tuple[str, ...], Field(description="Codes of all reasons.", examples=[["inquiry_quota_exhausted"]])
    ]
    rule_ids: RuleIds
    kind: Annotated[str, Field(description="trouble | how_to | setting", examples=["trouble"])]
    channel: Annotated[str, Field(description="How it came in.", examples=["phone"])]
    site: Annotated[str, Field(description="contract_address | telework", examples=["contract_address"])]
    received_at: Annotated[Instant, Field(description="When the call came in.")]
    fee_month: FeeMonthName | None = None
    units: Annotated[int, Field(description="Always 0: nothing was taken.", examples=[0])] = 0


class InquiryStarted(CaseData):
    """Work on it began."""


class TriageCompleted(CaseData):
    """Guided questions were asked and answered."""

    triage_id: Annotated[str, Field(description="Triage.", examples=["tri_0197f3c29a7b7cc8a1f2c3d4e5f60728"])]
    suspected: Annotated[str | None, Field(description="Kind of device suspected.", examples=["soho_router"])] = None
    answers: Annotated[int, Field(description="How many questions were answered.", examples=[3])]
    tree: Annotated[str | None, Field(description="The tree that was followed.", examples=["no-internet"])] = None
    tree_version: Annotated[int | None, Field(description="Its version.", examples=[1])] = None
    outcome: Annotated[str | None, Field(description="Where it ended; none: left.", examples=["router-dead"])] = None


class RemoteSessionStarted(CaseData):
    """A remote session began with its own spoken consent (R-CONSENT)."""

    remote_session_id: Annotated[
        str, Field(description="Remote session.", examples=["rms_0197f3c29a7b7cc8a1f2c3d4e5f60729"])
    ]
    os: Annotated[str, Field(description="Operating system.", examples=["windows"])]
    terminal: Annotated[str, Field(description="pc | smartphone | tablet.", examples=["pc"])]
    recording: Annotated[bool, Field(description="Whether it is recorded.")]
    booking_id: Annotated[
        str | None,
        Field(description="The booking it was promised by.", examples=["rbk_0197f3c29a7b7cc8a1f2c3d4e5f60761"]),
    ] = None


class RemoteSessionEnded(CaseData):
    """A remote session ended; the customer may stop it at any time."""

    remote_session_id: Annotated[
        str, Field(description="Remote session.", examples=["rms_0197f3c29a7b7cc8a1f2c3d4e5f60729"])
    ]
    stopped_by: Annotated[Literal["operator", "customer"], Field(description="Who ended it.", examples=["operator"])]
    seconds: Annotated[int, Field(description="Length in seconds of business time.", examples=[600])]


class VerdictData(CaseData):
    """The result of fault isolation."""

    verdict_id: VerdictRef
    result: Annotated[
        Literal["isolated", "not_isolated_remotely", "not_isolated_on_site"],
        Field(description="What the isolation came to.", examples=["isolated"]),
    ]
    cause: Annotated[str | None, Field(description="What is at fault.", examples=["device_fault"])] = None
    failed_device_kind: Annotated[
        str | None, Field(description="Kind of the device at fault.", examples=["soho_router"])
    ] = None
    origin: Annotated[
        Literal["remote", "visit"], Field(description="Whether found from afar or by a visit.", examples=["remote"])
    ]
    visit_id: Annotated[VisitRef | None, Field(description="The visit that found it.")] = None
    superseded_verdict_id: Annotated[VerdictRef | None, Field(description="The verdict it takes the place of.")] = None
    site: Annotated[
        str, Field(description="Where the fault is: contract_address | telework.", examples=["contract_address"])
    ]
    device_os: Annotated[str | None, Field(description="Its operating system.", examples=["windows"])] = None


class FaultIsolated(VerdictData):
    """The fault was located: by remote work or by a visit."""


class FaultNotIsolated(VerdictData):
    """The fault could not be located this way."""


class OnsiteIsolationRequested(CaseData):
    """An isolation visit is wanted; the evidence is there (R-ISOLATION-EVIDENCE)."""

    verdict_id: VerdictRef
    suspected: Annotated[str | None, Field(description="Kind of device suspected.", examples=["soho_router"])] = None


class FaultReferred(CaseData):
    """A line fault was handed to its carrier (R-ISOLATION-EVIDENCE)."""

    referral_id: Annotated[str, Field(description="Referral.", examples=["rfr_0197f3c29a7b7cc8a1f2c3d4e5f6072d"])]
    verdict_id: VerdictRef
    carrier: Annotated[str, Field(description="The company that runs the line.", examples=["NTT East"])]
    ticket_number: Annotated[str, Field(description="Its number for the fault.", examples=["A-2026-0601-17"])]
    follow_up_at: Annotated[Instant, Field(description="When somebody asks again.")]


class ReferralFollowedUp(CaseData):
    """The carrier was asked and has not finished."""

    referral_id: Annotated[str, Field(description="Referral.", examples=["rfr_0197f3c29a7b7cc8a1f2c3d4e5f6072d"])]
    follow_up_at: Annotated[Instant, Field(description="When somebody asks again.")]


class ReferralAnswered(CaseData):
    """The carrier has answered."""

    referral_id: Annotated[str, Field(description="Referral.", examples=["rfr_0197f3c29a7b7cc8a1f2c3d4e5f6072d"])]
    outcome: Annotated[str, Field(description="repaired | no_fault | planned", examples=["repaired"])]


class InquiryWaiting(CaseData):
    """Waiting for the customer."""

    reason: InWords


class InquiryResumed(CaseData):
    """The customer answered; work goes on."""


class InquiryResolved(CaseData):
    """The customer's problem is solved, or all that can be done is done."""

    outcome: Annotated[str, Field(description="How it ended.", examples=["solved_remotely"])]


class InquiryClosed(CaseData):
    """Closed for good."""


class InquiryReopened(CaseData):
    """Reopened within seven days; takes no unit (R-QUOTA-COUNT)."""

    units: Annotated[int, Field(description="Always 0.", examples=[0])] = 0
    fee_month: FeeMonthName


class InquiryVoided(CaseData):
    """Opened wrongly or out of scope; its unit went back to the month it came from."""

    reason: InWords
    fee_month: FeeMonthName
    units: Annotated[int, Field(description="What went back, below zero; 0: it went back before.", examples=[-1])] = -1


class InquiriesMerged(CaseData):
    """This inquiry was a duplicate and became part of `target_inquiry_id`; its unit went back (R-QUOTA-COUNT)."""

    target_inquiry_id: Annotated[InquiryRef, Field(description="The case it became part of.")]
    fee_month: FeeMonthName
    units: Annotated[int, Field(description="What went back, below zero; 0: it went back before.", examples=[-1])] = -1


class InquiryMergeUndone(CaseData):
    """A merge was taken back: the inquiry stands alone again, with a unit of its own month (R-QUOTA-COUNT)."""

    target_inquiry_id: Annotated[InquiryRef, Field(description="The case it had become part of.")]
    status: Annotated[str, Field(description="Where it stands again, as before the merge.", examples=["in_progress"])]
    fee_month: FeeMonthName
    units: Annotated[int, Field(description="What was taken again; 0: it had held none.", examples=[1])] = 1
    unit_source: Annotated[Literal["plan", "extra"], Field(description="Where the unit came from.", examples=["plan"])]


class QuotaThresholdReached(EventData):
    """So much of a fee month's inquiries is used; told once per month and threshold, at the unit that reached it."""

    topic: ClassVar[str] = CASES
    aggregate: ClassVar[str] = "quota"

    contract_id: ContractRef
    fee_month: FeeMonthName
    percent: Annotated[int, Field(description="The threshold: 80 or 100.", examples=[80])]
    allowed: Annotated[int, Field(description="Units of the month, plan and extra together.", examples=[5])]
    used: Annotated[int, Field(description="Units taken.", examples=[4])]
    rule_ids: RuleIds = ("R-QUOTA-INQUIRY",)


class InquirySplit(CaseData):
    """A second fault of one call became an inquiry of its own; it took a unit of the source's month (R-QUOTA-COUNT)."""

    source_inquiry_id: Annotated[InquiryRef, Field(description="The case it came out of.")]
    kind: Annotated[str, Field(description="trouble | how_to | setting", examples=["trouble"])]
    site: Annotated[str, Field(description="contract_address | telework", examples=["contract_address"])]
    device_kind: Annotated[str | None, Field(description="Kind of the device concerned.", examples=["printer"])] = None
    received_at: Annotated[Instant, Field(description="When the call came in.")]
    fee_month: FeeMonthName
    units: Annotated[int, Field(description="What was taken.", examples=[1])] = 1
    unit_source: Annotated[Literal["plan", "extra"], Field(description="Where the unit came from.", examples=["plan"])]


EVENTS: tuple[type[EventData], ...] = (
    InquiryAccepted, TroubleReported, InquiryRefused, InquiryStarted, TriageCompleted, RemoteSessionStarted,
    RemoteSessionEnded, FaultIsolated, FaultNotIsolated, OnsiteIsolationRequested, InquiryWaiting, InquiryResumed,
    InquiryResolved, InquiryClosed, InquiryReopened, InquiryVoided, InquiriesMerged, InquirySplit,
    InquiryMergeUndone, QuotaThresholdReached,
    FaultReferred, ReferralFollowedUp, ReferralAnswered, *helpdesk_calls.EVENTS, *helpdesk_desk.EVENTS,
    *helpdesk_outages.EVENTS, *helpdesk_record.EVENTS, *helpdesk_bookings.EVENTS,
)  # fmt: skip
