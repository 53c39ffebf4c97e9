"""Imported files: their bytes, how far they were read, what became of each row; many new contracts at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx, refusing
from contracts.domain.contract import LIVE, Contract
from contracts.domain.legacy_import import ImportStatus, LegacyImport, Outcome, RowReport, Source
from contracts.domain.legacy_row import Finding
from contracts.domain.refusals import LegacyNumberTaken, LineAlreadyContracted, ServiceIdTaken
from contracts.domain.subscriber import Subscriber
from contracts.domain.unknown import LegacyImportUnknown
from contracts.storage import tables
from contracts.storage.contract_rows import PARTS, address_columns, head_columns, open_month_columns
from contracts.storage.history import HistoryEntry
from contracts.storage.legacy_tables import legacy_import, legacy_import_chunk, legacy_import_row, legacy_source

_LIVE = sorted(status.value for status in LIVE)
_CLAIM = """
SELECT * FROM legacy_import WHERE status = 'reading' AND ($1::text IS NULL OR id = $1)
ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_BYTES = """
SELECT starts_at_byte, body FROM legacy_import_chunk
WHERE import_id = $1 AND starts_at_byte + length(body) > $2 ORDER BY starts_at_byte LIMIT $3
"""
_FORSAKEN = """
DELETE FROM legacy_import_chunk WHERE import_id IN (
    SELECT id FROM legacy_import WHERE status = 'receiving' AND received_at <= $1
)
"""
_GIVE_UP = """
UPDATE legacy_import SET status = 'failed', failure = '{"code": "upload_incomplete"}', version = version + 1
WHERE status = 'receiving' AND received_at <= $1 RETURNING id
"""
_NEXT_DUE = """
SELECT min(CASE status WHEN 'reading' THEN received_at ELSE received_at + $1::interval END)
FROM legacy_import WHERE status IN ('receiving', 'reading')
"""


async def insert(tx: Tx, new: LegacyImport) -> None:
    """A file that is about to be received."""
    await tx.run(sa.insert(legacy_import).values(_columns(new)))


async def update(tx: Tx, changed: LegacyImport) -> None:
    """How far it came; its row was read under lock or is nobody else's yet."""
    values = {name: value for name, value in _columns(changed).items() if name != "id"}
    await tx.run(sa.update(legacy_import).where(legacy_import.c.id == changed.id).values(values))


async def load(tx: Tx, import_id: str) -> LegacyImport:
    """An import; raises `LegacyImportUnknown`."""
    row = await tx.first(sa.select(legacy_import).where(legacy_import.c.id == import_id))
    if row is None:
        raise LegacyImportUnknown(import_id=import_id)
    return _import(row)


async def listed(tx: Tx, *, after: str | None, limit: int) -> list[LegacyImport]:
    """Imports, newest first, behind `after`."""
    c = legacy_import.c
    chosen = sa.select(legacy_import).order_by(c.id.desc()).limit(limit)
    if after is not None:
        chosen = chosen.where(c.id < after)
    return [_import(row) for row in await tx.all(chosen)]


async def unfinished(tx: Tx, digest: str, *, dry_run: bool) -> LegacyImport | None:
    """An import of the same file that was not read to its end."""
    c = legacy_import.c
    same = sa.select(legacy_import).where(c.digest == digest, c.dry_run == dry_run, c.status == ImportStatus.READING)
    row = await tx.first(same.order_by(c.id).limit(1))
    return _import(row) if row is not None else None


async def claim(tx: Tx, import_id: str | None = None) -> LegacyImport | None:
    """The oldest file that is to be read on (or this one), unless another process is at it; locked."""
    row = await tx.connection.fetchrow(_CLAIM, import_id)
    return _import(row) if row is not None else None


async def next_due(tx: Tx, forsaken_after: timedelta) -> datetime | None:
    """When the oldest file that is to be read on came, or the oldest upload is to be given up."""
    found: datetime | None = await tx.connection.fetchval(_NEXT_DUE, forsaken_after)
    return found


