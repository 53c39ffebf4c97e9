"""What `contracts` publishes about money: amounts and ids, never a name, an account or a reason in words."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events.base import (
    ContractRef,
    EventData,
    FeeMonthName,
    RuleIds,
    StatementRef,
    SubscriberRef,
    Yen,
)

BILLING = "contracts.billing.v1"

AdjustmentRef = Annotated[str, Field(description="Adjustment.", examples=["adj_0197f3c29a7b7cc8a1f2c3d4e5f60730"])]
InvoiceRef = Annotated[str, Field(description="Invoice.", examples=["inv_0197f3c29a7b7cc8a1f2c3d4e5f60731"])]
TaxRatePerCent = Annotated[int, Field(description="Rate of consumption tax, per cent.", examples=[10])]


class StatementClosed(EventData):
    """A fee month of a contract was closed; its statement never changes (R-INVOICE)."""

    topic: ClassVar[str] = BILLING
    aggregate: ClassVar[str] = "statement"

    statement_id: StatementRef
    contract_id: ContractRef
    subscriber_id: SubscriberRef
    fee_month: FeeMonthName
    total: Annotated[Yen, Field(description="Yen, tax included.")]
    tax: Annotated[Yen, Field(description="The tax in it, yen.")]
    lines: Annotated[int, Field(description="How many lines it has.", examples=[3])]
    kind: Annotated[
        Literal["regular", "supplementary"],
        Field(description="Of a month of the contract, or of what came in after its end."),
    ] = "regular"
    rule_ids: RuleIds = ("R-INVOICE",)


class AdjustmentData(EventData):
    """A step of an adjustment of the next statement (R-ADJUSTMENT)."""

    topic: ClassVar[str] = BILLING
    aggregate: ClassVar[str] = "adjustment"

    adjustment_id: AdjustmentRef
    contract_id: ContractRef
    subscriber_id: SubscriberRef
    fee_month: FeeMonthName
    amount: Annotated[int, Field(description="Yen, tax included; negative: a reduction.", examples=[-1100])]
    tax_rate: TaxRatePerCent
    rule_ids: RuleIds = ("R-ADJUSTMENT", "R-INVOICE")


class AdjustmentRequested(AdjustmentData):
    """An adjustment waits for a second person."""


class AdjustmentApproved(AdjustmentData):
    """An adjustment comes onto the next statement; `alone`: small enough for one person."""

    alone: Annotated[bool, Field(description="Whether one person was enough.")]


class AdjustmentRejected(AdjustmentData):
    """An adjustment was turned down or taken back."""


class InvoiceIssued(EventData):
    """A qualified invoice over closed statements of one subscriber; `corrected` ones replace another (R-INVOICE)."""

    topic: ClassVar[str] = BILLING
    aggregate: ClassVar[str] = "invoice"

    invoice_id: InvoiceRef
    number: Annotated[str, Field(description="Number of the document.", examples=["A2026-00000001"])]
    kind: Annotated[
        Literal["invoice", "corrected"], Field(description="A first invoice or a corrected one.", examples=["invoice"])
    ]
    corrects: Annotated[str | None, Field(description="The invoice it replaces.", examples=[None])] = None
    subscriber_id: SubscriberRef
    contract_ids: Annotated[
        tuple[str, ...],
        Field(description="Contracts on it.", examples=[["ctr_0197f3c29a7b7cc8a1f2c3d4e5f60718"]]),
    ]
    statement_ids: Annotated[
        tuple[str, ...],
        Field(description="Statements on it.", examples=[["stm_0197f3c29a7b7cc8a1f2c3d4e5f60724"]]),
    ]
    total: Annotated[Yen, Field(description="Yen, tax included.")]
    tax: Annotated[Yen, Field(description="The tax in it, rounded once per rate.", examples=[200])]
    rule_ids: RuleIds = ("R-INVOICE",)


class InvoicePaid(EventData):
    """The amount of an invoice, less what was given back, came in."""

    topic: ClassVar[str] = BILLING
    aggregate: ClassVar[str] = "invoice"

    invoice_id: InvoiceRef
    subscriber_id: SubscriberRef
    total: Annotated[Yen, Field(description="Yen that came in.")]
    by: Annotated[Literal["transfer", "direct_debit"], Field(description="How it came.", examples=["transfer"])]
    rule_ids: RuleIds = ("R-INVOICE",)


class PaymentFailed(EventData):
    """A bank did not pay a direct debit; the subscriber is reminded, and suspended only by a rule that is data."""

    topic: ClassVar[str] = BILLING
    aggregate: ClassVar[str] = "invoice"

    invoice_id: InvoiceRef
    subscriber_id: SubscriberRef
    total: Annotated[Yen, Field(description="Yen that did not come in.")]
    reason: Annotated[
        Literal[
            "insufficient_funds",
            "no_such_account",
            "stopped_by_holder",
            "no_mandate_at_bank",
            "stopped_by_collector",
            "other",
        ],
        Field(description="Why, as the bank says.", examples=["insufficient_funds"]),
    ]
    failures: Annotated[int, Field(description="How often it failed by now.", examples=[1])]
    rule_ids: RuleIds = ("R-DIRECT-DEBIT", "R-DUNNING")


class CreditNoteIssued(EventData):
    """A return invoice: part of an invoice is given back (R-CREDIT-NOTE)."""

    topic: ClassVar[str] = BILLING
    aggregate: ClassVar[str] = "credit_note"

    credit_note_id: Annotated[str, Field(description="Credit note.", examples=["crd_0197f3c29a7b7cc8a1f2c3d4e5f60732"])]
    number: Annotated[str, Field(description="Number of the document.", examples=["R2026-00000001"])]
    invoice_id: InvoiceRef
    subscriber_id: SubscriberRef
    total: Annotated[Yen, Field(description="Yen given back, tax included.")]
    tax: Annotated[Yen, Field(description="The tax in it, rounded once per rate.", examples=[200])]
    rule_ids: RuleIds = ("R-CREDIT-NOTE", "R-INVOICE")


EVENTS: tuple[type[EventData], ...] = (
    StatementClosed,
    AdjustmentRequested,
    AdjustmentApproved,
    AdjustmentRejected,
    InvoiceIssued,
    InvoicePaid,
    PaymentFailed,
    CreditNoteIssued,
)
