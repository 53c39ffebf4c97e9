"""Invoices that a tax office accepts (適格請求書), their corrections, what is given back (R-INVOICE, R-CREDIT-NOTE)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from contracts.domain.catalogue import Tax
from contracts.domain.invoice_refusals import (
    CorrectionChangesNothing,
    CreditExceedsInvoice,
    CreditOfNothing,
    InvoiceCorrected,
    InvoiceNotCorrectable,
    PaymentNotPossible,
)
from contracts.domain.invoicing import Issuer
from contracts.domain.statements import Statement, StatementLine, TaxRate, tax_by_rate


class InvoiceKind(StrEnum):
    """A first invoice, or one that stands in the place of a wrong one (修正した適格請求書)."""

    INVOICE = "invoice"
    CORRECTED = "corrected"


class Owing(StrEnum):
    """What has become of an invoice's amount."""

    OPEN = "open"
    REQUESTED = "requested"
    FAILED = "failed"
    PAID = "paid"
    CORRECTED = "corrected"


COLLECTABLE = frozenset({Owing.OPEN, Owing.FAILED})
"""States in which the money may still be asked for."""


@dataclass(frozen=True, kw_only=True)
class Customer:
    """To whom it is issued, as it was then."""

    name: str
    postal_code: str
    address: str


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """A line of a statement on an invoice: tax-included yen, and from when to when the work was."""

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
    rule_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """A qualified invoice; written once. Only what has become of its amount changes."""

    id: str
    number: str
    kind: InvoiceKind
    corrects: str | None
    corrects_number: str | None
    subscriber_id: str
    partner: str | None
    issued_at: datetime
    issued_on: date
    issued_by: str
    due_on: date
    issuer: Issuer
    customer: Customer
    lines: tuple[InvoiceLine, ...]
    total: int
    tax: int
    tax_rates: tuple[TaxRate, ...]
    reason: str | None = None
    owing: Owing = Owing.OPEN
    credited: int = 0
    failures: int = 0
    paid_on: date | None = None
    sequence: int = 1

    @property
    def owed(self) -> int:
        """Yen still to be paid."""
        return 0 if self.owing in (Owing.PAID, Owing.CORRECTED) else self.total - self.credited


@dataclass(frozen=True, kw_only=True)
class CreditNote:
    """A return invoice (適格返還請求書): what is given back of an invoice, per rate of tax; written once."""

    id: str
    number: str
    invoice_id: str
    invoice_number: str
    invoice_issued_on: date
    subscriber_id: str
    partner: str | None
    issued_at: datetime
    issued_on: date
    issued_by: str
    issuer: Issuer
    customer: Customer
    text: str
    total: int
    tax: int
    tax_rates: tuple[TaxRate, ...]


@dataclass(frozen=True, kw_only=True)
class Issue:
    """Who issues what when; `payment_days` after it the money is due."""

    id: str
    number: str
    at: datetime
    on: date
    by: str
    issuer: Issuer
    payment_days: int


@dataclass(frozen=True, kw_only=True)
class Amended:
    """What a corrected invoice says otherwise of one line."""

    amount: int | None = None
    tax_rate: int | None = None
    name_ja: str | None = None


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What was wrong: the customer, or lines by their position."""

    reason: str
    customer: Customer | None = None
    lines: Mapping[int, Amended] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class _Amount:
    amount: int
    tax_rate: int


def number_of(letter: str, year: int, ordinal: int, *, series: str = "") -> str:
    """How documents are numbered: a letter, the year, a tenant's own series, and a count without gaps in it."""
    return "-".join(part for part in (f"{letter}{year}", series, f"{ordinal:08d}") if part)


def invoice_of(statements: Sequence[Statement], customer: Customer, issue: Issue, tax: Tax) -> Invoice:
    """One invoice over statements of one subscriber; tax is rounded here, once per rate over all (R-INVOICE)."""
    lines = tuple(
        InvoiceLine(
            position=position,
            statement_id=statement.id,
            contract_id=statement.contract_id,
            kind=line.kind.value,
            name_ja=line.name_ja,
            name_en=line.name_en,
            amount=line.amount,
            tax_rate=line.tax_rate,
            service_month=line.service_month,
            first_day=_day_of(line) or statement.first_day,
            last_day=_day_of(line) or statement.last_day,
            event_id=line.event_id,
            rule_ids=line.rule_ids,
        )
        for position, (statement, line) in enumerate(((s, line) for s in statements for line in s.lines), start=1)
    )
    return _issued(lines, statements[0], customer, issue, tax)


def _day_of(line: StatementLine) -> date | None:
    """The day of the work, where a line is about one day."""
    day = line.why.get("day")
    return date.fromisoformat(day) if isinstance(day, str) else None


