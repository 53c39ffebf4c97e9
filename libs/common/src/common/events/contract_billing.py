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


EVENTS: tuple[type[EventData], ...] = (
    StatementClosed,
    AdjustmentRequested,
    AdjustmentApproved,
    AdjustmentRejected,
)
