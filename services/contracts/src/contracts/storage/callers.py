"""Who is calling, by one statement: the indexes find, the rows of those found are read whole.

A name is kept folded (`search_fold` of migration 0006: any width, either kana, old characters, without the legal form)
between bars, `|name|kana|`, and indexed by its pairs of characters, since trigrams cannot find two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Record, Tx
from contracts.domain.caller import Candidate, HeldContract
from contracts.domain.subscriber import Subscriber
from contracts.storage.contract_rows import address_of

MOST_CONTRACTS = 100

# Common table expressions are planned for all their rows and read no further than needed: the indexes are used however
# many rows are guessed to fit. When all that was said is a number that somebody has, no names are looked at; parts of
# names are not when as many as are shown begin so: the pairs of a common word stand in every tenth name.
_BY_PHONE = """
WITH found AS MATERIALIZED (SELECT subscriber_id AS id, 0 AS rank FROM subscriber_phone WHERE phone = $3)
"""
_BY_LAST_DIGITS = """
WITH found AS MATERIALIZED (
    SELECT subscriber_id AS id, 1 AS rank FROM subscriber_phone
    WHERE reverse(phone) >= reverse($3) AND reverse(phone) < reverse($3) || 'A'
)
"""
_BY_WORDS = """
WITH numbered AS MATERIALIZED (
    SELECT subscriber_id AS id FROM contract
    WHERE contract_numbers(id, line_number, service_id, legacy_number, access_lines) @> ARRAY[$4]
), phoned AS MATERIALIZED (
    SELECT subscriber_id AS id FROM subscriber_phone WHERE phone = $6
), named AS MATERIALIZED (
    SELECT id, search_text FROM subscriber WHERE search_grams(search_text) @> search_grams('|' || $3 || '|')
), beginning AS MATERIALIZED (
    SELECT id, search_text FROM subscriber WHERE search_grams(search_text) @> search_grams('|' || $3)
), containing AS MATERIALIZED (
    SELECT id, search_text FROM subscriber WHERE search_grams(search_text) @>
        (SELECT array_agg(gram) FROM unnest($5::text[]) term, unnest(search_grams(term)) gram)
), sure AS MATERIALIZED (
    (SELECT id FROM numbered WHERE $4 <> '' LIMIT $2) UNION ALL (SELECT id FROM phoned LIMIT $2)
), alone AS MATERIALIZED (
    SELECT id FROM sure WHERE upper($3) = $4
), whole AS MATERIALIZED (
    SELECT id FROM named WHERE NOT EXISTS (SELECT FROM alone) AND search_text LIKE '%|' || $3 || '|%' LIMIT $2
), begun AS MATERIALIZED (
    SELECT id FROM beginning WHERE NOT EXISTS (SELECT FROM alone) AND (SELECT count(*) FROM whole) < $2
        AND search_text LIKE '%|' || $3 || '%' LIMIT $2
), part AS MATERIALIZED (
    SELECT id FROM containing WHERE NOT EXISTS (SELECT FROM alone) AND (SELECT count(*) FROM begun) < $2
        AND search_text LIKE ALL (ARRAY(SELECT '%' || term || '%' FROM unnest($5::text[]) term)) LIMIT $2
), found AS (
    SELECT id, min(rank) AS rank FROM (
        SELECT id, 0 AS rank FROM sure UNION ALL SELECT id, 0 FROM whole
        UNION ALL SELECT id, 1 FROM begun UNION ALL SELECT id, 2 FROM part
    ) all_found GROUP BY id
)
"""
# A contract's state and plan as `Contract.state` and `Contract.plan_at` have them.
_WHOLE = f"""
SELECT s.*, f.rank = 0 AS in_full,
    ARRAY(SELECT p.phone FROM subscriber_phone p WHERE p.subscriber_id = s.id ORDER BY p.position) AS phones,
    ARRAY(SELECT c.id FROM contract c WHERE c.subscriber_id = s.id ORDER BY c.id) AS contract_ids,
    (SELECT jsonb_agg(jsonb_build_object('id', c.id, 'status', c.status, 'plan_code', c.plan_code)) FROM (
        SELECT c.id, CASE WHEN c.ends_at <= $1 THEN 'terminated' ELSE c.status END AS status,
            (SELECT p.plan_code FROM plan_period p WHERE p.contract_id = c.id
             ORDER BY p.starts_at <= $1 DESC, abs(extract(epoch FROM p.starts_at - $1)) LIMIT 1) AS plan_code
        FROM contract c WHERE c.subscriber_id = s.id ORDER BY c.id DESC LIMIT {MOST_CONTRACTS}
    ) c) AS contracts
FROM (SELECT id, rank FROM found ORDER BY rank, id LIMIT $2) f JOIN subscriber s ON s.id = f.id ORDER BY f.rank, s.id
"""  # noqa: S608 - put together from constants
BY_PHONE, BY_LAST_DIGITS, BY_WORDS = (found + _WHOLE for found in (_BY_PHONE, _BY_LAST_DIGITS, _BY_WORDS))
# One plan serves every question: to plan it anew for each costs more than to answer it.
_FOLD = """
SELECT search_fold($1) AS whole, number_fold($1) AS number, ARRAY(SELECT search_fold(t) FROM unnest($2::text[]) t),
       set_config('plan_cache_mode', 'force_generic_plan', true)
"""


@dataclass(frozen=True, kw_only=True)
class Words:
    """What somebody said, as it is compared: all of it, as a number, and term by term."""

    whole: str
    number: str
    terms: tuple[str, ...]


async def fold(tx: Tx, q: str) -> Words:
    """The question in the spelling in which names and numbers are kept."""
    (row,) = await tx.connection.fetch(_FOLD, q, q.split())
    whole, number, terms, _ = row
    return Words(whole=whole, number=number, terms=tuple(term for term in terms if term))


async def by_phone(tx: Tx, phone: str, now: datetime, *, limit: int) -> list[Candidate]:
    """Subscribers with exactly this number (E.164)."""
    return _candidates(await tx.connection.fetch(BY_PHONE, now, limit, phone))


async def by_last_digits(tx: Tx, digits: str, now: datetime, *, limit: int) -> list[Candidate]:
    """Subscribers with a number that ends so."""
    return _candidates(await tx.connection.fetch(BY_LAST_DIGITS, now, limit, digits))


async def by_words(tx: Tx, words: Words, phone: str | None, now: datetime, *, limit: int) -> list[Candidate]:
    """Subscribers by number of a contract or line, service ID, phone, name or kana: in full, beginning, containing."""
    given = (words.whole, words.number, list(words.terms), phone)
    return _candidates(await tx.connection.fetch(BY_WORDS, now, limit, *given))


def _candidates(rows: list[Record]) -> list[Candidate]:
    return [
        Candidate(
            subscriber=Subscriber(
                id=row["id"],
                partner=row["partner"],
                name=row["name"],
                name_kana=row["name_kana"],
                address=address_of(row),
                phones=tuple(row["phones"]),
                version=row["version"],
                created_at=row["created_at"],
                contract_ids=tuple(row["contract_ids"]),
            ),
            contracts=tuple(HeldContract(**held) for held in row["contracts"] or ()),
            in_full=row["in_full"],
        )
        for row in rows
    ]
