"""A hash chain over the rows of an append-only table, laid behind the writers by a sweep.

A chain in the write path would make every writer wait for the one before. Here rows are written freely, and every few
seconds what is new gets its digest (SHA-256 of the row's canonical text), and one seal covers these digests and the
seal before. Whoever changes, removes, adds or swaps a row afterwards no longer fits the seals; whoever rewrites the
seals, too, no longer fits what was told of them elsewhere (the log, an export): those are the anchors.

Rows become visible in another order than they were numbered. A seal therefore names its members one by one
(`seal_link`), and the next sweep looks again from its `horizon`: every transaction before it had ended, so nothing of
it is still to come. What is older than the horizon and in no seal was not written by the house.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime

import asyncpg

from common.context import system_context
from common.db import Transactor, Tx

log = logging.getLogger("anshin.sealing")

MOST_IN_A_SEAL = 1000
NOTHING = bytes(32)
"""What the first seal names as the hash before it."""

CANONICAL = """
(SELECT jsonb_object_agg(c.key, c.value)::text FROM jsonb_each(to_jsonb(e)) c WHERE c.value <> 'null'::jsonb)
"""
"""The text of row `e` that is hashed: its columns that hold something, in PostgreSQL's own order, times in UTC."""

UTC = "SELECT set_config('timezone', 'UTC', true)"
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('seal'), hashtext($1))"
_SEALS = "SELECT * FROM seal WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3"
_HEAD = "SELECT * FROM seal WHERE chain = $1 ORDER BY sequence DESC LIMIT 1"
# Asked before the rows are looked for: whatever is older than this horizon is visible to every later statement.
_NOW = """
SELECT (SELECT system_identifier::text FROM pg_control_system()) AS cluster,
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon, clock_timestamp() AS sealed_at
"""
_LINK = f"""
INSERT INTO seal_link (chain, sequence, number, digest)
SELECT $1, $2, e.number, sha256(convert_to({CANONICAL}, 'UTF8')) FROM {{table}} e
WHERE e.txid >= $3 AND e.number > $4
  AND NOT EXISTS (SELECT FROM seal_link l WHERE l.chain = $1 AND l.number = e.number)
ORDER BY e.number LIMIT $5 RETURNING number, digest
"""  # noqa: S608 - put together from constants
_SEAL = """
INSERT INTO seal (chain, sequence, entries, horizon, base, cluster, previous, hash, sealed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
# Rows of a transaction that has not even begun: they came from a cluster where more of them had been counted.
_BASE = """
SELECT coalesce(max(number), 0) FROM {table} WHERE txid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
_WAITING = """
SELECT count(*) FROM {table} e WHERE e.txid >= $2 AND e.number > $3
  AND NOT EXISTS (SELECT FROM seal_link l WHERE l.chain = $1 AND l.number = e.number)
"""
_AGE = "SELECT extract(epoch FROM clock_timestamp() - $1::timestamptz)::float8"


@dataclass(frozen=True)
class Chain:
    """One chain: its name, and the append-only table whose rows it seals (with `sealed_columns()`).

    Columns may be added to such a table, empty in the rows that are there; a column that is renamed or removed breaks
    what was sealed before.
    """

    name: str
    table: str


@dataclass(frozen=True, kw_only=True)
class Seal:
    """One link of a chain: so many rows, the hash before it, and its own."""

    chain: str
    sequence: int
    entries: int
    horizon: int
    base: int
    cluster: str
    previous: bytes
    hash: bytes
    sealed_at: datetime

    def expected(self, links: Sequence[tuple[int, bytes]]) -> bytes:
        """The hash that this seal must have over these numbers and digests."""
        stated = (self.chain, self.sequence, self.entries, self.horizon, self.base, self.cluster)
        told = "\n".join(["anshin seal 1", *map(str, stated), self.sealed_at.isoformat(), self.previous.hex()])
        seal = hashlib.sha256(told.encode())
        for number, digest in links:
            seal.update(f"\n{number} {digest.hex()}".encode())
        return seal.digest()


