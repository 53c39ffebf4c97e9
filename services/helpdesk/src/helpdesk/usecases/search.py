"""Find what was ever written about a fault or a customer: as said first, then by its words, then but for a slip."""

from __future__ import annotations

from dataclasses import dataclass

from common.db import Tx
from helpdesk.domain.highlighting import Segment, excerpt, highlighted
from helpdesk.domain.search import Match, Probe, question
from helpdesk.storage import search as documents
from helpdesk.storage.search import Filters, Found

FEW = 5
"""With fewer hits than these the words are looked for; for slips of the pen only when there is none."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """What was found, how well it fits, and where."""

    found: Found
    match: Match
    title: list[Segment]
    excerpt: list[Segment]


@dataclass(frozen=True, kw_only=True)
class Hits:
    """The best of what was found; `more` says that there are others."""

    items: list[Hit]
    more: bool


async def search(q: str, filters: Filters, tx: Tx, *, limit: int) -> Hits:
    """The best hits, as many as `limit`; raises `QueryTooShort`."""
    asked = question(q)
    hits: dict[int, tuple[Found, Probe]] = {}
    for probe in asked.probes:
        if len(hits) >= (1 if probe.match is Match.SIMILAR else min(FEW, limit)):
            break
        for found in await documents.look(tx, asked, probe, filters, limit=limit + 1):
            hits.setdefault(found.number, (found, probe))
    shown = list(hits.values())[:limit]
    return Hits(items=[hit_of(found, probe) for found, probe in shown], more=len(hits) > limit)


def hit_of(found: Found, probe: Probe) -> Hit:
    """A document as it is shown."""
    return Hit(
        found=found,
        match=probe.match,
        title=highlighted(found.title, probe),
        excerpt=excerpt(found.body, probe),
    )
