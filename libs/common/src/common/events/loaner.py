"""Facts that `loaner` publishes: loans keyed by the case, units by the unit."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from common.events.base import (
    ContractRef,
    EventData,
    InquiryRef,
    Instant,
    LoanRef,
    RuleIds,
    UnitRef,
    VerdictRef,
)
from common.events.words import InWords, OfAll

LOANS = "loaner.loans.v1"
Kind = Annotated[str, Field(description="Loan kind.", examples=["soho_router"])]


class LoanData(EventData):
    """Something happened to a loan."""

    topic: ClassVar[str] = LOANS
    aggregate: ClassVar[str] = "loan"

    loan_id: LoanRef
    inquiry_id: InquiryRef
    contract_id: ContractRef
    kind: Kind
    rule_ids: RuleIds = ()


class LoanRequested(LoanData):
    """The customer wishes a loaner and the evidence is there (R-LOAN-EVIDENCE)."""

    days: Annotated[int, Field(description="Days asked for.", examples=[14])]
    verdict_id: Annotated[VerdictRef | None, Field(description="The verdict that it rests on.")] = None
    rule_ids: RuleIds = ("R-LOAN-EVIDENCE", "R-LOAN-KINDS", "R-LOAN-TERM", "R-ADDRESS")


class LoanReserved(LoanData):
    """A concrete unit is set aside."""

    unit_id: UnitRef


class LoanWaitlisted(LoanData):
    """No unit free; first come, first served."""

    position: Annotated[int, OfAll(), Field(description="Number on the waitlist of this depot and kind.", examples=[1])]


class LoanRefused(EventData):
    """A loan was refused, recorded under an id of its own."""

    topic: ClassVar[str] = LOANS
    aggregate: ClassVar[str] = "loan_refusal"

    refusal_id: Annotated[
        str, Field(description="The recorded refusal.", examples=["ref_0197f3c29a7b7cc8a1f2c3d4e5f60727"])
    ]
    inquiry_id: InquiryRef
    contract_id: ContractRef | None = None
    kind: Kind
    codes: Annotated[tuple[str, ...], Field(description="Codes of all reasons.", examples=[["loan_kind_already_open"]])]
    rule_ids: RuleIds


class LoanIssued(LoanData):
    """A unit left for the contract address."""

    unit_id: UnitRef
    carrier: Annotated[str, Field(description="Who carries it.", examples=["yamato"])]
    tracking_number: Annotated[str, Field(description="The parcel.", examples=["1234-5678-9012"])]
    shipped_at: Annotated[Instant, Field(description="When it left.")]


class LoanDelivered(LoanData):
    """Delivered; day 1 is the next day in Japan (R-LOAN-TERM)."""

    delivered_at: Annotated[Instant, Field(description="When it arrived.")]
    due_at: Annotated[Instant, Field(description="The first instant at which it is late.")]
    rule_ids: RuleIds = ("R-LOAN-TERM",)


class LoanExtended(LoanData):
    """Due later, never past day 14 of the first delivery (R-LOAN-TERM)."""

    due_at: Annotated[Instant, Field(description="The first instant at which it is late.")]
    previous_due_at: Annotated[Instant, Field(description="What was due before.")]
    rule_ids: RuleIds = ("R-LOAN-TERM",)


class LoanDueSoon(LoanData):
    """A reminder is due."""

    due_at: Annotated[Instant, Field(description="The first instant at which it is late.")]
    days_left: Annotated[int, Field(description="Days until it is due.", examples=[3])]
    rule_ids: RuleIds = ("R-LOAN-TERM",)


class LoanOverdue(LoanData):
    """Not handed back in time."""

    due_at: Annotated[Instant, Field(description="The first instant at which it is late.")]
    rule_ids: RuleIds = ("R-LOAN-TERM",)


class LoanReturned(LoanData):
    """Back at the depot."""

    unit_id: UnitRef
    handed_over_at: Annotated[Instant, Field(description="When the customer handed it to the carrier.")]
    received_at: Annotated[Instant, Field(description="When it was back at the depot.")]
    days_late: Annotated[int, Field(description="Days late, by the hand-over.", examples=[0])]
    rule_ids: RuleIds = ("R-LOAN-TERM",)


class LoanClosed(LoanData):
    """Inspected; the loan is over."""

    condition: Annotated[str, Field(description="What the inspection found.", examples=["good"])]
    unit_id: UnitRef | None = None
    unit_status: Annotated[str | None, Field(description="Where the unit went.", examples=["awaiting_erasure"])] = None
    missing_accessories: Annotated[
        tuple[str, ...], Field(description="What did not come back.", examples=[["ac_adapter"]])
    ] = ()


class LoanCancelled(LoanData):
    """Cancelled before shipment."""

    reason: InWords


class LoanLost(LoanData):
    """The unit will not come back."""

    unit_id: UnitRef


class LoanHeld(LoanData):
    """What it rested on fell away: held before shipment, flagged afterwards (R-ISOLATION-EVIDENCE)."""

    held: Annotated[bool, Field(description="True: kept from shipping; False: only flagged, already on its way.")]
    reason: InWords
    rule_ids: RuleIds = ("R-ISOLATION-EVIDENCE",)


class LoanReleased(LoanData):
    """A held loan may go on, a flagged one is in order again."""

    rule_ids: RuleIds = ("R-ISOLATION-EVIDENCE",)


class UnitData(EventData):
    """Something happened to a loaner unit."""

    topic: ClassVar[str] = LOANS
    aggregate: ClassVar[str] = "unit"

    unit_id: UnitRef
    kind: Kind


class UnitRegistered(UnitData):
    """A new unit is in stock."""

    has_storage: Annotated[bool, Field(description="Whether it holds data that must be erased (R-LOAN-ERASE).")]


class UnitErased(UnitData):
    """Its storage was erased; who verified stays in the record (R-LOAN-ERASE)."""

    erasure_id: Annotated[
        str, Field(description="The erasure record.", examples=["ers_0197f3c29a7b7cc8a1f2c3d4e5f6072b"])
    ]
    method: Annotated[str, Field(description="How it was erased.", examples=["purge"])]
    rule_ids: RuleIds = ("R-LOAN-ERASE",)


class UnitRestocked(UnitData):
    """It may be lent again."""


class UnitRetired(UnitData):
    """It left service: in repair, retired or lost."""

    status: Annotated[str, Field(description="in_repair | retired | lost.", examples=["in_repair"])]


EVENTS: tuple[type[EventData], ...] = (
    LoanRequested, LoanReserved, LoanWaitlisted, LoanRefused, LoanIssued, LoanDelivered, LoanExtended,
    LoanDueSoon, LoanOverdue, LoanReturned, LoanClosed, LoanCancelled, LoanLost, LoanHeld, LoanReleased,
    UnitRegistered, UnitErased, UnitRestocked, UnitRetired,
)  # fmt: skip
