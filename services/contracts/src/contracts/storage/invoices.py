"""Invoices as they were issued, what is owed on them, and what was given back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert as insert_or

from common.db import Record, Tx, refusing
from contracts.domain.invoice_refusals import (
    CreditExceedsInvoice,
    CreditNoteUnknown,
    InvoiceCorrected,
    InvoiceNotIssued,
    InvoiceUnknown,
)
from contracts.domain.invoices import COLLECTABLE, CreditNote, Invoice, Owing, number_of
from contracts.storage import tables

_I, _R, _C = tables.invoice, tables.receivable, tables.credit_note
# Whoever corrects an invoice names the one before; the last of them is the one that stands.
_CURRENT = """
WITH RECURSIVE standing (id) AS (
    SELECT s.invoice_id FROM invoice_statement s WHERE s.statement_id = $1
    UNION
    SELECT i.id FROM invoice i JOIN standing s ON i.corrects = s.id
)
SELECT s.id FROM standing s WHERE NOT EXISTS (SELECT FROM invoice i WHERE i.corrects = s.id)
"""
_SERIES_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that looks like a digit
_SERIES_LENGTH = 4
_RECEIVABLE = ("owing", "credited", "failures", "paid_on", "sequence")


@cache
def _invoices() -> TypeAdapter[Invoice]:
    return TypeAdapter(Invoice)


@cache
def _credit_notes() -> TypeAdapter[CreditNote]:
    return TypeAdapter(CreditNote)


async def numbers(tx: Tx, letter: str, year: int, many: Mapping[str | None, int]) -> dict[str | None, Iterator[str]]:
    """The next numbers of this kind and year, so many for each tenant (None: the house).

    Each has a series of its own, so that none learns from its numbers how many documents others are issued. Others who
    number in the same series wait, so that a number is never missing.
    """
    given: dict[str | None, Iterator[str]] = {}
    for partner in sorted(many, key=lambda each: each or ""):  # always in one order, or two would wait for each other
        series = "" if partner is None else await _series(tx, partner)
        counted = await _counted(tx, letter + series, year, many[partner])
        given[partner] = iter([number_of(letter, year, ordinal, series=series) for ordinal in counted])
    return given


async def _counted(tx: Tx, letter: str, year: int, many: int) -> range:
    t = tables.document_count
    new = insert_or(t).values(letter=letter, year=year, last=many)
    counted = new.on_conflict_do_update(index_elements=[t.c.letter, t.c.year], set_={"last": t.c.last + many})
    last: int = await tx.scalar(counted.returning(t.c.last))
    return range(last - many + 1, last + 1)


async def _series(tx: Tx, partner: str) -> str:
    """The letters of a tenant's series: drawn once, since counted ones would tell how many tenants there are."""
    t = tables.document_series
    while (known := await tx.scalar(sa.select(t.c.series).where(t.c.partner == partner))) is None:
        drawn = "".join(secrets.choice(_SERIES_LETTERS) for _ in range(_SERIES_LENGTH))
        await tx.run(insert_or(t).values(partner=partner, series=drawn).on_conflict_do_nothing())
    return str(known)


async def insert(tx: Tx, issued: Sequence[Invoice]) -> None:
    """Invoices with what is owed on them; their statements, when they are the first ones over them."""
    if not issued:
        return
    with refusing(uq_invoice_corrects=lambda: InvoiceCorrected(invoice_id=issued[0].corrects)):
        await tx.run(sa.insert(_I).values([_row(invoice) for invoice in issued]))
    await tx.run(sa.insert(_R).values([_receivable(invoice) for invoice in issued]))
    rates = [
        {"invoice_id": invoice.id, "partner": invoice.partner, "rate": rate.rate, "total": rate.total}
        for invoice in issued
        for rate in invoice.tax_rates
    ]
    if rates:
        await tx.run(sa.insert(tables.invoice_rate).values(rates))
    covered = {
        line.statement_id: (invoice.id, invoice.partner)
        for invoice in issued
        if invoice.corrects is None
        for line in invoice.lines
    }
    if covered:
        t = tables.invoice_statement
        rows = [{"statement_id": id_, "invoice_id": of, "partner": whose} for id_, (of, whose) in covered.items()]
        await tx.run(sa.insert(t).values(rows))
        queue = tables.uninvoiced
        await tx.run(sa.delete(queue).where(queue.c.statement_id.in_(list(covered))))


async def load(tx: Tx, invoice_id: str, *, lock: bool = False) -> Invoice:
    """An invoice with what is owed now; raises `InvoiceUnknown`."""
    found = await listed(tx, ids=[invoice_id], lock=lock, limit=1)
    if not found:
        raise InvoiceUnknown(invoice_id=invoice_id)
    return found[0]


async def of_statement(tx: Tx, statement_id: str) -> Invoice:
    """The invoice that stands now for a statement: the last correction, if any. Raises `InvoiceNotIssued`."""
    current = await tx.connection.fetchval(_CURRENT, statement_id)
    if current is None:
        raise InvoiceNotIssued(statement_id=statement_id)
    return await load(tx, current)


