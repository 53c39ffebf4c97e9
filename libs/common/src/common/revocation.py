"""Tokens that are worth nothing any more although they hold: leaked ones, or all of somebody who lost their rights.

`contracts` keeps the list and tells it; every service has a copy, and looks into it on each request. The look is into
memory; the memory is compared with the table twice a second at most, by the request that finds it old.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.db import Database, Record, Tx
from common.errors import Unauthenticated
from common.two_people import RightsWithdrawn, Signatory

FRESH_SECONDS = 0.5

_ALL = "SELECT id, kind, value, partner, issued_before FROM token_revocation WHERE lifted_at IS NULL"
_NAMED = """
SELECT id, kind, value, partner, issued_before FROM token_revocation
WHERE lifted_at IS NULL AND (kind, value) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""
_STAMP = "SELECT count(*) AS rows, coalesce(sum(version), 0) AS versions, max(id) AS newest FROM token_revocation"


class TokenIsRevoked(Unauthenticated):
    """The token holds, and was revoked."""

    code = "token_revoked"
    en = "This access token was revoked."
    ja = "このアクセストークンは失効しています。"


@dataclass(frozen=True, kw_only=True)
class Revocation:
    """One entry: tokens of a `kind` with this `value`, of a tenant only (None: whosever), issued before an instant."""

    id: str
    kind: str
    value: str
    partner: str | None
    issued_before: datetime | None

    def strikes(self, who: Signatory, partner: str | None) -> bool:
        """Whether a token of this tenant is meant; one that does not say when it was issued is."""
        return (
            (self.kind, self.value) in set(_names(who))
            and self.partner in {None, partner}
            and (self.issued_before is None or who.token_issued_at is None or who.token_issued_at < self.issued_before)
        )


def _names(who: Signatory) -> Iterator[tuple[str, str]]:
    """By what a token may be meant."""
    known = {"token": who.token_id, "subject": who.subject, "client": who.client_id, "person": who.person}
    return ((kind, value) for kind, value in known.items() if value is not None)


class RevocationList:
    """All entries, found by what they name."""

    def __init__(self, revocations: Iterable[Revocation] = ()) -> None:
        self._by_name: dict[tuple[str, str], list[Revocation]] = {}
        for each in revocations:
            self._by_name.setdefault((each.kind, each.value), []).append(each)

    def striking(self, who: Signatory, partner: str | None) -> Revocation | None:
        """The entry by which a token is worth nothing, if there is one."""
        if not self._by_name:
            return None
        found = (each for name in _names(who) for each in self._by_name.get(name, ()) if each.strikes(who, partner))
        return next(found, None)


class Revocations:
    """The list as one process of a service knows it: never older than half a second when it is asked."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._list = RevocationList()
        self._stamp: tuple[Any, ...] | None = None
        self._compared_at = -float("inf")
        self._comparing = asyncio.Lock()

    async def struck(self, who: Signatory, partner: str | None) -> Revocation | None:
        """The entry by which a token is worth nothing now, if there is one. Raises what the database raises."""
        if self._old():
            async with self._comparing:
                if self._old():
                    await self._compare()
        return self._list.striking(who, partner)

    async def require_live(self, who: Signatory, partner: str | None) -> None:
        """Raise `TokenIsRevoked` when it is."""
        if (found := await self.struck(who, partner)) is not None:
            raise TokenIsRevoked(revoked=found.kind)

    def _old(self) -> bool:
        return self._clock() - self._compared_at >= FRESH_SECONDS

    async def _compare(self) -> None:
        began = self._clock()
        async with self._database.connection() as connection:
            stamp = tuple((await connection.fetch(_STAMP))[0].values())
            if stamp != self._stamp:
                self._list = RevocationList(_revocation(row) for row in await connection.fetch(_ALL))
                self._stamp = stamp
        self._compared_at = began


async def struck_now(tx: Tx, who: Signatory, partner: str | None) -> Revocation | None:
    """The entry by which a token is worth nothing, as the table has it in this transaction."""
    names = list(_names(who))
    rows = await tx.connection.fetch(_NAMED, [kind for kind, _ in names], [value for _, value in names])
    return RevocationList(_revocation(row) for row in rows).striking(who, partner)


async def require_rights_of_both(
    tx: Tx, first: Signatory, second: Signatory, *, partner: str | None, rule_id: str, **why: Any
) -> None:
    """The rights of who asked, and of who decides, judged again in the transaction of the decision.

    `partner` is the tenant of both tokens. Raises `RightsWithdrawn` and `TokenIsRevoked`.
    """
    if (found := await struck_now(tx, first, partner)) is not None:
        raise RightsWithdrawn(rule_id=rule_id, requested_by=first.subject, revoked=found.kind, **why)
    if (found := await struck_now(tx, second, partner)) is not None:
        raise TokenIsRevoked(revoked=found.kind)


def _revocation(row: Record) -> Revocation:
    return Revocation(**dict(row))
