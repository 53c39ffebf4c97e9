"""Opening an inquiry: one statement takes the unit, writes the ledger and the inquiry, or does nothing at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg

from common.db import Tx
from helpdesk.domain.inquiry import Inquiry
from helpdesk.domain.quota import Allowance, LedgerEntry, Taken


@dataclass(frozen=True, kw_only=True)
class NewInquiry:
    """An inquiry about to be opened: what the domain knows of it, and what only a person may read."""

    inquiry: Inquiry
    caller_name: str | None
    caller_phone: str | None
    accepted_by: str
    decision: dict[str, Any]


# The decision was made from what was read; this repeats it where it counts. The counter's row is locked by the
# statement itself, and on a conflict PostgreSQL judges the WHERE by the newest committed row: of N at once exactly as
# many get through as there are units. No row: somebody was quicker, or the entitlements are other ones by now.
_GATE_OF_NEW = """
WITH gate AS (
    INSERT INTO quota_counter AS c (contract_id, fee_month, partner, plan_limit, extra_limit, ceiling, peak_percent)
    SELECT e.contract_id, $3::text, e.partner, $4::int, $5::int, $4::int + $5::int, 100 / ($4::int + $5::int)
    FROM entitlement e
    WHERE e.contract_id = $1::text AND e.version = $2::int AND $4::int + $5::int > 0
    ON CONFLICT (contract_id, fee_month) DO UPDATE
    SET plan_limit = excluded.plan_limit, extra_limit = excluded.extra_limit,
        ceiling = greatest(excluded.ceiling, c.used),
        peak_percent = greatest(c.peak_percent, (c.used + 1) * 100 / excluded.ceiling)
    WHERE c.used < $4::int + $5::int
      AND CASE $6::text WHEN 'plan' THEN c.plan_used < $4::int
                        ELSE c.plan_used >= $4::int AND c.extra_used < $5::int END
    RETURNING c.contract_id, c.fee_month, c.partner, c.used,
              coalesce(old.peak_percent, 0) AS percent_before, new.peak_percent AS percent
),
"""

# A split takes from the month of its source, and so does what stands alone again when a merge is undone, whatever the
# entitlements say by now: the limits stand in the counter.
_GATE_OF_MONTH = """
WITH gate AS (
    UPDATE quota_counter c
    SET ceiling = greatest(c.plan_limit + c.extra_limit, c.used),
        peak_percent = greatest(c.peak_percent, (c.used + 1) * 100 / ($4::int + $5::int))
    WHERE c.contract_id = $1::text AND c.fee_month = $3::text AND $2::int IS NULL
      AND c.plan_limit = $4::int AND c.extra_limit = $5::int AND c.used < $4::int + $5::int
      AND CASE $6::text WHEN 'plan' THEN c.plan_used < $4::int
                        ELSE c.plan_used >= $4::int AND c.extra_used < $5::int END
    RETURNING c.contract_id, c.fee_month, c.partner, c.used,
              old.peak_percent AS percent_before, new.peak_percent AS percent
),
"""

_REST = """
opened AS (
    INSERT INTO inquiry (id, partner, contract_id, subscriber_id, status, kind, channel, site, summary, caller_name,
                         caller_phone, device_kind, device_os, suspected, received_at, fee_month, unit_source, version,
                         split_from, follow_up_of, accepted_by, decision)
    SELECT $7::text, g.partner, g.contract_id, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, g.fee_month,
           $6::text, $20, $21, $22, $23, $24
    FROM gate g
),
clocks AS (
    INSERT INTO service_goal (id, goal, inquiry_id, contract_id, partner, state, began_at, running, judge_at)
    SELECT $7::text || '/' || n.goal, n.goal, $7::text, g.contract_id, g.partner, 'running', $30,
           tstzmultirange(tstzrange($30, NULL)), $30
    FROM gate g, (VALUES ('first_response'), ('resolution')) AS n (goal)
),
entry AS (
    INSERT INTO quota_ledger (id, contract_id, fee_month, inquiry_id, units, unit_source, reason, rule_id, evidence,
                              actor, at)
    SELECT $25, g.contract_id, g.fee_month, $7::text, 1, $6::text, $26, $27, $28, $29, $30
    FROM gate g
)
SELECT g.used + 1 AS used, g.percent_before, g.percent FROM gate g
"""
_AGAIN = """
entry AS (
    INSERT INTO quota_ledger (id, contract_id, fee_month, inquiry_id, units, unit_source, reason, rule_id, evidence,
                              actor, at)
    SELECT $8, g.contract_id, g.fee_month, $7, 1, $6::text, $9, $10, $11, $12, $13
    FROM gate g
)
SELECT g.used + 1 AS used, g.percent_before, g.percent FROM gate g
"""
_ACCEPT = _GATE_OF_NEW + _REST
_SPLIT = _GATE_OF_MONTH + _REST
_RETAKE = _GATE_OF_MONTH + _AGAIN


async def accept(
    tx: Tx, new: NewInquiry, entry: LedgerEntry, *, entitlement_version: int, allowance: Allowance
) -> Taken | None:
    """Take the unit and open the inquiry; None when what was decided no longer holds."""
    return await _open(tx, _ACCEPT, new, entry, (entitlement_version, allowance))


async def split(tx: Tx, new: NewInquiry, entry: LedgerEntry, *, allowance: Allowance) -> Taken | None:
    """The same for the second fault of a call, from the source's month."""
    return await _open(tx, _SPLIT, new, entry, (None, allowance))


async def retake(tx: Tx, entry: LedgerEntry, *, allowance: Allowance) -> Taken | None:
    """Take a unit for an inquiry that is there and gave its own back; None when what was decided no longer holds."""
    return _taken(
        await tx.connection.fetchrow(
            _RETAKE, *_gate_values(entry, None, allowance), entry.inquiry_id, *_entry_values(entry)
        )
    )


async def _open(
    tx: Tx, statement: str, new: NewInquiry, entry: LedgerEntry, basis: tuple[int | None, Allowance]
) -> Taken | None:
    return _taken(
        await tx.connection.fetchrow(
            statement, *_gate_values(entry, *basis), *_inquiry_values(new), *_entry_values(entry)
        )
    )


def _taken(row: asyncpg.Record | None) -> Taken | None:
    return None if row is None else Taken(**dict(row))


def _gate_values(entry: LedgerEntry, version: int | None, allowance: Allowance) -> tuple[Any, ...]:
    place = (entry.contract_id, version, entry.fee_month)
    return (*place, allowance.plan, allowance.extra, entry.unit_source.value)


def _entry_values(entry: LedgerEntry) -> tuple[Any, ...]:
    return (entry.id, entry.reason.value, entry.rule_id, entry.evidence, entry.actor, entry.at)


def _inquiry_values(new: NewInquiry) -> tuple[Any, ...]:
    inquiry = new.inquiry
    return (
        inquiry.id,
        inquiry.subscriber_id,
        inquiry.status.value,
        inquiry.kind.value,
        inquiry.channel,
        inquiry.site.value,
        inquiry.summary,
        new.caller_name,
        new.caller_phone,
        inquiry.device_kind,
        inquiry.device_os,
        inquiry.suspected,
        inquiry.received_at,
        inquiry.version,
        inquiry.split_from,
        inquiry.follow_up_of,
        new.accepted_by,
        new.decision,
    )
