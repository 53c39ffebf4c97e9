"""Finding documents by the pairs of characters in them.

The house reads by an index over tokens, in three steps: the newest few thousand documents, some ten thousand more, all.
A step is taken only when those before found little, and reads no more candidates than an answer has time for. A
tenant's rows are read newest first instead: below row-level security no index over expressions may be used, since it
would look at rows before the tenant was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain.search import Likeness, Match, Probe, Question, What

ENOUGH = 60
"""So many hits among the newest documents are enough: older ones are not looked at."""
_MOST_NEW, _MOST_OLD, _MOST_OF_TENANT = 300, 100, 20_000
_TOKENS = "search_tokens(d.number, d.what, d.kind, d.contract_id, d.folded)"
_FILTERS = """
($3::timestamptz IS NULL OR d.at >= $3) AND ($4::timestamptz IS NULL OR d.at < $4)
AND ($5::text IS NULL OR EXISTS (SELECT FROM inquiry i WHERE i.id = d.inquiry_id AND i.status = $5))
AND ($6::text IS NULL OR d.what = $6) AND ($7::text IS NULL OR d.kind = $7)
AND ($8::text IS NULL OR d.contract_id = $8)
"""
_NEWEST_FIRST = """
newest AS (SELECT coalesce(max(number), 0) AS number FROM search_document),
recent AS MATERIALIZED (
    SELECT d.* FROM search_document d WHERE ({recent}) AND ({fits}) AND {filters} ORDER BY d.number DESC LIMIT {new}
), younger AS MATERIALIZED (
    SELECT d.* FROM search_document d WHERE ({younger}) AND ({fits}) AND {filters}
), soon AS MATERIALIZED (
    SELECT * FROM recent
    UNION ALL (SELECT * FROM younger WHERE (SELECT count(*) FROM recent) < {enough}
               AND number >> 12 < (SELECT (number >> 12) - 1 FROM newest) LIMIT {old})
)
"""
_ALL = f"""{_NEWEST_FIRST}, older AS MATERIALIZED (
    SELECT d.* FROM search_document d WHERE ({{older}}) AND ({{fits}}) AND {{filters}}
), found AS (
    SELECT * FROM soon
    UNION ALL (SELECT * FROM older WHERE (SELECT count(*) FROM soon) < {{enough}}
               AND number >> 15 < (SELECT (number >> 15) - 1 FROM newest) LIMIT {{old}})
)
"""  # noqa: S608 - put together from constants
_NOT_THE_OLD = f"{_NEWEST_FIRST}, found AS (SELECT * FROM soon)"  # noqa: S608
# Forms of one slip of the pen are many and rare: looking for them three times would cost more than it spares.
_AT_ONCE = """
older AS MATERIALIZED (
    SELECT d.* FROM search_document d WHERE ({older}) AND ({fits}) AND {filters}
), found AS (SELECT * FROM older LIMIT {old})
"""
_OF_TENANT = """
own AS MATERIALIZED (SELECT d.* FROM search_document d ORDER BY d.number DESC LIMIT {tenant}),
found AS (SELECT d.* FROM own d WHERE ({fits}) AND {filters} ORDER BY d.number DESC LIMIT {new})
"""
# A whole name or sentence counts most, then where it begins, then that it occurs; a hit in the title, the spelling as
# typed, a short text that is about little else; and the newest of those that are alike.
_RANKED = """
SELECT f.number, f.what, f.id, f.inquiry_id, f.contract_id, f.subscriber_id, f.at, f.title, f.body, i.status,
       i.summary
FROM (SELECT d.*, CASE WHEN strpos(folded, '|' || $1 || '|') > 0 THEN 60 WHEN strpos(folded, '|' || $1) > 0 THEN 50
                       WHEN strpos(folded, $1) > 0 THEN 40 ELSE 0 END
          + CASE WHEN strpos(title, $2) + strpos(body, $2) > 0 THEN 5 ELSE 0 END
          + CASE WHEN split_part(folded, '|', 2) LIKE ALL ({first}) THEN 20 ELSE 0 END
          + 20.0 * length($1) / length(folded)
          + CASE what WHEN 'subscriber' THEN 12 WHEN 'caller' THEN 8 WHEN 'article' THEN 7
            WHEN 'inquiry' THEN 6 WHEN 'verdict' THEN 3 ELSE 0
            END + CASE WHEN what = 'inquiry' AND body <> '' THEN 3 ELSE 0 END AS score
      FROM found d ORDER BY score DESC, number DESC LIMIT $9) f
