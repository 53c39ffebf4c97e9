"""Issue invoices over closed statements, correct a wrong one, give back, note a payment (R-INVOICE, R-CREDIT-NOTE)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from common.civil import jst_day
from common.db import Tx
from common.events.base import EventData, NewEvent
from common.events.contracts import CreditNoteIssued, InvoiceIssued, InvoicePaid
from common.ids import new_id
from contracts.domain.catalogue import Catalogue
from contracts.domain.invoice_refusals import IssuerNotConfigured, NothingToInvoice
from contracts.domain.invoices import (
    Correction,
    CreditNote,
    Customer,
    Invoice,
    Issue,
    Owing,
    corrected,
    credit,
    invoice_of,
    paid,
)
from contracts.storage import catalogue, invoices, statements, subscribers, uninvoiced

INVOICE, CREDIT_NOTE = "A", "R"


@dataclass(frozen=True, kw_only=True)
class GiveBack:
    """So many tax-included yen by rate; `text` is what the customer reads."""

    invoice_id: str
    amounts: Mapping[int, int]
    text: str


async def next_invoice_due(tx: Tx) -> datetime | None:
    """When there is a statement to invoice; None while the catalogue names no issuer."""
    closed_at = await uninvoiced.first(tx)
    if closed_at is None:
        return None
    book = await catalogue.current(tx, closed_at)
    return closed_at if book.invoicing.issuer is not None else None


async def issue_due_invoices(tx: Tx, now: datetime, *, most: int) -> int:
    """Invoices over up to `most` closed statements; how many statements have theirs now."""
    groups = await uninvoiced.due(tx, most)
    await _issue(groups, tx, now)
    return sum(map(len, groups))


async def issue_for_subscriber(subscriber_id: str, tx: Tx, now: datetime) -> list[Invoice]:
    """Invoices over all statements of a subscriber that have none, without waiting for others.

    Raises `SubscriberUnknown`, `IssuerNotConfigured`, `NothingToInvoice`.
    """
    await subscribers.load(tx, subscriber_id)
    groups = await uninvoiced.of_subscriber(tx, subscriber_id)
    if not groups:
        raise NothingToInvoice(subscriber_id=subscriber_id)
    return await _issue(groups, tx, now)


async def correct_invoice(invoice_id: str, correction: Correction, tx: Tx, now: datetime) -> Invoice:
    """The invoice that stands in the place of the wrong one. Raises `InvoiceUnknown` and what `corrected` raises."""
    wrong = await invoices.load(tx, invoice_id, lock=True)
    book = await catalogue.current(tx, now)
    (issue,) = await _issues(book, INVOICE, [wrong.partner], tx, now)
    right = corrected(wrong, correction, issue, book.tax)
    await invoices.update_owing(tx, _replaced(wrong))
    await invoices.insert(tx, [right])
    await tx.publish(_told(right, _issued(right, tx.actor), now))
    return right


async def give_back(cmd: GiveBack, tx: Tx, now: datetime) -> CreditNote:
    """A return invoice. Raises `InvoiceUnknown` and what `credit` raises; the database counts."""
    invoice = await invoices.load(tx, cmd.invoice_id)
    book = await catalogue.current(tx, now)
    (issue,) = await _issues(book, CREDIT_NOTE, [invoice.partner], tx, now)
    note = credit(invoice, cmd.amounts, issue, book.tax, text=cmd.text)
    await invoices.insert_credit_note(tx, note)
    fact = CreditNoteIssued(
        actor=tx.actor,
        credit_note_id=note.id,
        number=note.number,
        invoice_id=note.invoice_id,
        subscriber_id=note.subscriber_id,
        total=note.total,
        tax=note.tax,
    )
    await tx.publish(_of(fact, note.id, 1, invoice, now))
    return note


async def note_payment(invoice_id: str, on: date, tx: Tx, now: datetime) -> Invoice:
    """The money came. Raises `InvoiceUnknown`, `PaymentNotPossible`."""
    done = paid(await invoices.load(tx, invoice_id, lock=True), on)
    await invoices.update_owing(tx, done)
    fact = InvoicePaid(
        actor=tx.actor,
        invoice_id=done.id,
        subscriber_id=done.subscriber_id,
        total=done.total - done.credited,
        by="transfer",
    )
    await tx.publish(_told(done, fact, now))
    return done


async def _issue(groups: Sequence[Sequence[str]], tx: Tx, now: datetime) -> list[Invoice]:
    if not groups:
        return []
    book = await catalogue.current(tx, now)
    found = await statements.load_many(tx, [id_ for group in groups for id_ in group])
    holders = sorted({statement.subscriber_id for statement in found.values()})
    customers = await uninvoiced.customers(tx, holders)
    issued = []
    partners = [found[group[0]].partner for group in groups]
    for group, issue in zip(groups, await _issues(book, INVOICE, partners, tx, now), strict=True):
        covered = [found[id_] for id_ in group]
        customer = Customer(**customers[covered[0].subscriber_id])
        issued.append(invoice_of(covered, customer, issue, book.tax))
    await invoices.insert(tx, issued)
    await tx.publish(*(_told(invoice, _issued(invoice, tx.actor), now) for invoice in issued))
    return issued


async def _issues(book: Catalogue, letter: str, partners: Sequence[str | None], tx: Tx, now: datetime) -> list[Issue]:
    """Numbers and ids for documents of today, one for each of these tenants."""
    issuer = book.invoicing.issuer
    if issuer is None:
        raise IssuerNotConfigured
    today = jst_day(now)
    numbers = await invoices.numbers(tx, letter, today.year, Counter(partners))
    return [
        Issue(
            id=new_id("inv" if letter == INVOICE else "crd"),
            number=next(numbers[partner]),
            at=now,
            on=today,
            by=tx.actor,
            issuer=issuer,
            payment_days=book.invoicing.payment_days,
        )
        for partner in partners
    ]


def _replaced(wrong: Invoice) -> Invoice:
    return replace(wrong, owing=Owing.CORRECTED, sequence=wrong.sequence + 1)


def _issued(invoice: Invoice, actor: str) -> InvoiceIssued:
    return InvoiceIssued(
        actor=actor,
        invoice_id=invoice.id,
        number=invoice.number,
        kind=invoice.kind.value,
        corrects=invoice.corrects,
        subscriber_id=invoice.subscriber_id,
        contract_ids=tuple(dict.fromkeys(line.contract_id for line in invoice.lines)),
        statement_ids=tuple(dict.fromkeys(line.statement_id for line in invoice.lines)),
        total=invoice.total,
        tax=invoice.tax,
    )


def _told(invoice: Invoice, fact: EventData, now: datetime) -> NewEvent:
    return _of(fact, invoice.id, invoice.sequence, invoice, now)


def _of(fact: EventData, subject: str, sequence: int, invoice: Invoice, now: datetime) -> NewEvent:
    return NewEvent(
        data=fact,
        subject=subject,
        sequence=sequence,
        key=invoice.subscriber_id,
        time=now,
        partner=invoice.partner,
        correlation_id=invoice.lines[0].contract_id,
    )
