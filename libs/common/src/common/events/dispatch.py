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

VISITS = "dispatch.visits.v1"
Purpose = Annotated[Literal["isolation", "setup"], Field(examples=["isolation"])]
Right = Annotated[
    Literal["held", "used", "returned"], Field(description="The month's isolation right.", examples=["held"])
]


class QuoteLine(Part):
    """One priced line of a setup visit (R-SETUP-PRICE)."""

    menu_code: Annotated[str, Field(examples=["printer-setup"])]
    units: Annotated[int, Field(examples=[1])]
    unit_price: Annotated[Yen, Field(examples=[4840])]
    amount: Annotated[Yen, Field(examples=[4840])]
    tax_rate: Annotated[int, Field(description="Per cent, included.", examples=[10])] = 10


class VisitRequested(EventData):
    """A visit is wanted."""

    topic: ClassVar[str] = VISITS
    aggregate: ClassVar[str] = "visit_request"

    visit_request_id: VisitRequestRef
    inquiry_id: InquiryRef | None = None
    contract_id: ContractRef
    purpose: Purpose
    lines: tuple[QuoteLine, ...] = ()
    total: Yen | None = None


class VisitRequestClosed(EventData):
    """The request ended without a visit, or is put aside: `cancelled`, or `on_hold` (evidence superseded)."""

    topic: ClassVar[str] = VISITS
    aggregate: ClassVar[str] = "visit_request"

    visit_request_id: VisitRequestRef
    inquiry_id: InquiryRef | None = None
    contract_id: ContractRef
    status: Annotated[Literal["cancelled", "on_hold", "open"], Field(examples=["cancelled"])]
    reason: str


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
    right_fee_month: FeeMonthName | None = None


class VisitBooked(VisitData):
    """A technician and a window are fixed."""

    technician_id: TechnicianRef
    start: Instant
    end: Instant


class VisitRebooked(VisitData):
    """Another window; the month's right moved with it in one statement (R-ISOLATION-QUOTA)."""

    technician_id: TechnicianRef
    start: Instant
    end: Instant
    previous_start: Instant
    previous_right_fee_month: FeeMonthName | None = None


class VisitCancelled(VisitData):
    """Cancelled; before departure the month's right went back."""

    reason: str


class CrewDeparted(VisitData):
    """On the way."""


class CrewArrived(VisitData):
    """At the customer's."""


class Finding(Part):
    """What an isolation visit found; becomes the case's verdict in helpdesk."""

    result: Annotated[Literal["isolated", "not_isolated_on_site"], Field(examples=["isolated"])]
    cause: Annotated[str | None, Field(examples=["device_fault"])] = None
    failed_device_kind: Annotated[str | None, Field(examples=["soho_router"])] = None
    failed_device_maker: str | None = None
    failed_device_model: str | None = None
    failed_device_serial: str | None = None
    evidence: Annotated[str, Field(examples=["No power LED with a known good adapter."])]


class VisitCompleted(VisitData):
    """Done and signed. Isolation visits carry their finding."""

    finding: Finding | None = None
    completed_at: Instant


class VisitFailed(VisitData):
    """The visit came to nothing."""

    reason: Annotated[Literal["customer_absent", "crew_unable", "other"], Field(examples=["customer_absent"])]


class VisitHeld(VisitData):
    """What it rests on was superseded before departure: a person decides (R-ISOLATION-EVIDENCE)."""

    reasons: Annotated[tuple[str, ...], Field(examples=[["evidence_superseded"]])]


class VisitReleased(VisitData):
    """Nothing speaks against the visit any more; `reasons` are those that did."""

    reasons: Annotated[tuple[str, ...], Field(examples=[["evidence_superseded"]])]


class VisitFlagged(VisitData):
    """What the visit rests on was superseded when the crew was already under way; it goes on, marked."""

    reasons: Annotated[tuple[str, ...], Field(examples=[["evidence_superseded"]])]


class SetupQuoteChanged(VisitData):
    """Other work than ordered: a new price, to be accepted anew (R-SETUP-PRICE)."""

    lines: tuple[QuoteLine, ...]
    total: Yen


class SetupQuoteAccepted(VisitData):
    """The customer accepted the price before the work (R-SETUP-PRICE)."""

    total: Yen


class ChargeRaised(EventData):
    """A finished setup visit becomes a line of the contract's statement."""

    topic: ClassVar[str] = VISITS
    aggregate: ClassVar[str] = "charge"

    charge_id: Annotated[str, Field(examples=["chg_0197f3c29a7b7cc8a1f2c3d4e5f6072a"])]
    visit_id: VisitRef
    visit_request_id: VisitRequestRef
    contract_id: ContractRef
    day: Day
    lines: tuple[QuoteLine, ...]
    total: Annotated[Yen, Field(examples=[18040])]
    rule_ids: RuleIds = ("R-SETUP-PRICE",)


EVENTS: tuple[type[EventData], ...] = (
    VisitRequested, VisitRequestClosed, VisitBooked, VisitRebooked, VisitCancelled, CrewDeparted, CrewArrived,
    VisitCompleted, VisitFailed, VisitHeld, VisitReleased, VisitFlagged, SetupQuoteChanged, SetupQuoteAccepted,
    ChargeRaised )  # fmt: skip
