"""Lists as they are handed out as files: flat rows, a page at a time, in the order of their ids."""

from __future__ import annotations

from datetime import date, datetime

from common.civil import jst_day
from common.db import Record, Tx
from contracts.domain.invoices import Owing

_CONTRACTS = """
SELECT c.id, c.status, c.partner, c.subscriber_id, s.name, s.name_kana,
       (SELECT string_agg(t.phone, ' ' ORDER BY t.position) FROM subscriber_phone t WHERE t.subscriber_id = s.id)
           AS phones,
       p.plan_code, p.price, c.fee_month_start_day, c.applied_at, c.active_from, c.ends_at, c.line_kind, c.line_number,
       c.service_id, c.support_number, c.legacy_number, a.postal_code,
       a.prefecture || a.city || a.street || coalesce(' ' || a.building, '') AS address
FROM contract c
JOIN subscriber s ON s.id = c.subscriber_id
LEFT JOIN LATERAL (
    SELECT plan_code, price FROM plan_period p WHERE p.contract_id = c.id
    ORDER BY p.starts_at <= $1 DESC, CASE WHEN p.starts_at <= $1 THEN p.starts_at END DESC, p.starts_at LIMIT 1
) p ON true
LEFT JOIN LATERAL (
    SELECT * FROM address_period a WHERE a.contract_id = c.id
    ORDER BY a.starts_at <= $1 DESC, CASE WHEN a.starts_at <= $1 THEN a.starts_at END DESC, a.starts_at LIMIT 1
) a ON true
WHERE c.id > $2 AND ($4::text IS NULL OR c.status = $4) AND ($5::text IS NULL OR c.partner = $5)
ORDER BY c.id LIMIT $3
"""
_INVOICES = """
SELECT i.id, i.number, i.kind, i.issued_on, i.due_on, i.partner, i.subscriber_id, i.customer ->> 'name' AS customer,
       i.total, i.tax, r.credited, r.owing, r.paid_on, i.corrects_number
FROM invoice i JOIN receivable r ON r.invoice_id = i.id
WHERE i.id > $1 AND i.issued_on BETWEEN coalesce($3::date, '-infinity') AND coalesce($4::date, 'infinity')
      AND ($5::text IS NULL OR r.owing = $5)
ORDER BY i.id LIMIT $2
"""
_RECEIVABLES = """
SELECT i.id, i.number, i.partner, i.subscriber_id, i.customer ->> 'name' AS customer, r.due_on, r.total, r.credited,
       r.total - r.credited AS owed, r.owing, r.failures, r.failed_for, greatest(0, $4::date - r.due_on) AS days_overdue
FROM receivable r JOIN invoice i ON i.id = r.invoice_id
WHERE r.owing = ANY($3) AND r.total > r.credited AND i.id > $1 AND (NOT $5::boolean OR r.due_on < $4)
ORDER BY i.id LIMIT $2
"""
_OWED = sorted(owing.value for owing in Owing if owing not in (Owing.PAID, Owing.CORRECTED))


async def contracts(
    tx: Tx, now: datetime, *, after: str, limit: int, status: str | None = None, partner: str | None = None
) -> list[Record]:
    """Contracts with holder, plan and contract address as they are now; before their first, as they will be."""
    return await tx.connection.fetch(_CONTRACTS, now, after, limit, status, partner)


async def invoices(
    tx: Tx,
    now: datetime,  # noqa: ARG001 - as the others
    *,
    after: str,
    limit: int,
    first: date | None = None,
    last: date | None = None,
    owing: str | None = None,
) -> list[Record]:
    """Invoices issued from `first` to `last`, with what became of them."""
    return await tx.connection.fetch(_INVOICES, after, limit, first, last, owing)


async def receivables(tx: Tx, now: datetime, *, after: str, limit: int, overdue: bool = False) -> list[Record]:
    """What is owed: invoices that are not paid, in full or in part."""
    return await tx.connection.fetch(_RECEIVABLES, after, limit, _OWED, jst_day(now), overdue)
