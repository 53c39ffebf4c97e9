"""Read the next rows of a file of old contracts and enter them; broken off, it goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from common.db import Tx
from common.errors import DomainError
from contracts.domain.catalogue import Catalogue
from contracts.domain.import_refusals import ImportColumnsUnreadable
from contracts.domain.legacy_file import BOM, Format, Piece, cells_of, columns, object_of, pieces, text_of
from contracts.domain.legacy_import import (
    HOUSE,
    Entry,
    ImportStatus,
    Judge,
    Known,
    LegacyImport,
    Outcome,
    RowReport,
    counted,
    finding_of,
    holder_key,
)
from contracts.domain.legacy_row import Finding, LegacyRow, read_row
from contracts.storage import catalogue, legacy_imports, subscribers
from contracts.usecases.enter_many import enter_many

BATCH = 500
CHUNKS = 3
FORSAKEN_AFTER = timedelta(days=1)
"""How long an upload that broke off is kept."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record of the file: its row, or None when it has none to give."""

    line: int
    row: LegacyRow | None
    legacy_number: str | None
    findings: list[Finding]


async def next_import_due(tx: Tx) -> datetime | None:
    """When there is or will be something to do: a file to be read on, an upload to be given up."""
    return await legacy_imports.next_due(tx, FORSAKEN_AFTER)


async def import_batch(tx: Tx, now: datetime, import_id: str | None = None) -> int:
    """The next rows of the oldest unfinished import, or of this one; how many records. 0: there is nothing to do."""
    claimed = await legacy_imports.claim(tx, import_id)
    if claimed is None:
        return await legacy_imports.give_up_uploads(tx, now - FORSAKEN_AFTER)
    book = await catalogue.current(tx, now)
    data = await legacy_imports.bytes_from(tx, claimed.id, claimed.next_offset, chunks=CHUNKS)
    last = claimed.next_offset + len(data) >= claimed.size_bytes
    found = _first(
        pieces(
            data, Format(claimed.format or Format.CSV), offset=claimed.next_offset, line=claimed.next_line, last=last
        )
    )
    try:
        going_on, rows = _behind_header(claimed, found)
    except ImportColumnsUnreadable as refused:
        failure = {"code": refused.code, **refused.why}
        await _finish(tx, replace(claimed, failure=failure), ImportStatus.FAILED, now)
        return 1
    reports = await _enter(going_on, [_record(piece, going_on, book) for piece in rows], book, tx, now)
    await legacy_imports.add_reports(tx, claimed.id, reports)
    if found:
        going_on = replace(going_on, next_offset=found[-1].next_offset, next_line=found[-1].next_line)
    going_on = replace(going_on, counts=counted(going_on.counts, reports))
    if last and len(found) < BATCH:
        await _finish(tx, replace(going_on, next_offset=claimed.size_bytes), ImportStatus.DONE, now)
    else:
        await legacy_imports.update(tx, replace(going_on, version=going_on.version + 1))
    return max(1, len(found))


def _first(found: Iterator[Piece]) -> list[Piece]:
    return [piece for _, piece in zip(range(BATCH), found, strict=False)]


async def _finish(tx: Tx, over: LegacyImport, status: ImportStatus, now: datetime) -> None:
    """Nothing more is read; the file, which holds names, goes."""
    await legacy_imports.remove_chunks(tx, over.id)
    await legacy_imports.forget_dry_run(tx, over.id)
    await legacy_imports.update(tx, replace(over, status=status.value, finished_at=now, version=over.version + 1))


def _behind_header(importing: LegacyImport, found: list[Piece]) -> tuple[LegacyImport, list[Piece]]:
    """The first line of a CSV file says which columns there are. Raises `ImportColumnsUnreadable`."""
    rows = [piece for piece in found if piece.body]
    if importing.columns is not None or importing.format != Format.CSV.value:
        return importing, rows
    title = text_of(rows[0].body.removeprefix(BOM), importing.encoding or "") if rows else None
    return replace(importing, columns=tuple(columns(title or ""))), rows[1:]


def _record(piece: Piece, importing: LegacyImport, book: Catalogue) -> Record:
    if piece.too_long:
        return _unreadable(piece, "record_too_long")
    text = text_of(piece.body.removeprefix(BOM), importing.encoding or "")
    if text is None:
        return _unreadable(piece, "not_decodable")
    csv = importing.format == Format.CSV.value
    cells = cells_of(text, importing.columns or ()) if csv else object_of(text)
    if cells is None:
        return _unreadable(piece, "record_unreadable")
    row, findings = read_row(cells, book)
    number = cells.get("legacy_number")
    return Record(line=piece.line, row=row, legacy_number=number[:64] if number else None, findings=findings)


def _unreadable(piece: Piece, code: str) -> Record:
    return Record(line=piece.line, row=None, legacy_number=None, findings=[Finding(field="", code=code)])


async def _enter(
    importing: LegacyImport, records: Sequence[Record], book: Catalogue, tx: Tx, now: datetime
) -> list[RowReport]:
    """Judge the rows and enter those that pass; one by one, when somebody else was faster with one of them."""
    known = await _known(importing, [record.row for record in records if record.row is not None], book, tx)
    judge = Judge(import_id=importing.id, known=known, book=book, now=now, by=importing.received_by)
    reports: list[RowReport] = []
    entries: list[Entry] = []
    for record in records:
        report, entry = _judged(record, judge)
        reports.append(report)
        entries += [entry] if entry is not None else []
    try:
        async with tx.savepoint():
            if not importing.dry_run:
                await enter_many(entries, known.people, tx, now, by=importing.received_by)
            await legacy_imports.keep_sources(tx, importing.scope, "contract", known.new_contracts)
            await legacy_imports.keep_sources(tx, importing.scope, "subscriber", known.new_subscribers)
    except DomainError as taken:
        if len(records) == 1:
            return [replace(reports[0], outcome=Outcome.REFUSED, findings=(finding_of(taken),), contract_id=None)]
        return [report for record in records for report in await _enter(importing, [record], book, tx, now)]
    return reports


def _judged(record: Record, judge: Judge) -> tuple[RowReport, Entry | None]:
    if record.row is not None:
        return judge.judge(record.line, record.row, record.findings)
    report = RowReport(
        line=record.line,
        legacy_number=record.legacy_number,
        outcome=Outcome.REFUSED,
        findings=tuple(record.findings),
    )
    return report, None


async def _known(importing: LegacyImport, rows: list[LegacyRow], book: Catalogue, tx: Tx) -> Known:
    """What is known of the numbers, lines and subscribers that these rows name; the subscribers locked."""
    numbers = [row.legacy_number for row in rows]
    named = [row.subscriber_number for row in rows if row.subscriber_number]
    keys = [key for row in rows if (key := holder_key(row, book))]
    scopes = list({HOUSE, importing.scope})
    contracts = await legacy_imports.sources(tx, scopes, "contract", numbers)
    people = await legacy_imports.sources(tx, scopes, "subscriber", named)
    holders = await legacy_imports.holders(tx, keys)
    if importing.dry_run:
        holders |= await legacy_imports.held_in_dry_run(tx, importing.id, keys)
    ids = sorted({source.refers_to for source in people.values()})
    return Known(
        contracts=contracts,
        subscribers=people,
        holders=holders,
        taken=await legacy_imports.numbers_taken(tx, numbers) - set(contracts),
        people={subscriber.id: subscriber for subscriber in await subscribers.locked(tx, ids)},
    )
