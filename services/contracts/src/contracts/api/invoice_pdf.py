"""Invoices and return invoices as PDF: the template beside this file, set by typst in an embedded Japanese font.

The font is Noto Sans CJK JP (SIL Open Font License) of the package that ships it.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import Any

import orjson
import typst

from contracts.domain.invoices import CreditNote, Invoice, InvoiceKind
from contracts.domain.statements import TaxRate

_TEMPLATE = "invoice.typ"
_FONT_PACKAGE, _FONT = "noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf"


def invoice_pdf(invoice: Invoice) -> bytes:
    """An invoice, or the corrected one that names the wrong one."""
    again = invoice.kind is InvoiceKind.CORRECTED
    return _set(
        {
            **_common(invoice),
            "title": "修正した適格請求書" if again else "請求書",
            "subtitle": "適格請求書",
            "refers": f"修正前の請求書: {invoice.corrects_number}" if again else "",
            "reason": f"修正理由: {invoice.reason}" if again else "",
            "due": f"お支払期限: {_day(invoice.due_on)}",
            "total_label": "ご請求金額(税込)",
            "lines": [
                {
                    "day": f"{_day(line.first_day)}〜{_day(line.last_day)}",
                    "name": line.name_ja,
                    "month": line.service_month,
                    "contract": line.contract_id,
                    "rate": f"{line.tax_rate}%",
                    "amount": _yen(line.amount),
                }
                for line in invoice.lines
            ],
        }
    )


def credit_note_pdf(note: CreditNote) -> bytes:
    """A return invoice; it names the invoice and its day."""
    return _set(
        {
            **_common(note),
            "title": "返還請求書",
            "subtitle": "適格返還請求書",
            "refers": f"対象の請求書: {note.invoice_number} ({_day(note.invoice_issued_on)}発行)",
            "reason": "",
            "due": "",
            "total_label": "ご返還金額(税込)",
            "lines": [
                {
                    "day": _day(note.issued_on),
                    "name": note.text,
                    "month": _day(note.invoice_issued_on)[:7],
                    "contract": "",
                    "rate": f"{rate.rate}%",
                    "amount": _yen(rate.total),
                }
                for rate in note.tax_rates
            ],
        }
    )


def _common(document: Invoice | CreditNote) -> dict[str, Any]:
    return {
        "number": document.number,
        "issued_on": _day(document.issued_on),
        "issuer": asdict(document.issuer),
        "customer": asdict(document.customer),
        "total": _yen(document.total),
        "rates": [_rate(rate) for rate in document.tax_rates],
    }


def _rate(rate: TaxRate) -> dict[str, str]:
    return {"rate": f"{rate.rate}%対象", "total": _yen(rate.total), "tax": _yen(rate.tax)}


def _yen(amount: int) -> str:
    return f"{amount:,}円" if amount >= 0 else f"△{-amount:,}円"


def _day(day: Any) -> str:
    return str(day.isoformat())


@cache
def _fonts() -> typst.Fonts:
    with resources.as_file(resources.files(_FONT_PACKAGE).joinpath(_FONT)) as font:
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font.parent)])


@cache
def _template() -> bytes:
    return resources.files("contracts.api").joinpath(_TEMPLATE).read_bytes()


def _set(content: dict[str, Any]) -> bytes:
    compiler = typst.Compiler(_template(), font_paths=_fonts(), sys_inputs={"content": orjson.dumps(content).decode()})
    done = compiler.compile(format="pdf")
    if not isinstance(done, bytes):
        message = "an invoice is one document"
        raise TypeError(message)
    return done
