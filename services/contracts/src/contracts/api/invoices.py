"""Invoices as JSON and PDF, their corrections, what is given back, and payments."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Query, Request, Response

from common.http import IdText, Now, PageOf, Paging, Router, TxDep, page
from contracts.api.invoice_pdf import credit_note_pdf, invoice_pdf
from contracts.api.invoice_schemas import (
    BillingWishIn,
    BillingWishOut,
    CorrectionIn,
    CreditNoteIn,
    CreditNoteOut,
    InvoiceOut,
    InvoicesIn,
    InvoicesOut,
    InvoiceWhyOut,
    PaymentIn,
)
from contracts.domain.invoices import CreditNote, Invoice
from contracts.storage import invoices, statements, subscribers, uninvoiced
from contracts.usecases.issue_invoices import correct_invoice, give_back, issue_for_subscriber, note_payment

router = Router(prefix="/api/contracts/v1", tags=["invoices"])
_PDF = "application/pdf"
_BOTH: dict[int | str, dict[str, Any]] = {200: {"content": {_PDF: {"schema": {"type": "string", "format": "binary"}}}}}


@router.get("/statements/{statement_id}/invoice", response_model=InvoiceOut, responses=_BOTH)
async def get_statement_invoice(statement_id: str, tx: TxDep, request: Request) -> object:
    """The invoice over a statement, the corrected one if there is one; as PDF when `Accept` asks for it."""
    await statements.load(tx, statement_id)
    return await _shown(await invoices.of_statement(tx, statement_id), request)


@router.post("/invoices", status_code=201, response_model=InvoicesOut)
async def post_invoices(body: InvoicesIn, tx: TxDep, now: Now) -> object:
    """Issue now what the subscriber's statements still lack; otherwise it is done after the closing."""
    issued = await issue_for_subscriber(body.subscriber_id, tx, now)
    return InvoicesOut(items=[InvoiceOut.of(invoice) for invoice in issued])


@router.get("/invoices", response_model=PageOf[InvoiceOut])
async def list_invoices(
    tx: TxDep,
    paging: Paging,
    subscriber_id: Annotated[IdText | None, Query()] = None,
    owing: Annotated[IdText | None, Query()] = None,
) -> object:
    """Invoices in the order in which they were issued."""
    rows = await invoices.listed(
        tx, subscriber_id=subscriber_id, owing=owing, after=paging.after, limit=paging.limit + 1
    )
    return page(rows, paging, to=InvoiceOut.of)


@router.get("/invoices/{invoice_id}", response_model=InvoiceOut, responses=_BOTH)
async def get_invoice(invoice_id: str, tx: TxDep, request: Request) -> object:
    """One invoice; as PDF when `Accept` asks for it."""
    return await _shown(await invoices.load(tx, invoice_id), request)


@router.get("/invoices/{invoice_id}/why", response_model=InvoiceWhyOut)
async def get_invoice_why(invoice_id: str, tx: TxDep) -> object:
    """Which statements, rules and events made it, and how the tax was found."""
    return InvoiceWhyOut.of(await invoices.load(tx, invoice_id))


@router.post("/invoices/{invoice_id}/corrections", status_code=201, response_model=InvoiceOut)
async def post_correction(invoice_id: str, body: CorrectionIn, tx: TxDep, now: Now) -> object:
    """Put a corrected invoice (修正した適格請求書) in the place of a wrong one."""
    return InvoiceOut.of(await correct_invoice(invoice_id, body.correction(), tx, now))


@router.post("/invoices/{invoice_id}/credit-notes", status_code=201, response_model=CreditNoteOut)
async def post_credit_note(invoice_id: str, body: CreditNoteIn, tx: TxDep, now: Now) -> object:
    """Give part of it back with a return invoice (適格返還請求書); never more than it charged."""
    return CreditNoteOut.of(await give_back(body.command(invoice_id), tx, now))


@router.post("/invoices/{invoice_id}/payment", response_model=InvoiceOut)
async def post_payment(invoice_id: str, body: PaymentIn, tx: TxDep, now: Now) -> object:
    """The money came by another way than direct debit."""
    return InvoiceOut.of(await note_payment(invoice_id, body.paid_on, tx, now))


@router.get("/credit-notes", response_model=PageOf[CreditNoteOut])
async def list_credit_notes(tx: TxDep, paging: Paging, invoice_id: Annotated[IdText | None, Query()] = None) -> object:
    """Return invoices in the order in which they were issued."""
    rows = await invoices.credit_notes(tx, invoice_id=invoice_id, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=CreditNoteOut.of)


@router.get("/credit-notes/{credit_note_id}", response_model=CreditNoteOut, responses=_BOTH)
async def get_credit_note(credit_note_id: str, tx: TxDep, request: Request) -> object:
    """One return invoice; as PDF when `Accept` asks for it."""
    return await _shown(await invoices.load_credit_note(tx, credit_note_id), request)


@router.get("/subscribers/{subscriber_id}/billing", response_model=BillingWishOut)
async def get_billing_wish(subscriber_id: str, tx: TxDep) -> object:
    """How a subscriber is billed."""
    await subscribers.load(tx, subscriber_id)
    wish = await uninvoiced.is_consolidated(tx, subscriber_id)
    return BillingWishOut(subscriber_id=subscriber_id, consolidated=wish)


@router.put("/subscribers/{subscriber_id}/billing", response_model=BillingWishOut)
async def put_billing_wish(subscriber_id: str, body: BillingWishIn, tx: TxDep, now: Now) -> object:
    """One invoice over all contracts of a subscriber (一括請求), or one for each."""
    holder = await subscribers.load(tx, subscriber_id, lock=True)
    await uninvoiced.set_consolidated(
        tx, subscriber_id=holder.id, partner=holder.partner, consolidated=body.consolidated, now=now
    )
    return BillingWishOut(subscriber_id=holder.id, consolidated=body.consolidated)


async def _shown(document: Invoice | CreditNote, request: Request) -> object:
    if _PDF not in request.headers.get("accept", ""):
        return InvoiceOut.of(document) if isinstance(document, Invoice) else CreditNoteOut.of(document)
    if isinstance(document, Invoice):
        pdf = await asyncio.to_thread(invoice_pdf, document)
    else:
        pdf = await asyncio.to_thread(credit_note_pdf, document)
    name = f'inline; filename="{document.number}.pdf"'
    return Response(pdf, media_type=_PDF, headers={"Content-Disposition": name})
