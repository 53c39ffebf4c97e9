"""Files on cases. Their bytes lie in the database: written, backed up, hidden and erased with everything else."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from common.db import Record, Tx
from helpdesk.domain.attachments import Attachment
from helpdesk.storage.tables import attachment, inquiry

_TOLD = [column for column in attachment.c if column.name != "content"]
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('attachment'), hashtext($1))"


async def add(tx: Tx, new: Attachment, content: bytes) -> None:
    """Keep a file."""
    await tx.run(
        attachment.insert().values(
            id=new.id,
            inquiry_id=new.inquiry_id,
            contract_id=new.contract_id,
            visibility=new.visibility,
            file_name=new.file_name,
            media_type=new.media_type,
            size=new.size,
            sha256=new.sha256,
            content=content,
            actor=new.actor,
            at=new.at,
        )
    )


async def count_alone(tx: Tx, inquiry_id: str) -> int:
    """How many files hang on an inquiry; nobody else adds one until this transaction ends."""
    await tx.connection.execute(_ALONE, inquiry_id)
    counted = sa.select(sa.func.count()).select_from(attachment).where(attachment.c.inquiry_id == inquiry_id)
    return int(await tx.scalar(counted))


async def find(tx: Tx, attachment_id: str) -> Attachment | None:
    """A file without its bytes."""
    row = await tx.first(sa.select(*_TOLD).where(attachment.c.id == attachment_id))
    return None if row is None else _attachment(row)


async def content_of(tx: Tx, attachment_id: str) -> bytes | None:
    """The bytes; None when they were erased."""
    found: bytes | None = await tx.scalar(sa.select(attachment.c.content).where(attachment.c.id == attachment_id))
    return found


async def listed(
    tx: Tx, inquiry_ids: Collection[str], *, after: str | None = None, limit: int | None = None
) -> list[Attachment]:
    """The files of these inquiries, in order."""
    statement = sa.select(*_TOLD).where(attachment.c.inquiry_id.in_(sorted(inquiry_ids))).order_by(attachment.c.id)
    if after is not None:
        statement = statement.where(attachment.c.id > after)
    return [_attachment(row) for row in await tx.all(statement.limit(limit))]


async def forget(tx: Tx, subscriber_id: str) -> None:
    """Erase bytes and names of all files of a subscriber; that there were some stays."""
    of_subscriber = sa.select(inquiry.c.id).where(inquiry.c.subscriber_id == subscriber_id)
    await tx.run(
        attachment.update().where(attachment.c.inquiry_id.in_(of_subscriber)).values(content=None, file_name=None)
    )


def _attachment(row: Record) -> Attachment:
    told = dict(row)
    name = told.pop("file_name")
    return Attachment(**told, file_name=name or "", erased=name is None)