async def seal(tx: Tx, chain: Chain, *, most: int = MOST_IN_A_SEAL) -> Seal | None:
    """Seal what is new, at most `most` rows; None when nothing is, or when somebody else is sealing."""
    connection = tx.connection
    if not await connection.fetchval(_LOCK, chain.name):
        return None
    await connection.execute(UTC)
    head = await head_of(tx, chain)
    (now,) = await connection.fetch(_NOW)
    if head is not None and head.cluster == now["cluster"] and head.horizon:
        floor, base = head.horizon, head.base
    else:  # the first seal, or the first ones after a restore elsewhere, where transactions are counted anew
        floor, base = 0, 0
    sequence = head.sequence + 1 if head else 1
    linked = await connection.fetch(_LINK.format(table=chain.table), chain.name, sequence, floor, base, most)
    if not linked:
        return None
    links = sorted((row["number"], row["digest"]) for row in linked)
    made = Seal(
        chain=chain.name,
        sequence=sequence,
        entries=len(links),
        horizon=now["horizon"] if len(links) < most else floor,
        base=base if floor else await connection.fetchval(_BASE.format(table=chain.table)),
        cluster=now["cluster"],
        previous=head.hash if head else NOTHING,
        hash=NOTHING,
        sealed_at=now["sealed_at"],
    )
    made = replace(made, hash=made.expected(links))
    await connection.execute(_SEAL, *astuple(made))
    return made


async def head_of(tx: Tx, chain: Chain) -> Seal | None:
    """The newest seal."""
    row = await tx.connection.fetchrow(_HEAD, chain.name)
    return None if row is None else Seal(**dict(row))


async def seals(tx: Tx, chain: Chain, *, after: int = 0, most: int = MOST_IN_A_SEAL) -> list[Seal]:
    """Seals behind number `after`, in order."""
    return [Seal(**dict(row)) for row in await tx.connection.fetch(_SEALS, chain.name, after, most)]


async def waiting(tx: Tx, chain: Chain) -> tuple[int, float | None]:
    """How many rows no seal covers yet, and how old the newest seal is in seconds (None: there is none)."""
    head = await head_of(tx, chain)
    rows = await tx.connection.fetchval(_WAITING.format(table=chain.table), chain.name, *reach(head))
    age = await tx.connection.fetchval(_AGE, None if head is None else head.sealed_at)
    return rows, age


def reach(head: Seal | None) -> tuple[int, int]:
    """Transaction and number below which everything lies in a seal."""
    return (head.horizon, head.base if head.horizon else 0) if head else (0, 0)


async def lines(
    tx: Tx, chain: Chain, *, where: str = "true", arguments: Sequence[object] = (), most: int | None = None
) -> AsyncIterator[tuple[int, str]]:
    """Number and text of the rows for which the condition over `e` holds, in order: the very text that is hashed."""
    await tx.connection.execute(UTC)
    query = f"SELECT e.number, {CANONICAL} AS line FROM {chain.table} e WHERE {where} ORDER BY e.number"  # noqa: S608
    if most is not None:
        query += f" LIMIT {most}"
    async for row in tx.connection.cursor(query, *arguments):
        yield row["number"], row["line"]


Unsealed = Callable[[Tx], Awaitable[Sequence[Chain]]]
"""Takes some of many small chains that have something new, for the same transaction to seal; none: all are sealed."""


class Sealer:
    """Seals a service's chains every few seconds of real time; any number of processes may run it."""

    def __init__(
        self, database: Transactor, chains: Sequence[Chain], *, every: float, unsealed: Unsealed | None = None
    ) -> None:
        self._database = database
        self._chains = chains
        self._unsealed = unsealed
        self._every = every

    async def run(self) -> None:
        """Seal until cancelled."""
        while True:
            try:
                await self.seal()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("sealing pauses: %s", type(error).__name__, extra={"service": self._database.service})
            await asyncio.sleep(self._every)

    async def seal(self) -> int:
        """Seal all that is there; how many seals that took. Each is logged: its hash is an anchor."""
        made = 0
        for chain in self._chains:
            while (done := await self._one(chain)) is not None:
                made += 1
                self._log(done)
        while small := await self._small():
            made += len(small)
            for done in small:
                self._log(done)
        return made

    def _log(self, done: Seal) -> None:
        told = {"chain": done.chain, "seal": done.sequence, "entries": done.entries, "hash": done.hash.hex()}
        log.info("sealed", extra={"service": self._database.service, **told})

    async def _one(self, chain: Chain) -> Seal | None:
        async with self._database.transaction(system_context(self._database.service)) as tx:
            return await seal(tx, chain)

    async def _small(self) -> list[Seal]:
        """The new seals of some small chains; empty when nothing is left of them."""
        if self._unsealed is None:
            return []
        while True:
            async with self._database.transaction(system_context(self._database.service)) as tx:
                chains = await self._unsealed(tx)
                made = [done for chain in chains if (done := await seal(tx, chain)) is not None]
            if made or not chains:
                return made
