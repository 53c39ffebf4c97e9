"""`python -m contracts import-legacy FILE [--dry-run]`: a file of old contracts, with progress and a report."""

from __future__ import annotations

import argparse
import csv
import getpass
import hashlib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from common.assembly import Service
from common.command_line import Order, say
from common.context import Context
from common.db import Tx
from common.errors import DomainError
from contracts.domain.legacy_file import ENCODINGS, Format
from contracts.domain.legacy_import import ImportStatus, LegacyImport
from contracts.domain.sheet_layout import Language
from contracts.storage import legacy_imports
from contracts.usecases.import_batch import import_batch
from contracts.usecases.load_catalogue import load_catalogue
from contracts.usecases.receive_import import CHUNK, ReceiveImport, receive_import
from contracts.usecases.report_import import report_lines

SOME_REFUSED = 2
FAILED = 1


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="judge every row, enter none")
    parser.add_argument("--format", choices=[kind.value for kind in Format], help="found out when it is not given")
    parser.add_argument("--encoding", choices=ENCODINGS, help="found out when it is not given")
    parser.add_argument("--report", type=Path, help="write what became of each row to this CSV file")
    parser.add_argument("--by", default=f"cli:{getpass.getuser()}", help="who stands in events and history as actor")


@dataclass(frozen=True, kw_only=True)
class _Work:
    service: Service
    options: argparse.Namespace
    transactions: Callable[[], AbstractAsyncContextManager[Tx]]

    async def received(self) -> LegacyImport:
        """The import of this file: one that was broken off goes on."""
        options = self.options
        with options.file.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        async with self.transactions() as tx:
            broken_off = await legacy_imports.unfinished(tx, digest, dry_run=options.dry_run)
        if broken_off is not None:
            sys.stderr.write(f"Going on with {broken_off.id} at line {broken_off.next_line}.\n")
            return broken_off
        cmd = ReceiveImport(
            file_name=options.file.name,
            dry_run=options.dry_run,
            format=Format(options.format) if options.format else None,
            encoding=options.encoding,
        )
        return await receive_import(cmd, _bytes_of(options.file), self.transactions, self.service.clock.now())

    async def read(self, importing: LegacyImport) -> LegacyImport:
        """Batch after batch to the end; another process may read the same import meanwhile."""
        while importing.status == ImportStatus.READING.value:
            async with self.transactions() as tx:
                await import_batch(tx, self.service.clock.now(), importing.id)
                importing = await legacy_imports.load(tx, importing.id)
            share = 100 * importing.next_offset // max(1, importing.size_bytes)
            sys.stderr.write(f"{share:3d} % {importing.counts.get('rows', 0)} rows\n")
        return importing


async def _bytes_of(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while some := file.read(CHUNK):
            yield some


async def _run(service: Service, options: argparse.Namespace) -> int:
    context = Context(actor=options.by)
    work = _Work(service=service, options=options, transactions=partial(service.database.transaction, context))
    async with work.transactions() as tx:
        await load_catalogue(tx, service.clock.now())
    try:
        done = await work.read(await work.received())
    except (OSError, DomainError) as refused:
        sys.stderr.write(f"{refused}\n")
        return FAILED
    if options.report is not None:
        with options.report.open("w", encoding="utf-8-sig", newline="") as out:
            async for lines in report_lines(done.id, work.transactions, Language.EN):
                csv.writer(out).writerows(lines)
    say({"import_id": done.id, "status": done.status, "failure": done.failure, **done.counts})
    if done.status == ImportStatus.FAILED.value:
        return FAILED
    return SOME_REFUSED if done.counts.get("refused") else 0


IMPORT_LEGACY = Order(
    name="import-legacy",
    meaning="import a file of contracts of closed plans; broken off, it goes on where it was",
    arguments=_arguments,
    run=_run,
)