async def add_chunk(tx: Tx, import_id: str, start: int, body: bytes) -> None:
    """The next bytes of a file."""
    await tx.run(sa.insert(legacy_import_chunk).values(import_id=import_id, starts_at_byte=start, body=body))


async def bytes_from(tx: Tx, import_id: str, offset: int, *, chunks: int) -> bytes:
    """Some chunks' worth of the file from `offset` on."""
    rows = await tx.connection.fetch(_BYTES, import_id, offset, chunks)
    if not rows:
        return b""
    data = b"".join(row["body"] for row in rows)
    return data[offset - rows[0]["starts_at_byte"] :]


async def remove_chunks(tx: Tx, import_id: str) -> None:
    """The file itself, once it was read: it holds names."""
    await tx.run(sa.delete(legacy_import_chunk).where(legacy_import_chunk.c.import_id == import_id))


async def give_up_uploads(tx: Tx, before: datetime) -> int:
    """Files whose upload broke off long ago; how many."""
    await tx.connection.execute(_FORSAKEN, before)
    return len(await tx.connection.fetch(_GIVE_UP, before))


async def add_reports(tx: Tx, import_id: str, reports: Sequence[RowReport]) -> None:
    """What became of some rows."""
    rows = [
        {
            "import_id": import_id,
            "line": report.line,
            "legacy_number": report.legacy_number,
            "outcome": report.outcome.value,
            "findings": [asdict(finding) for finding in report.findings],
            "contract_id": report.contract_id,
            "holder_key": report.holder_key,
        }
        for report in reports
    ]
    await _insert_all(tx, legacy_import_row, rows)


async def reports(tx: Tx, import_id: str, *, outcome: str | None = None, after: int = 0, limit: int) -> list[RowReport]:
    """What became of the rows, in the order of the file, behind line `after`."""
    c = legacy_import_row.c
    chosen = sa.select(legacy_import_row).where(c.import_id == import_id, c.line > after).order_by(c.line).limit(limit)
    if outcome is not None:
        chosen = chosen.where(c.outcome == outcome)
    return [_report(row) for row in await tx.all(chosen)]


async def sources(tx: Tx, scopes: Sequence[str], kind: str, numbers: Iterable[str]) -> dict[str, Source]:
    """What these numbers were in files that were imported; of several scopes the last one counts."""
    rows = await tx.connection.fetch(
        "SELECT * FROM legacy_source WHERE scope = ANY($1) AND kind = $2 AND number = ANY($3) ORDER BY scope",
        list(scopes),
        kind,
        list(numbers),
    )
    return {
        row["number"]: Source(digest=row["digest"], refers_to=row["refers_to"], import_id=row["import_id"])
        for row in rows
    }


async def keep_sources(tx: Tx, scope: str, kind: str, found: dict[str, Source]) -> None:
    """What numbers of this file were; raises `LegacyNumberTaken` when another file told it at the same time."""
    rows = [{"scope": scope, "kind": kind, "number": number, **asdict(source)} for number, source in found.items()]
    with refusing(pk_legacy_source=LegacyNumberTaken):
        await _insert_all(tx, legacy_source, rows)


async def numbers_taken(tx: Tx, numbers: Iterable[str]) -> set[str]:
    """Which of these old numbers contracts have."""
    rows = await tx.connection.fetch("SELECT legacy_number FROM contract WHERE legacy_number = ANY($1)", list(numbers))
    return {row["legacy_number"] for row in rows}


