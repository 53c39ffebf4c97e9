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

    days: Annotated[int, Field(examples=[14])]
    verdict_id: Annotated[VerdictRef | None, Field(description="The verdict that it rests on.")] = None
    rule_ids: RuleIds = ("R-LOAN-EVIDENCE", "R-LOAN-KINDS", "R-LOAN-TERM", "R-ADDRESS")


class LoanReserved(LoanData):
    """A concrete unit is set aside."""

    unit_id: UnitRef


class LoanWaitlisted(LoanData):
    """No unit free; first come, first served."""

    position: Annotated[int, Field(description="Number on the waitlist of this depot and kind.", examples=[1])]


class LoanRefused(EventData):
    """A loan was refused, recorded under an id of its own."""

    topic: ClassVar[str] = LOANS
    aggregate: ClassVar[str] = "loan_refusal"

    refusal_id: Annotated[str, Field(examples=["ref_0197f3c29a7b7cc8a1f2c3d4e5f60727"])]
    inquiry_id: InquiryRef
    contract_id: ContractRef | None = None
    kind: Kind
    codes: Annotated[tuple[str, ...], Field(examples=[["loan_kind_already_open"]])]
    rule_ids: RuleIds


class LoanIssued(LoanData):
    """A unit left for the contract address."""

    unit_id: UnitRef
    carrier: Annotated[str, Field(examples=["yamato"])]
    tracking_number: Annotated[str, Field(examples=["1234-5678-9012"])]
    shipped_at: Instant


class LoanDelivered(LoanData):
    """Delivered; day 1 is the next day in Japan (R-LOAN-TERM)."""

    delivered_at: Instant
    due_at: Instant
    rule_ids: RuleIds = ("R-LOAN-TERM",)


class LoanExtended(LoanData):
    """Due later, never past day 14 of the first delivery (R-LOAN-TERM)."""

    due_at: Instant
    previous_due_at: Instant
    rule_ids: RuleIds = ("R-LOAN-TERM",)


class LoanDueSoon(LoanData):
    """A reminder is due."""

    due_at: Instant
    days_left: Annotated[int, Field(examples=[3])]
    rule_ids: RuleIds = ("R-LOAN-TERM",)


class LoanOverdue(LoanData):
    """Not handed back in time."""

    due_at: Instant
    rule_ids: RuleIds = ("R-LOAN-TERM",)


class LoanReturned(LoanData):
    """Back at the depot."""

    unit_id: UnitRef
    handed_over_at: Instant
    received_at: Instant
    days_late: Annotated[int, Field(examples=[0])]
    rule_ids: RuleIds = ("R-LOAN-TERM",)


class LoanClosed(LoanData):
    """Inspected; the loan is over."""

    condition: Annotated[str, Field(examples=["good"])]
    unit_id: UnitRef | None = None
    unit_status: Annotated[str | None, Field(description="Where the unit went.", examples=["awaiting_erasure"])] = None
    missing_accessories: Annotated[tuple[str, ...], Field(examples=[["ac_adapter"]])] = ()


class LoanCancelled(LoanData):
    """Cancelled before shipment."""

    reason: str


class LoanLost(LoanData):
    """The unit will not come back."""

    unit_id: UnitRef


class LoanHeld(LoanData):
    """What it rested on fell away: held before shipment, flagged afterwards (R-ISOLATION-EVIDENCE)."""

    held: Annotated[bool, Field(description="True: kept from shipping; False: only flagged, already on its way.")]
    reason: str
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

    has_storage: bool


class UnitErased(UnitData):
    """Its storage was erased; who verified stays in the record (R-LOAN-ERASE)."""

    erasure_id: Annotated[str, Field(examples=["ers_0197f3c29a7b7cc8a1f2c3d4e5f6072b"])]
    method: Annotated[str, Field(examples=["purge"])]
    rule_ids: RuleIds = ("R-LOAN-ERASE",)


class UnitRestocked(UnitData):
    """It may be lent again."""


class UnitRetired(UnitData):
    """It left service: in repair, retired or lost."""

    status: Annotated[str, Field(examples=["in_repair"])]


EVENTS: tuple[type[EventData], ...] = (
    LoanRequested, LoanReserved, LoanWaitlisted, LoanRefused, LoanIssued, LoanDelivered, LoanExtended,
    LoanDueSoon, LoanOverdue, LoanReturned, LoanClosed, LoanCancelled, LoanLost, LoanHeld, LoanReleased,
    UnitRegistered, UnitErased, UnitRestocked, UnitRetired,
)  # fmt: skip
