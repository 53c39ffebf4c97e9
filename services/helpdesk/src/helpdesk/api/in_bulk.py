"""The same step on many inquiries: each in a transaction of its own, so that one that is refused, and an end of this
process in the middle, leave whole what was done before. Asked again, what was done is told as done.
"""  # noqa: D205 - one sentence in two lines

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from common.db import Tx
from common.errors import DomainError, Kind

MOST = 500
"""Inquiries of one request."""
REFUSED = "refused"

Transact = Callable[[], AbstractAsyncContextManager[Tx]]
Step = Callable[[str, Tx], Awaitable[str]]
"""Does it to the inquiry with this id and says in a word what became of it; raises what it refuses."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What became of one inquiry."""

    inquiry_id: str
    result: str
    refused: DomainError | None = None


async def each_alone(inquiry_ids: Iterable[str], step: Step, transactions: Transact) -> list[Row]:
    """Do it to each once, in order. Raises what says that the service, not the inquiry, is the matter."""
    rows = []
    for inquiry_id in dict.fromkeys(inquiry_ids):
        try:
            async with transactions() as tx:
                rows.append(Row(inquiry_id=inquiry_id, result=await step(inquiry_id, tx)))
        except DomainError as error:
            if error.kind is Kind.UNAVAILABLE:
                raise
            rows.append(Row(inquiry_id=inquiry_id, result=REFUSED, refused=error))
    return rows
