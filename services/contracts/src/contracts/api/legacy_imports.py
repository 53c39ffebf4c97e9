"""Files of old contracts: received whole, read in the background, reported row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import StreamingResponse

from common.http import Line, Now, PageOf, Paging, Router, Transactions, TxDep, page
from contracts.api.legacy_import_schemas import ImportRowOut, LegacyImportOut
from contracts.domain.legacy_file import Format
from contracts.domain.legacy_import import Outcome
from contracts.domain.sheet_layout import Language
from contracts.storage import legacy_imports
from contracts.usecases.receive_import import ReceiveImport, receive_import
from contracts.usecases.report_import import report_lines

router = Router(prefix="/api/contracts/v1", tags=["legacy imports"])
_ANY_BYTES = {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}


@router.post(
    "/legacy-imports", status_code=202, response_model=LegacyImportOut, openapi_extra={"requestBody": _ANY_BYTES}
)
async def post_legacy_import(
    request: Request,
    transactions: Transactions,
    now: Now,
    file_name: Annotated[Line, Query()] = "upload",
    dry_run: bool = False,
    kind: Annotated[Format | None, Query(alias="format")] = None,
    encoding: Annotated[str | None, Query(max_length=20)] = None,
) -> object:
    """Import a file of old contracts: CSV (UTF-8 or Shift_JIS, titles in Japanese or English), JSON lines or array.

    The body is the file. It is read in the background; the same file again changes nothing.
    """
    cmd = ReceiveImport(file_name=file_name, dry_run=dry_run, format=kind, encoding=encoding)
    return LegacyImportOut.of(await receive_import(cmd, request.stream(), transactions, now))


@router.get("/legacy-imports", response_model=PageOf[LegacyImportOut])
async def list_legacy_imports(tx: TxDep, paging: Paging) -> object:
    """Imports, newest first."""
    rows = await legacy_imports.listed(tx, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=LegacyImportOut.of)


@router.get("/legacy-imports/{import_id}", response_model=LegacyImportOut)
async def get_legacy_import(import_id: str, tx: TxDep) -> object:
    """How far an import is."""
    return LegacyImportOut.of(await legacy_imports.load(tx, import_id))


@router.get("/legacy-imports/{import_id}/rows", response_model=PageOf[ImportRowOut])
async def list_rows(
    import_id: str, tx: TxDep, paging: Paging, outcome: Annotated[Outcome | None, Query()] = None
) -> object:
    """What became of the rows read so far, in the order of the file."""
    known = await legacy_imports.load(tx, import_id)
    after = int(paging.after) if paging.after and paging.after.isdigit() else 0
    rows = await legacy_imports.reports(
        tx, known.id, outcome=outcome.value if outcome else None, after=after, limit=paging.limit + 1
    )
    return page([ImportRowOut.of(row) for row in rows], paging, to=lambda row: row)


@router.get(
    "/legacy-imports/{import_id}/report",
    response_model=None,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The report."}},
)
async def get_report(import_id: str, transactions: Transactions, lang: Language = Language.JA) -> StreamingResponse:
    """The whole report as CSV (UTF-8 with BOM), a line for each finding."""
    async with transactions() as tx:
        known = await legacy_imports.load(tx, import_id)

    async def lines() -> AsyncIterator[bytes]:
        yield "\ufeff".encode()
        async for rows in report_lines(known.id, transactions, lang):
            out = io.StringIO()
            csv.writer(out).writerows(rows)
            yield out.getvalue().encode()

    name = f'attachment; filename="{known.id}.csv"'
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})