async def listed(
    tx: Tx,
    *,
    ids: Sequence[str] | None = None,
    subscriber_id: str | None = None,
    owing: str | None = None,
    days: tuple[date, date] | None = None,
    after: str | None = None,
    lock: bool = False,
    limit: int,
) -> list[Invoice]:
    """Invoices in id order, behind `after`; `days`: issued from the one to the other, both included."""
    chosen = sa.select(_I, *(_R.c[name] for name in _RECEIVABLE)).join(_R, _R.c.invoice_id == _I.c.id)
    chosen = chosen.order_by(_I.c.id).limit(limit)
    if ids is not None:
        chosen = chosen.where(_I.c.id.in_(list(ids)))
    for column, value in ((_I.c.subscriber_id, subscriber_id), (_R.c.owing, owing)):
        if value is not None:
            chosen = chosen.where(column == value)
    if days is not None:
        chosen = chosen.where(_I.c.issued_on.between(*days))
    if after is not None:
        chosen = chosen.where(_I.c.id > after)
    rows = await tx.all(chosen.with_for_update(of=_R) if lock else chosen)
    return [_invoices().validate_python(dict(row)) for row in rows]


async def collectable(tx: Tx, subscriber_ids: Sequence[str]) -> list[Invoice]:
    """What these subscribers have still to pay and nobody collects yet, locked, in id order."""
    chosen = sa.select(_R.c.invoice_id).where(
        _R.c.subscriber_id.in_(list(subscriber_ids)), _R.c.owing.in_([owing.value for owing in sorted(COLLECTABLE)])
    )
    ids = [row["invoice_id"] for row in await tx.all(chosen.order_by(_R.c.invoice_id).with_for_update())]
    return await listed(tx, ids=ids, limit=len(ids)) if ids else []


async def update_owing(tx: Tx, invoice: Invoice, *, failed_for: str | None = None) -> None:
    """What has become of the amount of an invoice that was read under lock."""
    await tx.run(
        sa.update(_R)
        .where(_R.c.invoice_id == invoice.id)
        .values(
            owing=invoice.owing.value,
            failures=invoice.failures,
            failed_for=failed_for,
            paid_on=invoice.paid_on,
            sequence=invoice.sequence,
        )
    )


async def insert_credit_note(tx: Tx, note: CreditNote) -> None:
    """Give back; raises `CreditExceedsInvoice`, `InvoiceCorrected` when the database knows better than the caller."""
    await tx.run(sa.insert(_C).values(_plain(_credit_notes().dump_python(note))))
    why: Mapping[str, Any] = {
        "invoice_id": note.invoice_id,
        "amounts": {rate.rate: rate.total for rate in note.tax_rates},
    }
    with refusing(
        invoice_rate_credited=lambda: CreditExceedsInvoice(**why),
        receivable_credited=lambda: CreditExceedsInvoice(**why),
        credit_of_replaced_invoice=lambda: InvoiceCorrected(invoice_id=note.invoice_id),
    ):
        for rate in note.tax_rates:
            await tx.run(
                sa.insert(tables.credit_note_rate).values(
                    credit_note_id=note.id,
                    partner=note.partner,
                    invoice_id=note.invoice_id,
                    rate=rate.rate,
                    total=rate.total,
                )
            )


async def load_credit_note(tx: Tx, credit_note_id: str) -> CreditNote:
    """A return invoice; raises `CreditNoteUnknown`."""
    row = await tx.first(sa.select(_C).where(_C.c.id == credit_note_id))
    if row is None:
        raise CreditNoteUnknown(credit_note_id=credit_note_id)
    return _credit_note(row)


async def credit_notes(
    tx: Tx,
    *,
    invoice_id: str | None = None,
    days: tuple[date, date] | None = None,
    after: str | None = None,
    limit: int,
) -> list[CreditNote]:
    """Return invoices in id order, behind `after`."""
    chosen = sa.select(_C).order_by(_C.c.id).limit(limit)
    if invoice_id is not None:
        chosen = chosen.where(_C.c.invoice_id == invoice_id)
    if days is not None:
        chosen = chosen.where(_C.c.issued_on.between(*days))
    if after is not None:
        chosen = chosen.where(_C.c.id > after)
    return [_credit_note(row) for row in await tx.all(chosen)]


def _credit_note(row: Record) -> CreditNote:
    return _credit_notes().validate_python(dict(row))


def _row(invoice: Invoice) -> dict[str, Any]:
    known = {column.name for column in _I.columns}
    return {name: value for name, value in _plain(_invoices().dump_python(invoice)).items() if name in known}


def _receivable(invoice: Invoice) -> dict[str, Any]:
    return {
        "invoice_id": invoice.id,
        "partner": invoice.partner,
        "subscriber_id": invoice.subscriber_id,
        "owing": Owing.OPEN.value,
        "total": invoice.total,
        "failures": 0,
        "due_on": invoice.due_on,
        "sequence": 1,
    }


def _plain(columns: dict[str, Any]) -> dict[str, Any]:
    """Enumerations as their text; documents (JSON) as the database takes them."""
    return {name: str(value) if name in ("kind", "owing") else value for name, value in columns.items()}
