"""Holding rows against their seals, and seals against each other: what was changed afterwards, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from common.db import Record, Tx
from common.sealing import CANONICAL, NOTHING, UTC, Chain, Seal, head_of, reach, seals, waiting

SEALS_AT_ONCE = 50
MOST_FINDINGS = 100

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


async def verify(
    tx: Tx, chain: Chain, *, after: int = 0, most: int | None = None, anchors: Mapping[int, bytes] | None = None
) -> Verification:
    """Hold every entry against its seal, and every seal against the one before, from behind seal `after` on.

    With `most` it stops after about so many entries. `anchors` are hashes of seals that were kept elsewhere: only they
    show that the newest seals were removed, or that all were made anew.
    """
    await tx.connection.execute(UTC)
    head = await head_of(tx, chain)
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
    horizon, base = reach(head)
    if complete:
        strays = await tx.connection.fetch(_STRAY.format(table=chain.table), chain.name, horizon, base, MOST_FINDINGS)
        walk.findings += [Finding(flaw=Flaw.INSERTED, number=row["number"]) for row in strays]
        orphans = await tx.connection.fetch(_ORPHANS, chain.name, MOST_FINDINGS)
        walk.findings += [
            Finding(flaw=Flaw.SEAL_MISSING, seal=row["sequence"], number=row["number"]) for row in orphans
        ]
        young, _ = await waiting(tx, chain)
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
