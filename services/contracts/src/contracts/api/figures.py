"""Figures of the owner, advice on a contract's plan, and the hand-over to accounting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse

from common.civil import fee_month_named, jst_day
from common.http import IdText, Now, Router, Transactions, TxDep
from contracts.api.csv_rows import BOM, csv_file, csv_line
from contracts.api.figures_schemas import AdviceOut, FiguresOut
from contracts.domain.invoice_refusals import ExportDaysNotPossible
from contracts.domain.invoices import CreditNote, Invoice
from contracts.domain.plan_advice import advise
from contracts.storage import catalogue, contracts, figures, invoices, usage

router = Router(prefix="/api/contracts/v1", tags=["figures"])
_PAGE = 200
_LONGEST = timedelta(days=366)
_HEADERS = {
    "en": ("document", "number", "issued_on", "due_on", "subscriber_id", "customer", "tax_rate", "total", "tax", "net",
           "refers_to"),
    "ja": ("書類", "番号", "発行日", "支払期限", "契約者ID", "宛名", "税率(%)", "税込金額", "消費税額", "税抜金額",
           "対象番号"),
}  # fmt: skip


@router.get("/figures", response_model=FiguresOut)
async def get_figures(tx: TxDep, now: Now, month: Annotated[IdText | None, Query()] = None) -> object:
    """Recurring revenue by plan, churn, contracts by prefecture, share of inquiries used; of a month (YYYY-MM)."""
    of = fee_month_named(month or f"{jst_day(now):%Y-%m}", 1)
    at = min(now, of.end - timedelta(microseconds=1))
    return FiguresOut.of(
        of.name,
        at,
        await figures.revenue(tx, at),
        await figures.churn(tx, of.start, of.end),
        await figures.prefectures(tx, at),
        await figures.inquiries(tx, of.name),
    )


@router.get("/contracts/{contract_id}/plan-advice", response_model=AdviceOut)
async def get_plan_advice(
    contract_id: str, tx: TxDep, now: Now, months: Annotated[int, Query(ge=1, le=24)] = 3
) -> object:
    """Which plan would have cost least for the use of the last months that are over, and why."""
    contract = await contracts.load(tx, contract_id)
    month = contract.fee_month_at(now)
    names = []
    for _ in range(months):
        month = month.previous()
        names.append(month.name)
    held = contract.plan_at(now).terms
    used = await figures.used_in(tx, contract_id, names)
    devices = await usage.devices(tx, contract_id)
    book = await catalogue.current(tx, now)
    advice = advise(held.code, held.family, used, len(devices), book, today=jst_day(now))
    return AdviceOut.of(contract_id, advice)


@router.get("/accounting-export", response_class=StreamingResponse)
async def get_accounting_export(
    transact: Transactions,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
    lang: Annotated[Literal["ja", "en"], Query()] = "en",
) -> StreamingResponse:
    """Invoices and return invoices issued on these days as CSV (UTF-8 with BOM), one row per document and rate.

    What a corrected invoice replaces is taken back in rows of its own, so that all rows together add up.
    """
    if not first <= last <= first + _LONGEST:
        raise ExportDaysNotPossible(first=first, last=last, longest_days=_LONGEST.days)
    return csv_file(_rows(transact, (first, last), lang), f"accounting-{first}-{last}")


async def _rows(transact: Transactions, days: tuple[date, date], lang: str) -> AsyncIterator[bytes]:
    """A page at a time, each read in a transaction of its own."""
    yield BOM + csv_line(_HEADERS[lang])
    after: str | None = None
    while True:
        async with transact() as tx:
            issued = await invoices.listed(tx, days=days, after=after, limit=_PAGE)
            wrong = {i.id: i for i in await invoices.listed(tx, ids=_corrects(issued), limit=_PAGE)}
        for invoice in issued:
            if invoice.corrects is not None:
                yield b"".join(_of_invoice(wrong[invoice.corrects], -1, invoice.issued_on, invoice.number))
            yield b"".join(_of_invoice(invoice, 1, invoice.issued_on, invoice.corrects_number or ""))
        if len(issued) < _PAGE:
            break
        after = issued[-1].id
    after = None
    while True:
        async with transact() as tx:
            notes = await invoices.credit_notes(tx, days=days, after=after, limit=_PAGE)
        for note in notes:
            yield b"".join(_of_note(note))
        if len(notes) < _PAGE:
            return
        after = notes[-1].id


def _corrects(issued: list[Invoice]) -> list[str]:
    return [invoice.corrects for invoice in issued if invoice.corrects is not None]


def _of_invoice(invoice: Invoice, sign: int, on: date | datetime, refers_to: str) -> list[bytes]:
    kind = invoice.kind.value if sign > 0 else "replaced"
    return [
        csv_line((kind, invoice.number, str(on), str(invoice.due_on), invoice.subscriber_id, invoice.customer.name,
                  rate.rate, sign * rate.total, sign * rate.tax, sign * (rate.total - rate.tax), refers_to))
        for rate in invoice.tax_rates
    ]  # fmt: skip


def _of_note(note: CreditNote) -> list[bytes]:
    return [
        csv_line(("credit_note", note.number, str(note.issued_on), "", note.subscriber_id, note.customer.name,
                  rate.rate, -rate.total, -rate.tax, rate.tax - rate.total, note.invoice_number))
        for rate in note.tax_rates
    ]  # fmt: skip
