"""A new version was published: which contracts have not accepted it."""

from __future__ import annotations

from datetime import datetime

from common.civil import jst_day
from common.db import Tx
from contracts.domain.refusals import ConsentNotPossible
from contracts.storage import catalogue, consents
from contracts.storage.consents import Outstanding


async def outstanding_consents(
    tx: Tx, now: datetime, *, document: str | None, after: str | None, limit: int
) -> list[Outstanding]:
    """Contracts in force that lack the newest version of a document, or of any; raises `ConsentNotPossible`."""
    book = await catalogue.current(tx, now)
    newest = {each.code: each.newest(jst_day(now)) for each in book.documents}
    if document is not None and document not in newest:
        raise ConsentNotPossible(document=document, documents=list(newest))
    wanted = {code: version for code, version in newest.items() if version and document in (None, code)}
    return await consents.outstanding(tx, wanted, after=after, limit=limit)
