"""Facts that `helpdesk` publishes about outages, and about the inquiries that are one's; no words, no persons."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events.base import EventData, FeeMonthName, Instant
from common.events.helpdesk_case import CASES, CaseData
from common.events.words import InWords

OutageRef = Annotated[str, Field(description="Outage.", examples=["out_0197f3c29a7b7cc8a1f2c3d4e5f60760"])]


class OutageData(EventData):
    """Something happened to an outage: one fault that hits many at once. All of it as it is then."""

    topic: ClassVar[str] = CASES
    aggregate: ClassVar[str] = "outage"

    outage_id: OutageRef
    origin: Annotated[
        Literal["carrier", "provider", "own"], Field(description="Whose fault it is.", examples=["carrier"])
    ]
    areas: Annotated[
        tuple[str, ...],
        Field(
            description="Prefectures (JIS X 0401) and municipalities (JIS X 0402); none: everywhere.",
            examples=[["13", "14109"]],
        ),
    ]
    started_at: Annotated[Instant, Field(description="When it began.")]
    expected_end_at: Annotated[Instant | None, Field(description="When it is expected to end; absent: unknown.")] = None


class OutageOpened(OutageData):
    """An outage is known from now on."""


class OutageUpdated(OutageData):
    """It was described anew, or something new is known about it."""

    update_id: Annotated[
        str | None, Field(description="The news.", examples=["oup_0197f3c29a7b7cc8a1f2c3d4e5f60761"])
    ] = None


class OutageResolved(OutageData):
    """It is over."""

    resolved_at: Annotated[Instant, Field(description="When it ended.")]


class InquiryLinkedToOutage(CaseData):
    """The case is this outage's."""

    outage_id: OutageRef


class InquiryUnlinkedFromOutage(CaseData):
    """The case is not this outage's after all."""

    outage_id: OutageRef


class InquiryToldOfOutage(CaseData):
    """A notice of the outage was written on the case as a note that everybody may read; nothing is sent."""

    outage_id: OutageRef
    notice_id: Annotated[str, Field(description="Notice.", examples=["onc_0197f3c29a7b7cc8a1f2c3d4e5f60762"])]
    note_id: Annotated[str, Field(description="Note.", examples=["note_0197f3c29a7b7cc8a1f2c3d4e5f60763"])]


class InquiryUnitReturned(CaseData):
    """Its fault was an outage's: its unit went back to the month it came from, and the case stays (R-QUOTA-COUNT)."""

    outage_id: OutageRef
    reason: InWords
    fee_month: FeeMonthName
    units: Annotated[int, Field(description="What went back, below zero.", examples=[-1])] = -1


class InquiryCountedAgain(CaseData):
    """It was no outage's after all: it takes a unit of its own month again (R-QUOTA-COUNT)."""

    reason: InWords
    fee_month: FeeMonthName
    units: Annotated[int, Field(description="What was taken again.", examples=[1])] = 1
    unit_source: Annotated[Literal["plan", "extra"], Field(description="Where the unit came from.", examples=["plan"])]


EVENTS: tuple[type[EventData], ...] = (
    OutageOpened, OutageUpdated, OutageResolved, InquiryLinkedToOutage, InquiryUnlinkedFromOutage,
    InquiryToldOfOutage, InquiryUnitReturned, InquiryCountedAgain,
)  # fmt: skip