LEFT JOIN inquiry i ON i.id = f.inquiry_id
ORDER BY f.score DESC, f.number DESC
"""
_ALIKE = """
SELECT f.number, f.what, f.id, f.inquiry_id, f.contract_id, f.subscriber_id, f.at, f.title, f.body, i.status, i.summary
FROM found f JOIN inquiry i ON i.id = f.inquiry_id AND i.id <> $1 AND i.status NOT IN ('voided', 'merged')
CROSS JOIN LATERAL (
    SELECT sum(length(word)) FILTER (WHERE strpos(f.folded, word) > 0) * 1.0 / sum(length(word)) AS part
    FROM unnest($2::text[]) word
) shared
WHERE f.body <> '' AND shared.part >= $4 ORDER BY shared.part DESC, f.number DESC LIMIT $3
"""
_LEAST_ALIKE = 0.4
"""The part of a case's words that another must share to be called similar."""
_FIRST_FREE, _FIRST_FREE_OF_ALIKE = 10, 5
_NEWEST = ("ARRAY(SELECT '#e' || (number >> 12) FROM newest)", "ARRAY(SELECT '#e' || (number >> 12) - 1 FROM newest)")
_YOUNGER = ("ARRAY(SELECT '#E' || (number >> 15) FROM newest)", "ARRAY(SELECT '#E' || (number >> 15) - 1 FROM newest)")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the hits must be beside fitting; None: whatever."""

    contract_id: str | None = None
    status: str | None = None
    kind: str | None = None
    what: What | None = None
    since: datetime | None = None
    until: datetime | None = None

    def tokens(self) -> list[str]:
        """Those of the filters that the index knows."""
        named = (("#w", self.what), ("#k", self.kind), ("#c", self.contract_id))
        return [f"{mark}{value}" for mark, value in named if value is not None]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A document that fits, with the inquiry it belongs to."""

    number: int
    what: str
    id: str
    inquiry_id: str | None
    contract_id: str | None
    subscriber_id: str | None
    at: datetime
    title: str
    body: str
    status: str | None
    summary: str | None


async def look(tx: Tx, asked: Question, probe: Probe, filters: Filters, *, limit: int) -> list[Found]:
    """The documents that fit one probe, best first."""
    sets = [grams + filters.tokens() for grams in probe.grams] if tx.partner is None else []
    given = (asked.whole, asked.typed, filters.since, filters.until, filters.status, filters.what, filters.kind)
    rows = await tx.connection.fetch(
        _statement(_way(tx, probe), len(sets), len(probe.forms)),
        *(*given, filters.contract_id, limit, *sets, *map(list, probe.forms)),
    )
    return [Found(**dict(row)) for row in rows]


async def alike(tx: Tx, inquiry_id: str, compared: Likeness, *, limit: int) -> list[Found]:
    """Solved inquiries, of the newest some ten thousand, that share the most words with this one."""
    sets = [[*grams, f"#w{What.INQUIRY}"] for grams in compared.probe.grams]
    places = [f"${_FIRST_FREE_OF_ALIKE + at}::text[]" for at in range(len(sets) + len(compared.probe.forms))]
    common = _found(_NOT_THE_OLD, places[: len(sets)], places[len(sets) :], filters="true")
    rows = await tx.connection.fetch(
        f"WITH {common} {_ALIKE}",
        *(inquiry_id, list(compared.words), limit, _LEAST_ALIKE, *sets, *map(list, compared.probe.forms)),
    )
    return [Found(**dict(row)) for row in rows]


def _way(tx: Tx, probe: Probe) -> str:
    if tx.partner is not None:
        return _OF_TENANT
    if probe.match is Match.SIMILAR:
        return _AT_ONCE
    return _ALL if len(probe.forms) == 1 else _NOT_THE_OLD  # with a word less there are too many candidates


def _statement(way: str, sets: int, forms: int) -> str:
    places = [f"${_FIRST_FREE + at}::text[]" for at in range(sets + forms)]
    common = _found(way, places[:sets], places[sets:], filters=_FILTERS)
    return f"WITH {common} {_RANKED.format(first=places[sets])}"


def _found(way: str, grams: list[str], patterns: list[str], *, filters: str) -> str:
    return way.format(
        recent=_any(f"{_TOKENS} @> ({place} || {block})" for place in grams for block in _NEWEST),
        younger=_any(f"{_TOKENS} @> ({place} || {block})" for place in grams for block in _YOUNGER),
        older=_any(f"{_TOKENS} @> {place}" for place in grams),
        fits=_any(f"d.folded LIKE ALL ({place})" for place in patterns),
        filters=filters,
        enough=ENOUGH,
        new=_MOST_NEW,
        old=_MOST_OLD,
        tenant=_MOST_OF_TENANT,
    )


def _any(conditions: Iterable[str]) -> str:
    return " OR ".join(conditions)