async def holders(tx: Tx, keys: Iterable[str]) -> dict[str, str]:
    """Which live contract has which line or service ID, by the keys of `holder_key`."""
    by_kind: dict[str, list[str]] = {"line": [], "service": []}
    for key in keys:
        kind, _, name = key.partition(" ")
        by_kind[kind].append(name)
    rows = await tx.connection.fetch(
        "SELECT 'line ' || line_key AS key, id FROM contract WHERE line_key = ANY($1) AND status = ANY($3) "
        "UNION ALL SELECT 'service ' || service_id, id FROM contract WHERE service_id = ANY($2) AND status = ANY($3)",
        by_kind["line"],
        by_kind["service"],
        _LIVE,
    )
    return {row["key"]: row["id"] for row in rows}


async def held_in_dry_run(tx: Tx, import_id: str, keys: Iterable[str]) -> dict[str, str]:
    """The same among the rows that a dry run would have entered."""
    rows = await tx.connection.fetch(
        "SELECT holder_key, contract_id FROM legacy_import_row WHERE import_id = $1 AND holder_key = ANY($2)",
        import_id,
        list(keys),
    )
    return {row["holder_key"]: row["contract_id"] for row in rows}


async def forget_dry_run(tx: Tx, import_id: str) -> None:
    """What a dry run remembered."""
    await tx.run(sa.delete(legacy_source).where(legacy_source.c.scope == import_id))


async def insert_heads(tx: Tx, subscribers: Sequence[Subscriber], contracts: Sequence[Contract]) -> None:
    """New subscribers with their phones, and the own rows of new contracts.

    Raises `LineAlreadyContracted`, `ServiceIdTaken`, `LegacyNumberTaken`.
    """
    await _insert_all(
        tx,
        tables.subscriber,
        [
            {
                "id": s.id,
                "partner": s.partner,
                "name": s.name,
                "name_kana": s.name_kana,
                "created_at": s.created_at,
                "version": s.version,
                **address_columns(s.address),
            }
            for s in subscribers
        ],
    )
    phones = [
        {"subscriber_id": s.id, "phone": phone, "position": position, "partner": s.partner}
        for s in subscribers
        for position, phone in enumerate(s.phones)
    ]
    await _insert_all(tx, tables.subscriber_phone, phones)
    with refusing(
        uq_contract_live_line=LineAlreadyContracted,
        uq_contract_live_service_id=ServiceIdTaken,
        uq_contract_legacy_number=LegacyNumberTaken,
    ):
        await _insert_all(tx, tables.contract, [head_columns(contract) for contract in contracts])
    await _insert_all(tx, tables.open_month, [open_month_columns(contract) for contract in contracts])


async def insert_parts(tx: Tx, contracts: Sequence[Contract], entries: Sequence[HistoryEntry]) -> None:
    """All that is dated about new contracts, and the first entries of their histories."""
    for part in PARTS:
        rows = [
            {"contract_id": contract.id, "partner": contract.partner, **part.to_row(each)}
            for contract in contracts
            for each in getattr(contract, part.name)
        ]
        await _insert_all(tx, part.table, rows)
    await _insert_all(tx, tables.history, [{**vars(entry), "details": dict(entry.details)} for entry in entries])


async def _insert_all(tx: Tx, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with the same columns, sent in one go."""
    if not rows:
        return
    names = list(rows[0])
    places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - names from code
    await tx.connection.executemany(statement, [[row[name] for name in names] for row in rows])


def _columns(of: LegacyImport) -> dict[str, Any]:
    counts, failure = dict(of.counts), None if of.failure is None else dict(of.failure)
    return {
        **vars(of),
        "columns": None if of.columns is None else list(of.columns),
        "counts": counts,
        "failure": failure,
    }


def _import(row: Record) -> LegacyImport:
    columns = row["columns"]
    return LegacyImport(**{**dict(row), "columns": None if columns is None else tuple(columns)})


def _report(row: Record) -> RowReport:
    return RowReport(
        line=row["line"],
        legacy_number=row["legacy_number"],
        outcome=Outcome(row["outcome"]),
        findings=tuple(Finding(**finding) for finding in row["findings"]),
        contract_id=row["contract_id"],
        holder_key=row["holder_key"],
    )
