"""Receive a file of old contracts, chunk by chunk, however large it is."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from common.db import Tx
from common.errors import DomainError
from common.ids import new_id
from contracts.domain.import_refusals import ImportEncodingUnknown, ImportFileCutOff, ImportFileEmpty
from contracts.domain.legacy_file import ENCODINGS, UTF_8, Format, encoding_of, format_of
from contracts.domain.legacy_import import ImportStatus, LegacyImport
from contracts.storage import legacy_imports

CHUNK = 262_144
SAMPLE = 65_536


@dataclass(frozen=True, kw_only=True)
class ReceiveImport:
    """A file that is to be imported; without format and encoding they are found out from its beginning.

    A JSON array is UTF-8, whatever is said.
    """

    file_name: str
    dry_run: bool = False
    format: Format | None = None
    encoding: str | None = None


async def receive_import(
    cmd: ReceiveImport,
    body: AsyncIterator[bytes],
    transactions: Callable[[], AbstractAsyncContextManager[Tx]],
    now: datetime,
) -> LegacyImport:
    """The import, ready to be read. Each chunk is kept in a transaction of its own.

    Raises `ImportFileEmpty`, `ImportFileCutOff`, `ImportEncodingUnknown`.
    """
    if cmd.encoding is not None and cmd.encoding not in ENCODINGS:
        raise ImportEncodingUnknown(encoding=cmd.encoding, known=list(ENCODINGS))
    async with transactions() as tx:
        received = _new(cmd, tx.actor, now)
        await legacy_imports.insert(tx, received)
    digest, size, sample, end = hashlib.sha256(), 0, b"", b""
    async for chunk in _chunks(body):
        digest.update(chunk)
        sample = sample or chunk[:SAMPLE]
        async with transactions() as tx:
            await legacy_imports.add_chunk(tx, received.id, size, chunk)
        size += len(chunk)
        end = chunk.rstrip()[-1:] or end
    kind = received.format or format_of(sample).value
    if unusable := _unusable(cmd, size, kind, end):
        async with transactions() as tx:
            await legacy_imports.remove_chunks(tx, received.id)
            failed = replace(received, status=ImportStatus.FAILED.value, failure={"code": unusable.code})
            await legacy_imports.update(tx, failed)
        raise unusable
    async with transactions() as tx:
        ready = replace(
            received,
            status=ImportStatus.READING.value,
            size_bytes=size,
            digest=digest.hexdigest(),
            format=kind,
            encoding=UTF_8 if kind == Format.JSON.value else received.encoding or encoding_of(sample),
            version=received.version + 1,
        )
        await legacy_imports.update(tx, ready)
    return ready


def _unusable(cmd: ReceiveImport, size: int, kind: str, end: bytes) -> DomainError | None:
    """What is wrong with the file as a whole: that an array has lost its end shows before a row of it is read."""
    if not size:
        return ImportFileEmpty(file_name=cmd.file_name)
    if kind == Format.JSON.value and end != b"]":
        return ImportFileCutOff(file_name=cmd.file_name, size_bytes=size)
    return None


async def _chunks(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    waiting = bytearray()
    async for some in body:
        waiting += some
        while len(waiting) >= CHUNK:
            yield bytes(waiting[:CHUNK])
            del waiting[:CHUNK]
    if waiting:
        yield bytes(waiting)


def _new(cmd: ReceiveImport, by: str, now: datetime) -> LegacyImport:
    return LegacyImport(
        id=new_id("imp"),
        file_name=cmd.file_name,
        format=cmd.format.value if cmd.format else None,
        encoding=cmd.encoding,
        dry_run=cmd.dry_run,
        status=ImportStatus.RECEIVING.value,
        size_bytes=0,
        digest=None,
        columns=None,
        next_offset=0,
        next_line=1,
        counts={},
        failure=None,
        received_at=now,
        received_by=by,
        finished_at=None,
        version=1,
    )
