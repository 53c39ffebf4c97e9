"""A file of old contracts, read piece by piece: records between line breaks, their encoding, their columns.

Records are cut on bytes. That is safe in UTF-8 and in cp932, whose second bytes are never a quote, comma or line break.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contracts.domain.import_refusals import ImportColumnsUnreadable
from contracts.domain.json_array import object_end, object_start

BOM = b"\xef\xbb\xbf"
UTF_8, CP932 = "utf-8", "cp932"
ENCODINGS = (UTF_8, CP932)
LONGEST_RECORD = 65_536
_STRAY = re.compile("[\x80\uf8f0-\uf8f3\ufffd]")
"""What bytes that mean nothing in cp932 become, and what others put where they could not read."""
_QUOTE, _BREAK = b'"', b"\n"


class Format(StrEnum):
    """What a file is made of: rows below a header, an object a line, or an array of objects."""

    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"


HEADERS: dict[str, tuple[str, ...]] = {
    "legacy_number": ("旧契約番号", "契約番号"),
    "subscriber_number": ("契約者番号", "お客様番号"),
    "name": ("契約者名", "お客様名"),
    "name_kana": ("契約者名カナ", "フリガナ"),
    "phones": ("電話番号",),
    "postal_code": ("郵便番号",),
    "prefecture": ("都道府県",),
    "city": ("市区町村",),
    "street": ("番地", "町名番地"),
    "building": ("建物名",),
    "municipality_code": ("市区町村コード",),
    "plan": ("プラン", "契約プラン"),
    "start_on": ("契約開始日", "利用開始日"),
    "fee_month_start_day": ("料金月開始日",),
    "line_kind": ("回線種別",),
    "line_carrier": ("回線事業者",),
    "line_number": ("回線番号",),
    "service_id": ("サービスID",),
    "partner": ("販売パートナー",),
    "inquiry_limit": ("問い合わせ上限回数",),
    "support_hours": ("対応時間",),
    "seats": ("ツール台数",),
    "setup_visit": ("訪問サポート",),
}
"""The fields of a row and what their columns are called in Japanese; in English they are called as the field."""
REQUIRED = (
    "legacy_number", "name", "name_kana", "postal_code", "prefecture", "city", "street", "plan", "start_on",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A record as it stands in the file: its bytes, the line it begins on, and where the next one begins."""

    body: bytes
    line: int
    next_line: int
    next_offset: int

    @property
    def too_long(self) -> bool:
        """Whether it was cut off: longer than any row, most likely a quote that nobody closed."""
        return len(self.body) > LONGEST_RECORD


def pieces(data: bytes, kind: Format, *, offset: int, line: int, last: bool) -> Iterator[Piece]:
    """The records of `data`, which lies at `offset` of the file; with `last` nothing comes after it.

    Blank lines behind the last of them come as one empty piece.

    Without `last` an unfinished record at the end is left for the next time. A record that grows too long is given up
    after its first line, so that those behind it are read.
    """
    start = given = 0
    while start < len(data):
        if kind is Format.JSON:
            begins = object_start(data, start)
            start, line = begins, line + data.count(_BREAK, start, begins)
            if start == len(data):
                break
        end, lines = _end_of(data, start, kind)
        if end is None:
            if not last and len(data) - start <= LONGEST_RECORD:
                break
            end, lines = len(data), data.count(_BREAK, start) + 1
        body = data[start:end].rstrip(b"\r\n")
        if end - start > LONGEST_RECORD:
            body = data[start : start + LONGEST_RECORD + 1]
            if kind is not Format.JSON:
                end, lines = data.find(_BREAK, start) + 1 or len(data), 1
        if body.strip():
            given = end
            yield Piece(body=body, line=line, next_line=line + lines, next_offset=offset + end)
        start, line = end, line + lines
    if start > given:
        yield Piece(body=b"", line=line, next_line=line, next_offset=offset + start)


def _end_of(data: bytes, start: int, kind: Format) -> tuple[int | None, int]:
    """Behind the record that begins at `start`, and how many lines it has; None: its end is not in `data`."""
    if kind is Format.JSON:
        end = object_end(data, start)
        return end, 0 if end is None else data.count(_BREAK, start, end)
    at, lines, quotes = start, 0, 0
    while (found := data.find(_BREAK, at)) >= 0:
        lines += 1
        quotes += data.count(_QUOTE, at, found)
        if kind is Format.JSONL or quotes % 2 == 0:
            return found + 1, lines
        at = found + 1
        if at - start > LONGEST_RECORD:
            return at, lines
    return None, lines


def encoding_of(sample: bytes) -> str:
    """UTF-8, unless fewer lines of the sample would be unreadable as cp932 (the Shift_JIS of Windows)."""
    if sample.startswith(BOM):
        return UTF_8
    lines = sample.split(_BREAK)[:-1] or [sample]
    unreadable = {name: sum(text_of(line, name) is None for line in lines) for name in ENCODINGS}
    return min(ENCODINGS, key=unreadable.__getitem__)


def text_of(body: bytes, encoding: str) -> str | None:
    """The record as text; None when it is none in this encoding."""
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _STRAY.search(text) else text


def format_of(sample: bytes) -> Format:
    """JSON lines begin with a brace, an array with a bracket."""
    begins = sample.removeprefix(BOM).lstrip()[:1]
    return {b"{": Format.JSONL, b"[": Format.JSON}.get(begins, Format.CSV)


def columns(header: str) -> list[str]:
    """The fields of a file's columns by their titles, Japanese or English.

    Raises `ImportColumnsUnreadable` for titles that are unknown, missing or there twice.
    """
    known = {_plain(title): name for name, titles in HEADERS.items() for title in (name, *titles)}
    titles = _cells(header) or []
    fields = [known.get(_plain(title), "") for title in titles]
    unknown = [title for title, name in zip(titles, fields, strict=True) if not name]
    missing = [f"{name} ({HEADERS[name][0]})" for name in REQUIRED if name not in fields]
    twice = sorted({name for name in fields if name and fields.count(name) > 1})
    if unknown or missing or twice:
        raise ImportColumnsUnreadable(unknown=unknown[:20], missing=missing, twice=twice)
    return fields


def cells_of(text: str, fields: Sequence[str]) -> dict[str, str] | None:
    """The cells of a CSV record by field, blank ones left out; None when there are more or fewer than columns."""
    cells = _cells(text)
    if cells is None or len(cells) != len(fields):
        return None
    return {name: cell.strip() for name, cell in zip(fields, cells, strict=True) if cell.strip()}


def object_of(text: str) -> dict[str, str] | None:
    """The fields of a JSON record as text, blank ones left out; None when it is no object of known plain fields."""
    try:
        found: Any = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict) or not set(found) <= set(HEADERS):
        return None
    given = {name: _as_cell(value) for name, value in found.items() if value not in (None, "", [])}
    return None if None in given.values() else {name: cell.strip() for name, cell in given.items() if cell}


def _as_cell(value: Any) -> str | None:
    match value:
        case bool():
            return "yes" if value else "no"
        case str() | int():
            return str(value)
        case list() if all(isinstance(each, str) for each in value):
            return ";".join(value)
        case _:
            return None


def _cells(text: str) -> list[str] | None:
    try:
        (cells,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError):
        return None
    return cells


def _plain(title: str) -> str:
    return unicodedata.normalize("NFKC", title).strip().lower().replace(" ", "").replace("\ufeff", "")
