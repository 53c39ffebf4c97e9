"""Invoices, corrections, return invoices and payments on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from common.http import Answer, Command, Line, Moment
from contracts.api.billing_schemas import TaxRateOut
from contracts.domain.invoices import Amended, Correction, CreditNote, Customer, Invoice
from contracts.usecases.issue_invoices import GiveBack

_MOST = 100_000_000
Amount = Annotated[int, Field(strict=True, ge=-_MOST, le=_MOST, examples=[2200])]
Rate = Annotated[int, Field(strict=True, ge=0, le=100, examples=[10])]


class IssuerOut(Answer):
    """Who issued it; `registration_number` is that of a qualified-invoice issuer (T and 13 digits)."""

    name_ja: str
    name_en: str
    registration_number: str
    postal_code: str
    address: str
    phone: str


class CustomerOut(Answer):
    """To whom it was issued."""

    name: str
    postal_code: str
    address: str


class InvoiceLineOut(Answer):
    """A line: tax-included yen, the statement it comes from, from when to when, the rules and the event behind it."""

    position: int
    statement_id: str
    contract_id: str
    kind: str
    name_ja: str
    name_en: str
    amount: int
    tax_rate: int
    service_month: str
    first_day: date
    last_day: date
    event_id: str | None
    rule_ids: list[str]


class InvoiceOut(Answer):
    """A qualified invoice (適格請求書). `owing`: open, requested (with the bank), failed, paid, corrected."""

    id: str
    number: str
    kind: str
    corrects: str | None
    corrects_number: str | None
    subscriber_id: str
    issued_on: date
    issued_at: Moment
    due_on: date
    issuer: IssuerOut
    customer: CustomerOut
    lines: list[InvoiceLineOut]
    total: int
    tax: int
    tax_rates: list[TaxRateOut]
    reason: str | None
    owing: str
    owed: int
    credited: int
    failures: int
    paid_on: date | None
    rule_ids: list[str]

    @classmethod
    def of(cls, invoice: Invoice) -> InvoiceOut:
        """As shown."""
        names = set(cls.model_fields) - {"rule_ids"}
        shown = {name: getattr(invoice, name) for name in names}
        return cls.model_validate({**shown, "rule_ids": ["R-INVOICE"]})


class InvoiceWhyOut(Answer):
    """Why an invoice says what it says: its statements, lines with rules and events, and how the tax was found."""

    invoice_id: str
    rule_ids: list[str]
    statement_ids: list[str]
    tax_rates: list[TaxRateOut]
    tax_formula: str
    lines: list[InvoiceLineOut]

    @classmethod
    def of(cls, invoice: Invoice) -> InvoiceWhyOut:
        """As shown."""
        return cls.model_validate(
            {
                "invoice_id": invoice.id,
                "rule_ids": ["R-INVOICE"],
                "statement_ids": list(dict.fromkeys(line.statement_id for line in invoice.lines)),
                "tax_rates": list(invoice.tax_rates),
                "tax_formula": "floor(total x rate / (100 + rate)), once per rate over all lines of the invoice",
                "lines": list(invoice.lines),
            }
        )


class InvoicesIn(Command):
    """Issue what a subscriber's statements still lack."""

    subscriber_id: Line


class InvoicesOut(Answer):
    """What was issued."""

    items: list[InvoiceOut]


class CustomerIn(Command):
    """The customer as it should have stood there."""

    name: Line
    postal_code: Line
    address: Line


class AmendedIn(Command):
    """What a line should have said; what is absent stays."""

    position: Annotated[int, Field(strict=True, ge=1)]
    amount: Amount | None = None
    tax_rate: Rate | None = None
    name_ja: Line | None = None


class CorrectionIn(Command):
    """What was wrong on an invoice; `reason` stands on the corrected one."""

    reason: Line
    customer: CustomerIn | None = None
    lines: Annotated[list[AmendedIn], Field(default_factory=list, max_length=200)]

    def correction(self) -> Correction:
        """What is asked for."""
        return Correction(
            reason=self.reason,
            customer=Customer(**self.customer.model_dump()) if self.customer else None,
            lines={line.position: Amended(**line.model_dump(exclude={"position"})) for line in self.lines},
        )


class CreditIn(Command):
    """So many tax-included yen of one rate."""

    tax_rate: Rate
    amount: Annotated[int, Field(strict=True, ge=1, le=_MOST, examples=[1100])]


class CreditNoteIn(Command):
    """What is given back; `text` is what the customer reads."""

    amounts: Annotated[list[CreditIn], Field(min_length=1, max_length=10)]
    text: Line

    def command(self, invoice_id: str) -> GiveBack:
        """What is asked for; amounts of one rate together."""
        amounts: dict[int, int] = {}
        for each in self.amounts:
            amounts[each.tax_rate] = amounts.get(each.tax_rate, 0) + each.amount
        return GiveBack(invoice_id=invoice_id, amounts=amounts, text=self.text)


class CreditNoteOut(Answer):
    """A return invoice (適格返還請求書)."""

    id: str
    number: str
    invoice_id: str
    invoice_number: str
    invoice_issued_on: date
    subscriber_id: str
    issued_on: date
    issued_at: Moment
    issuer: IssuerOut
    customer: CustomerOut
    text: str
    total: int
    tax: int
    tax_rates: list[TaxRateOut]
    rule_ids: list[str]

    @classmethod
    def of(cls, note: CreditNote) -> CreditNoteOut:
        """As shown."""
        names = set(cls.model_fields) - {"rule_ids"}
        shown = {name: getattr(note, name) for name in names}
        return cls.model_validate({**shown, "rule_ids": ["R-CREDIT-NOTE", "R-INVOICE"]})


class PaymentIn(Command):
    """The day on which the money came."""

    paid_on: date


class BillingWishIn(Command):
    """Whether the subscriber wants one invoice over all contracts (一括請求)."""

    consolidated: bool


class BillingWishOut(Answer):
    """How a subscriber is billed."""

    subscriber_id: str
    consolidated: bool
