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
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby

import asyncpg

from common.context import system_context
from common.db import Record, Transactor, Tx

log = logging.getLogger("anshin.sealing")

MOST_IN_A_SEAL = 1000
SEALS_AT_ONCE = 50
MOST_FINDINGS = 100
NOTHING = bytes(32)
"""What the first seal names as the hash before it."""

CANONICAL = """
(SELECT jsonb_object_agg(c.key, c.value)::text FROM jsonb_each(to_jsonb(e)) c WHERE c.value <> 'null'::jsonb)
"""
"""The text of row `e` that is hashed: its columns that hold something, in PostgreSQL's own order, times in UTC."""

_UTC = "SELECT set_config('timezone', 'UTC', true)"
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
_LINKS = f"""
SELECT l.sequence, l.number, l.digest, sha256(convert_to({CANONICAL}, 'UTF8')) AS found, e.number IS NULL AS gone
FROM seal_link l LEFT JOIN {{table}} e ON e.number = l.number
WHERE l.chain = $1 AND l.sequence BETWEEN $2 AND $3 ORDER BY l.sequence, l.number
"""  # noqa: S608 - put together from constants
_STRAY = """
SELECT e.number FROM {table} e WHERE NOT EXISTS (SELECT FROM seal_link l WHERE l.chain = $1 AND l.number = e.number)
  AND (e.txid < $2 OR e.number <= $3) ORDER BY e.number LIMIT $4
"""
_ORPHANS = """
SELECT l.sequence, l.number FROM seal_link l WHERE l.chain = $1
  AND NOT EXISTS (SELECT FROM seal s WHERE s.chain = $1 AND s.sequence = l.sequence) ORDER BY 1, 2 LIMIT $2
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


class Flaw(StrEnum):
    """What a verification can find."""

    CHANGED = "entry_changed"
    REMOVED = "entry_removed"
    INSERTED = "entry_inserted"
    SEAL_CHANGED = "seal_changed"
    SEAL_MISSING = "seal_missing"
    CHAIN_BROKEN = "chain_broken"
    ANCHOR_MISSED = "anchor_missed"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One place that does not fit: the seal, and the number of the entry where it is one."""

    flaw: Flaw
    seal: int | None = None
    number: int | None = None


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What was verified: so many seals over so many entries, up to seal `last`, whose hash is `hash`.

    `waiting` entries are too young to be sealed. `complete` says that the walk reached the newest seal; otherwise it
    goes on behind `last`. At most 100 findings are told.
    """

    chain: str
    seals: int
    entries: int
    last: int
    hash: bytes
    waiting: int
    complete: bool
    findings: Sequence[Finding]

    @property
    def sound(self) -> bool:
        """Whether everything fitted."""
        return not self.findings


async def seal(tx: Tx, chain: Chain, *, most: int = MOST_IN_A_SEAL) -> Seal | None:
    """Seal what is new, at most `most` rows; None when nothing is, or when somebody else is sealing."""
    connection = tx.connection
    if not await connection.fetchval(_LOCK, chain.name):
        return None
    await connection.execute(_UTC)
    head = await _head(tx, chain)
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


async def _head(tx: Tx, chain: Chain) -> Seal | None:
    row = await tx.connection.fetchrow(_HEAD, chain.name)
    return None if row is None else Seal(**dict(row))


async def seals(tx: Tx, chain: Chain, *, after: int = 0, most: int = MOST_IN_A_SEAL) -> list[Seal]:
    """Seals behind number `after`, in order."""
    return [Seal(**dict(row)) for row in await tx.connection.fetch(_SEALS, chain.name, after, most)]


async def verify(
    tx: Tx, chain: Chain, *, after: int = 0, most: int | None = None, anchors: Mapping[int, bytes] | None = None
) -> Verification:
    """Hold every entry against its seal, and every seal against the one before, from behind seal `after` on.

    With `most` it stops after about so many entries. `anchors` are hashes of seals that were kept elsewhere: only they
    show that the newest seals were removed, or that all were made anew.
    """
    await tx.connection.execute(_UTC)
    head = await _head(tx, chain)
    walk = _Walk(chain, after=after, before=await _hash_of(tx, chain, after))
    while head is not None and walk.last < head.sequence and (most is None or walk.entries < most):
        found = await seals(tx, chain, after=walk.last, most=SEALS_AT_ONCE)
        if not found:
            break
        links = await tx.connection.fetch(
            _LINKS.format(table=chain.table), chain.name, found[0].sequence, found[-1].sequence
        )
        walk.take(found, links)
    complete = head is None or walk.last >= head.sequence
    young = 0
    horizon, base = _reach(head)
    if complete:
        strays = await tx.connection.fetch(_STRAY.format(table=chain.table), chain.name, horizon, base, MOST_FINDINGS)
        walk.findings += [Finding(flaw=Flaw.INSERTED, number=row["number"]) for row in strays]
        orphans = await tx.connection.fetch(_ORPHANS, chain.name, MOST_FINDINGS)
        walk.findings += [
            Finding(flaw=Flaw.SEAL_MISSING, seal=row["sequence"], number=row["number"]) for row in orphans
        ]
        young = await tx.connection.fetchval(_WAITING.format(table=chain.table), chain.name, horizon, base)
    for sequence, anchor in (anchors or {}).items():
        if await _hash_of(tx, chain, sequence) != anchor:
            walk.findings.append(Finding(flaw=Flaw.ANCHOR_MISSED, seal=sequence))
    return Verification(
        chain=chain.name,
        seals=walk.seals,
        entries=walk.entries,
        last=walk.last,
        hash=walk.before,
        waiting=young,
        complete=complete,
        findings=walk.findings[:MOST_FINDINGS],
    )


async def _hash_of(tx: Tx, chain: Chain, sequence: int) -> bytes:
    found = await tx.connection.fetchval(
        "SELECT hash FROM seal WHERE chain = $1 AND sequence = $2", chain.name, sequence
    )
    return NOTHING if found is None else bytes(found)


async def waiting(tx: Tx, chain: Chain) -> tuple[int, float | None]:
    """How many rows no seal covers yet, and how old the newest seal is in seconds (None: there is none)."""
    head = await _head(tx, chain)
    horizon, base = _reach(head)
    rows = await tx.connection.fetchval(_WAITING.format(table=chain.table), chain.name, horizon, base)
    age = await tx.connection.fetchval(_AGE, None if head is None else head.sealed_at)
    return rows, age


def _reach(head: Seal | None) -> tuple[int, int]:
    """Transaction and number below which everything lies in a seal."""
    return (head.horizon, head.base if head.horizon else 0) if head else (0, 0)


class _Walk:
    """From seal to seal: what was passed, and what did not fit."""

    def __init__(self, chain: Chain, *, after: int, before: bytes) -> None:
        self.chain = chain
        self.last = after
        self.before = before
        self.seals = 0
        self.entries = 0
        self.findings: list[Finding] = []

    def take(self, found: Sequence[Seal], links: Sequence[Record]) -> None:
        """The next seals with the links of all of them."""
        members = {sequence: list(group) for sequence, group in groupby(links, key=lambda link: link["sequence"])}
        for each in found:
            self._seal(each, members.get(each.sequence, []))

    def _seal(self, each: Seal, members: Sequence[Record]) -> None:
        self.findings += [
            Finding(flaw=Flaw.SEAL_MISSING, seal=missing) for missing in range(self.last + 1, each.sequence)
        ][:MOST_FINDINGS]
        if each.previous != self.before:
            self.findings.append(Finding(flaw=Flaw.CHAIN_BROKEN, seal=each.sequence))
        if each.expected([(row["number"], row["digest"]) for row in members]) != each.hash:
            self.findings.append(Finding(flaw=Flaw.SEAL_CHANGED, seal=each.sequence))
        for row in members:
            if row["gone"] or row["found"] != row["digest"]:
                flaw = Flaw.REMOVED if row["gone"] else Flaw.CHANGED
                self.findings.append(Finding(flaw=flaw, seal=each.sequence, number=row["number"]))
        self.last, self.before = each.sequence, each.hash
        self.seals += 1
        self.entries += len(members)


async def lines(
    tx: Tx, chain: Chain, *, where: str = "true", arguments: Sequence[object] = (), most: int | None = None
) -> AsyncIterator[tuple[int, str]]:
    """Number and text of the rows for which the condition over `e` holds, in order: the very text that is hashed."""
    await tx.connection.execute(_UTC)
    query = f"SELECT e.number, {CANONICAL} AS line FROM {chain.table} e WHERE {where} ORDER BY e.number"  # noqa: S608
    if most is not None:
        query += f" LIMIT {most}"
    async for row in tx.connection.cursor(query, *arguments):
        yield row["number"], row["line"]


class Sealer:
    """Seals a service's chains every few seconds of real time; any number of processes may run it."""

    def __init__(self, database: Transactor, chains: Sequence[Chain], *, every: float) -> None:
        self._database = database
        self._chains = chains
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
                log.info(
                    "sealed",
                    extra={
                        "service": self._database.service,
                        "chain": chain.name,
                        "seal": done.sequence,
                        "entries": done.entries,
                        "hash": done.hash.hex(),
                    },
                )
        return made

    async def _one(self, chain: Chain) -> Seal | None:
        async with self._database.transaction(system_context(self._database.service)) as tx:
            return await seal(tx, chain)
