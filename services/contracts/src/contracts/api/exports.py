"""Whole lists as CSV files, for a spreadsheet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse

from common.civil import JST, jst_day
from common.db import Record
from common.http import IdText, Now, Router, Transactions
from contracts.api.csv_rows import BOM, csv_file, csv_line
from contracts.domain.contract import Status
from contracts.domain.invoices import Owing
from contracts.storage import exports

router = Router(prefix="/api/contracts/v1", tags=["exports"])
Language = Annotated[Literal["ja", "en"], Query()]
Page = Callable[..., Awaitable[Sequence[Record]]]
_PAGE = 500
_JA = {
    "id": "ID", "status": "状態", "partner": "販売パートナー", "subscriber_id": "契約者ID", "name": "契約者名",
    "name_kana": "契約者名カナ", "phones": "電話番号", "plan_code": "プラン", "price": "月額(税込)",
    "fee_month_start_day": "料金月開始日", "applied_at": "申込日時", "active_from": "利用開始日時",
    "ends_at": "解約日時",
    "line_kind": "回線種別", "line_number": "回線番号", "service_id": "サービスID", "support_number": "サポート番号",
    "legacy_number": "旧契約番号", "postal_code": "郵便番号", "address": "契約者住所",
    "number": "請求書番号", "kind": "種類",
    "issued_on": "発行日", "due_on": "支払期限", "customer": "宛名", "total": "税込金額", "tax": "消費税額",
    "credited": "返還済額", "owing": "入金状況", "paid_on": "入金日", "corrects_number": "修正元の番号",
    "owed": "未収額",
    "failures": "振替不能回数", "failed_for": "振替不能理由", "days_overdue": "期限超過日数",
}  # fmt: skip
_CONTRACTS = (
    "id", "status", "partner", "subscriber_id", "name", "name_kana", "phones", "plan_code", "price",
    "fee_month_start_day", "applied_at", "active_from", "ends_at", "line_kind", "line_number", "service_id",
    "support_number", "legacy_number", "postal_code", "address",
)  # fmt: skip
_INVOICES = (
    "id", "number", "kind", "issued_on", "due_on", "partner", "subscriber_id", "customer", "total", "tax", "credited",
    "owing", "paid_on", "corrects_number",
)  # fmt: skip
_RECEIVABLES = (
    "id", "number", "partner", "subscriber_id", "customer", "due_on", "total", "credited", "owed", "owing", "failures",
    "failed_for", "days_overdue",
)  # fmt: skip


@router.get("/contracts-export", response_class=StreamingResponse)
async def get_contracts_export(
    transact: Transactions,
    now: Now,
    status: Annotated[Status | None, Query()] = None,
    partner: Annotated[IdText | None, Query()] = None,
    lang: Language = "ja",
) -> StreamingResponse:
    """Contracts with holder, plan and contract address as CSV (UTF-8 with BOM); times are Japan's."""
    chosen = partial(exports.contracts, status=status, partner=partner)
    return csv_file(_rows(transact, chosen, _CONTRACTS, lang, now), f"contracts-{jst_day(now)}")


@router.get("/invoices-export", response_class=StreamingResponse)
async def get_invoices_export(
    transact: Transactions,
    now: Now,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    owing: Annotated[Owing | None, Query()] = None,
    lang: Language = "ja",
) -> StreamingResponse:
    """Invoices issued on these days, with what became of them, as CSV (UTF-8 with BOM)."""
    chosen = partial(exports.invoices, first=first, last=last, owing=owing)
    return csv_file(_rows(transact, chosen, _INVOICES, lang, now), f"invoices-{jst_day(now)}")


@router.get("/receivables-export", response_class=StreamingResponse)
async def get_receivables_export(
    transact: Transactions, now: Now, overdue: Annotated[bool, Query()] = False, lang: Language = "ja"
) -> StreamingResponse:
    """What is owed, or of it what is overdue, by invoice, as CSV (UTF-8 with BOM)."""
    chosen = partial(exports.receivables, overdue=overdue)
    return csv_file(_rows(transact, chosen, _RECEIVABLES, lang, now), f"receivables-{jst_day(now)}")


async def _rows(
    transact: Transactions, page: Page, columns: Sequence[str], lang: str, now: datetime
) -> AsyncIterator[bytes]:
    """A page at a time, each read in a transaction of its own, so that a slow reader holds none."""
    yield BOM + csv_line(_JA[name] if lang == "ja" else name for name in columns)
    after = ""
    while True:
        async with transact() as tx:
            found = await page(tx, now, after=after, limit=_PAGE)
        yield b"".join(csv_line(_cell(row[name]) for name in columns) for row in found)
        if len(found) < _PAGE:
            return
        after = found[-1]["id"]


def _cell(value: object) -> object:
    """Instants as a clock in Japan shows them."""
    if isinstance(value, datetime):
        return f"{value.astimezone(JST):%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else value
