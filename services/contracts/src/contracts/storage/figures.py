"""What an owner asks for: recurring revenue, churn, where contracts are, how much of the inquiries is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.db import Tx, rows_as

_REVENUE = """
SELECT p.plan_code, count(*)::int AS contracts, sum(p.price)::bigint AS plan_yen,
       coalesce(sum(o.yen), 0)::bigint AS option_yen
FROM contract c
JOIN plan_period p ON p.contract_id = c.id AND p.starts_at <= $1 AND (p.ends_at IS NULL OR p.ends_at > $1)
LEFT JOIN LATERAL (
    SELECT sum(price) AS yen FROM option_period o
    WHERE o.contract_id = c.id AND o.kind = 'hours_extension' AND o.starts_at <= $1
      AND (o.ends_at IS NULL OR o.ends_at > $1)
) o ON true
WHERE c.active_from <= $1 AND (c.ends_at IS NULL OR c.ends_at > $1)
GROUP BY p.plan_code ORDER BY p.plan_code
"""
_CHURN = """
SELECT count(*) FILTER (WHERE active_from < $1 AND (ends_at IS NULL OR ends_at > $1))::int AS at_start,
       count(*) FILTER (WHERE active_from >= $1 AND active_from < $2)::int AS begun,
       count(*) FILTER (WHERE ends_at > $1 AND ends_at <= $2)::int AS ended
FROM contract WHERE active_from IS NOT NULL
"""
_PREFECTURES = """
SELECT a.prefecture_code, a.prefecture, count(*)::int AS contracts
FROM contract c
JOIN address_period a ON a.contract_id = c.id AND a.starts_at <= $1 AND (a.ends_at IS NULL OR a.ends_at > $1)
WHERE c.active_from <= $1 AND (c.ends_at IS NULL OR c.ends_at > $1)
GROUP BY 1, 2 ORDER BY 1
"""
_INQUIRIES = """
SELECT p.plan_code, sum((p.terms ->> 'inquiry_limit')::int + coalesce(x.units, 0))::bigint AS allowed,
       coalesce(sum(u.units), 0)::bigint AS used
FROM contract c
CROSS JOIN LATERAL (
    SELECT to_date($1, 'YYYY-MM')::timestamp + make_interval(days => c.fee_month_start_day - 1) AS starts
) month
JOIN plan_period p ON p.contract_id = c.id AND p.terms ->> 'inquiry_limit' IS NOT NULL
    AND tstzrange(p.starts_at, p.ends_at) && tstzrange(timezone('Asia/Tokyo', month.starts),
                                                       timezone('Asia/Tokyo', month.starts + interval '1 month'))
LEFT JOIN LATERAL (SELECT sum(units) AS units FROM option_period o
    WHERE o.contract_id = c.id AND o.kind = 'extra_inquiries' AND o.fee_month = $1) x ON true
LEFT JOIN LATERAL (SELECT sum(units) AS units FROM usage_inquiry u
    WHERE u.contract_id = c.id AND u.fee_month = $1) u ON true
WHERE c.active_from IS NOT NULL
GROUP BY p.plan_code ORDER BY p.plan_code
"""
_USED = """
SELECT fee_month, sum(units)::int AS units FROM usage_inquiry WHERE contract_id = $1 AND fee_month = ANY($2)
GROUP BY fee_month
"""


@dataclass(frozen=True, kw_only=True)
class Revenue:
    """Recurring tax-included yen a month of a plan's contracts in force: their plan, their hours extensions."""

    plan_code: str
    contracts: int
    plan_yen: int
    option_yen: int


@dataclass(frozen=True, kw_only=True)
class Churn:
    """Contracts in force at the start of a calendar month, begun in it, ended with or in it."""

    at_start: int
    begun: int
    ended: int


@dataclass(frozen=True, kw_only=True)
class InPrefecture:
    """Contracts in force whose address is in a prefecture (JIS X 0401)."""

    prefecture_code: str
    prefecture: str
    contracts: int


@dataclass(frozen=True, kw_only=True)
class InquiryUse:
    """Inquiries that a plan's contracts might make in a fee month, and those they made, as far as heard."""

    plan_code: str
    allowed: int
    used: int


async def revenue(tx: Tx, at: datetime) -> list[Revenue]:
    """By plan."""
    return rows_as(Revenue, await tx.connection.fetch(_REVENUE, at))


async def churn(tx: Tx, start: datetime, end: datetime) -> Churn:
    """Of the calendar month from `start` to `end`."""
    return Churn(**dict(await _one(tx, _CHURN, start, end)))


async def prefectures(tx: Tx, at: datetime) -> list[InPrefecture]:
    """By prefecture."""
    return rows_as(InPrefecture, await tx.connection.fetch(_PREFECTURES, at))


async def inquiries(tx: Tx, fee_month: str) -> list[InquiryUse]:
    """By the plan in force in the fee month; it changes between months only (R-PLAN-CHANGE)."""
    return rows_as(InquiryUse, await tx.connection.fetch(_INQUIRIES, fee_month))


async def used_in(tx: Tx, contract_id: str, months: list[str]) -> dict[str, int]:
    """Units of a contract by fee month; 0 where nothing was heard."""
    rows = await tx.connection.fetch(_USED, contract_id, months)
    return {**dict.fromkeys(months, 0), **{row["fee_month"]: row["units"] for row in rows}}


async def _one(tx: Tx, statement: str, *arguments: Any) -> Any:
    row = await tx.connection.fetchrow(statement, *arguments)
    if row is None:
        raise LookupError(statement)
    return row
