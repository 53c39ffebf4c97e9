"""Facts that `dispatch` publishes, keyed by the case (without one: by the visit request)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events.base import (
    ContractRef,
    Day,
    EventData,
    FeeMonthName,
    InquiryRef,
    Instant,
    Part,
    RuleIds,
    TechnicianRef,
    VisitRef,
    VisitRequestRef,
    Yen,
)
from common.events.words import InWords, Words

VISITS = "dispatch.visits.v1"
Purpose = Annotated[
    Literal["isolation", "setup"], Field(description="Fault isolation, or paid setting-up.", examples=["isolation"])
]
Right = Annotated[
    Literal["held", "used", "returned"], Field(description="The month's isolation right.", examples=["held"])
]


class QuoteLine(Part):
    """One priced line of a setup visit (R-SETUP-PRICE)."""

    menu_code: Annotated[str, Field(description="Item of the visit menu.", examples=["printer-setup"])]
    units: Annotated[int, Field(description="How many.", examples=[1])]
    unit_price: Annotated[Yen, Field(description="Price of one, yen with tax.", examples=[4840])]
    amount: Annotated[Yen, Field(description="Units times price, yen.", examples=[4840])]
    tax_rate: Annotated[int, Field(description="Per cent, included.", examples=[10])] = 10


class VisitRequested(EventData):
    """A visit is wanted."""

    topic: ClassVar[str] = VISITS
    aggregate: ClassVar[str] = "visit_request"

    visit_request_id: VisitRequestRef
    inquiry_id: InquiryRef | None = None
    contract_id: ContractRef
    purpose: Purpose
    lines: Annotated[tuple[QuoteLine, ...], Field(description="The quote of a setup visit.")] = ()
    total: Annotated[Yen | None, Field(description="Sum of the quote, yen with tax.")] = None


class VisitRequestClosed(EventData):
    """The request ended without a visit, or is put aside: `cancelled`, or `on_hold` (evidence superseded)."""

    topic: ClassVar[str] = VISITS
    aggregate: ClassVar[str] = "visit_request"

    visit_request_id: VisitRequestRef
    inquiry_id: InquiryRef | None = None
    contract_id: ContractRef
    status: Annotated[
        Literal["cancelled", "on_hold", "open"],
        Field(description="cancelled | on_hold | open (again).", examples=["cancelled"]),
    ]
    reason: InWords


class VisitData(EventData):
    """Something happened to a visit."""

    topic: ClassVar[str] = VISITS
    aggregate: ClassVar[str] = "visit"

    visit_id: VisitRef
    visit_request_id: VisitRequestRef
    inquiry_id: InquiryRef | None = None
    contract_id: ContractRef
    purpose: Purpose
    right: Right | None = None
    right_fee_month: Annotated[FeeMonthName | None, Field(description="The fee month whose right it is.")] = None


class VisitBooked(VisitData):
    """A technician and a window are fixed."""

    technician_id: TechnicianRef
    start: Annotated[Instant, Field(description="Begin of the appointment.")]
    end: Annotated[Instant, Field(description="End of the appointment.")]


class VisitRebooked(VisitData):
    """Another window; the month's right moved with it in one statement (R-ISOLATION-QUOTA)."""

    technician_id: TechnicianRef
    start: Annotated[Instant, Field(description="Begin of the appointment.")]
    end: Annotated[Instant, Field(description="End of the appointment.")]
    previous_start: Annotated[Instant, Field(description="Begin of the appointment before.")]
    previous_right_fee_month: Annotated[FeeMonthName | None, Field(description="The fee month whose right it was.")] = (
        None
    )


class VisitCancelled(VisitData):
    """Cancelled; before departure the month's right went back."""

    reason: InWords


class CrewDeparted(VisitData):
    """On the way."""


class CrewArrived(VisitData):
    """At the customer's."""


class Finding(Part):
    """What an isolation visit found; becomes the case's verdict in helpdesk."""

    result: Annotated[
        Literal["isolated", "not_isolated_on_site"],
        Field(description="What the isolation came to.", examples=["isolated"]),
    ]
    cause: Annotated[str | None, Field(description="What is at fault.", examples=["device_fault"])] = None
    failed_device_kind: Annotated[
        str | None, Field(description="Kind of the device at fault.", examples=["soho_router"])
    ] = None
    failed_device_maker: Annotated[str | None, Field(description="Its maker.")] = None
    failed_device_model: Annotated[str | None, Field(description="Its model.")] = None
    failed_device_serial: Annotated[str | None, Field(description="Its serial number.")] = None
    evidence: Annotated[
        str,
        Words(),
        Field(description="What it rests on, in words.", examples=["No power LED with a known good adapter."]),
    ]


class VisitCompleted(VisitData):
    """Done and signed. Isolation visits carry their finding."""

    finding: Annotated[Finding | None, Field(description="What an isolation visit found.")] = None
    completed_at: Annotated[Instant, Field(description="When the work was completed.")]


class VisitFailed(VisitData):
    """The visit came to nothing."""

    reason: Annotated[
        Literal["customer_absent", "crew_unable", "other"],
        Field(description="Whose doing it was.", examples=["customer_absent"]),
    ]


class VisitHeld(VisitData):
    """What it rests on was superseded before departure: a person decides (R-ISOLATION-EVIDENCE)."""

    reasons: Annotated[
        tuple[str, ...], Field(description="Codes of what speaks against it.", examples=[["evidence_superseded"]])
    ]


class VisitReleased(VisitData):
    """Nothing speaks against the visit any more; `reasons` are those that did."""

    reasons: Annotated[
        tuple[str, ...], Field(description="Codes of what speaks against it.", examples=[["evidence_superseded"]])
    ]


class VisitFlagged(VisitData):
    """What the visit rests on was superseded when the crew was already under way; it goes on, marked."""

    reasons: Annotated[
        tuple[str, ...], Field(description="Codes of what speaks against it.", examples=[["evidence_superseded"]])
    ]


class SetupQuoteChanged(VisitData):
    """Other work than ordered: a new price, to be accepted anew (R-SETUP-PRICE)."""

    lines: Annotated[tuple[QuoteLine, ...], Field(description="The new quote.")]
    total: Annotated[Yen, Field(description="Sum of the quote, yen with tax.")]


class SetupQuoteAccepted(VisitData):
    """The customer accepted the price before the work (R-SETUP-PRICE)."""

    total: Annotated[Yen, Field(description="Sum of the quote, yen with tax.")]


class ChargeRaised(EventData):
    """A finished setup visit becomes a line of the contract's statement."""

    topic: ClassVar[str] = VISITS
    aggregate: ClassVar[str] = "charge"

    charge_id: Annotated[str, Field(description="The charge.", examples=["chg_0197f3c29a7b7cc8a1f2c3d4e5f6072a"])]
    visit_id: VisitRef
    visit_request_id: VisitRequestRef
    contract_id: ContractRef
    day: Annotated[Day, Field(description="The day (JST).")]
    lines: Annotated[tuple[QuoteLine, ...], Field(description="The accepted quote.")]
    total: Annotated[Yen, Field(description="Sum, yen with tax.", examples=[18040])]
    rule_ids: RuleIds = ("R-SETUP-PRICE",)


EVENTS: tuple[type[EventData], ...] = (
    VisitRequested, VisitRequestClosed, VisitBooked, VisitRebooked, VisitCancelled, CrewDeparted, CrewArrived,
    VisitCompleted, VisitFailed, VisitHeld, VisitReleased, VisitFlagged, SetupQuoteChanged, SetupQuoteAccepted,
    ChargeRaised )  # fmt: skip