def _issued(lines: tuple[InvoiceLine, ...], first: Statement, customer: Customer, issue: Issue, tax: Tax) -> Invoice:
    tax_rates = tax_by_rate(lines, tax)
    return Invoice(
        id=issue.id,
        number=issue.number,
        kind=InvoiceKind.INVOICE,
        corrects=None,
        corrects_number=None,
        subscriber_id=first.subscriber_id,
        partner=first.partner,
        issued_at=issue.at,
        issued_on=issue.on,
        issued_by=issue.by,
        due_on=issue.on + timedelta(days=issue.payment_days),
        issuer=issue.issuer,
        customer=customer,
        lines=lines,
        total=sum(line.amount for line in lines),
        tax=sum(rate.tax for rate in tax_rates),
        tax_rates=tax_rates,
    )


def corrected(wrong: Invoice, correction: Correction, issue: Issue, tax: Tax) -> Invoice:
    """The invoice that stands in the place of a wrong one and refers to it.

    Raises `InvoiceCorrected` when another does already, `InvoiceNotCorrectable` when part of it was credited or it was
    paid or handed to the bank, `CorrectionChangesNothing`.
    """
    if wrong.owing is Owing.CORRECTED:
        raise InvoiceCorrected(invoice_id=wrong.id, number=wrong.number)
    if wrong.credited or wrong.owing not in COLLECTABLE:
        raise InvoiceNotCorrectable(invoice_id=wrong.id, owing=wrong.owing, credited=wrong.credited)
    positions = [line.position for line in wrong.lines]
    if not set(correction.lines) <= set(positions):
        raise CorrectionChangesNothing(lines=sorted(correction.lines), positions=positions)
    lines = tuple(_amended(line, correction.lines.get(line.position)) for line in wrong.lines)
    customer = correction.customer or wrong.customer
    if lines == wrong.lines and customer == wrong.customer:
        raise CorrectionChangesNothing(lines=sorted(correction.lines), positions=positions)
    tax_rates = tax_by_rate(lines, tax)
    if any(rate.total < 0 for rate in tax_rates):
        raise CorrectionChangesNothing(totals={rate.rate: rate.total for rate in tax_rates})
    return replace(
        wrong,
        id=issue.id,
        number=issue.number,
        kind=InvoiceKind.CORRECTED,
        corrects=wrong.id,
        corrects_number=wrong.number,
        issued_at=issue.at,
        issued_on=issue.on,
        issued_by=issue.by,
        due_on=issue.on + timedelta(days=issue.payment_days),
        issuer=issue.issuer,
        customer=customer,
        lines=lines,
        total=sum(line.amount for line in lines),
        tax=sum(rate.tax for rate in tax_rates),
        tax_rates=tax_rates,
        reason=correction.reason,
        owing=Owing.OPEN,
        failures=0,
        sequence=1,
    )


def credit(invoice: Invoice, amounts: Mapping[int, int], issue: Issue, tax: Tax, *, text: str) -> CreditNote:
    """What is given back of an invoice, by rate of tax; rounded once per rate, like the invoice.

    The database counts what was given back before. Raises `InvoiceCorrected`, `CreditOfNothing`,
    `CreditExceedsInvoice`.
    """
    if invoice.owing is Owing.CORRECTED:
        raise InvoiceCorrected(invoice_id=invoice.id, number=invoice.number)
    charged = {rate.rate: rate.total for rate in invoice.tax_rates}
    if not amounts or any(yen <= 0 or rate not in charged for rate, yen in amounts.items()):
        raise CreditOfNothing(amounts=dict(amounts), charged=charged)
    if any(yen > charged[rate] for rate, yen in amounts.items()):
        raise CreditExceedsInvoice(amounts=dict(amounts), charged=charged)
    tax_rates = tax_by_rate([_Amount(amount=yen, tax_rate=rate) for rate, yen in amounts.items()], tax)
    return CreditNote(
        id=issue.id,
        number=issue.number,
        invoice_id=invoice.id,
        invoice_number=invoice.number,
        invoice_issued_on=invoice.issued_on,
        subscriber_id=invoice.subscriber_id,
        partner=invoice.partner,
        issued_at=issue.at,
        issued_on=issue.on,
        issued_by=issue.by,
        issuer=issue.issuer,
        customer=invoice.customer,
        text=text,
        total=sum(amounts.values()),
        tax=sum(rate.tax for rate in tax_rates),
        tax_rates=tax_rates,
    )


def paid(invoice: Invoice, on: date) -> Invoice:
    """The money came by another way than direct debit. Raises `PaymentNotPossible`."""
    if invoice.owing not in COLLECTABLE:
        raise PaymentNotPossible(invoice_id=invoice.id, owing=invoice.owing)
    return replace(invoice, owing=Owing.PAID, paid_on=on, sequence=invoice.sequence + 1)


def _amended(line: InvoiceLine, otherwise: Amended | None) -> InvoiceLine:
    if otherwise is None:
        return line
    return replace(
        line,
        amount=line.amount if otherwise.amount is None else otherwise.amount,
        tax_rate=line.tax_rate if otherwise.tax_rate is None else otherwise.tax_rate,
        name_ja=line.name_ja if otherwise.name_ja is None else otherwise.name_ja,
    )
