"""Rows of CSV files for spreadsheets: UTF-8 with BOM, so that Excel reads Japanese; nothing in them is a formula."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Iterable
from io import StringIO

from fastapi.responses import StreamingResponse

BOM = "\ufeff".encode()
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, in Japan in full width, too."""


def csv_line(values: Iterable[object]) -> bytes:
    """One row; text that a spreadsheet would take for a formula is kept from being one by an apostrophe."""
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(
        f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value for value in values
    )
    return out.getvalue().encode()


def csv_file(rows: AsyncIterator[bytes], name: str) -> StreamingResponse:
    """An answer that is saved under this name."""
    return StreamingResponse(
        rows,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
