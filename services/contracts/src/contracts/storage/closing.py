"""Closing many fee months at once: read in a few statements, written in a few more, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from common.db import Tx
from contracts.domain.billable import Billable, PlanBilled
from contracts.domain.contract import OptionTime
from contracts.domain.plans import OptionKind
from contracts.domain.statements import Charge, Owed, Statement
from contracts.domain.unknown import ContractUnknown
from contracts.storage.adjustments import adjustment_of

RowRefused = asyncpg.IntegrityConstraintViolationError
"""What writing raises when a constraint says no."""

# A month is billed to whoever held the contract at its end, whoever holds it when it is closed.
_HELD = """
SELECT c.id, c.fee_month_start_day, c.active_from, c.ends_at, o.ends_at AS open_month_ends_at,
       coalesce(r.subscriber_id, c.subscriber_id) AS subscriber_id,
       CASE WHEN r.contract_id IS NULL THEN c.partner ELSE r.partner END AS partner
FROM open_month o JOIN contract c ON c.id = o.contract_id
LEFT JOIN registration_period r ON r.contract_id = o.contract_id AND r.starts_at < o.ends_at
    AND (r.ends_at IS NULL OR r.ends_at >= o.ends_at)
"""
_ONE = f"{_HELD} WHERE c.id = $1 FOR UPDATE OF c, o"
# Those that somebody else holds at this moment are left for the next batch, so that nobody waits in a circle.
_DUE = f"""
{_HELD} WHERE o.ends_at <= $1
  AND NOT EXISTS (SELECT FROM closing_failure f WHERE f.contract_id = o.contract_id AND (f.run_id = $2 OR $3))
ORDER BY o.ends_at, o.contract_id LIMIT $4 FOR UPDATE OF c, o SKIP LOCKED
"""
_PLANS = """
SELECT contract_id, starts_at, ends_at, plan_code, price, event_id FROM plan_period
WHERE contract_id = ANY($1) ORDER BY contract_id, starts_at
"""
_OPTIONS = """
SELECT contract_id, id, code, kind, price, starts_at, ends_at, fee_month, units, event_id FROM option_period
WHERE contract_id = ANY($1) ORDER BY contract_id, id
"""
_CHARGES = """
SELECT contract_id, id, day, total, lines, rule_ids, event_id FROM charge
WHERE contract_id = ANY($1) AND statement_id IS NULL ORDER BY contract_id, day, id
"""
_ADJUSTMENTS = """
SELECT * FROM adjustment WHERE contract_id = ANY($1) AND statement_id IS NULL AND status = 'approved'
ORDER BY contract_id, id
"""
_STATEMENTS = """
INSERT INTO statement (id, kind, contract_id, partner, subscriber_id, fee_month, first_day, last_day, total, tax,
                       tax_rates, closed_at, closed_by)
SELECT id, kind, contract_id, partner, subscriber_id, fee_month, first_day, last_day, total, tax, rates::jsonb, $12, $13
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $8::date[], $9::int[],
            $10::int[], $11::text[])
     AS t (id, kind, contract_id, partner, subscriber_id, fee_month, first_day, last_day, total, tax, rates)
"""
_LINES = """
INSERT INTO statement_line (statement_id, position, partner, kind, code, name_ja, name_en, amount, tax_rate,
                            service_month, rule_ids, event_id, charge_id, adjustment_id, why)
SELECT statement_id, position, partner, kind, code, name_ja, name_en, amount, tax_rate, service_month,
       string_to_array(rule_ids, ' '), event_id, charge_id, adjustment_id, why::jsonb
FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::int[],
            $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
     AS t (statement_id, position, partner, kind, code, name_ja, name_en, amount, tax_rate, service_month, rule_ids,
           event_id, charge_id, adjustment_id, why)
"""
_BILLED = """
UPDATE {0} SET statement_id = t.statement_id FROM unnest($1::text[], $2::text[]) AS t (id, statement_id)
WHERE {0}.id = t.id
"""
_MONTHS = """
INSERT INTO fee_month (contract_id, name, partner, statement_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
ON CONFLICT (contract_id, name) DO UPDATE SET statement_id = excluded.statement_id
"""
_QUEUE = """
INSERT INTO uninvoiced (statement_id, partner, subscriber_id, fee_month, closed_at)
SELECT t.*, $5 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS t
"""
_NEXT = """
UPDATE open_month SET ends_at = t.ends_at FROM unnest($1::text[], $2::timestamptz[]) AS t (id, ends_at)
WHERE open_month.contract_id = t.id
"""
_WELL = "DELETE FROM closing_failure WHERE contract_id = ANY($1)"


async def lock(tx: Tx, contract_id: str) -> Billable:
    """A contract as it is billed; nobody else changes it until the end. Raises `ContractUnknown`."""
    heads = await tx.connection.fetch(_ONE, contract_id)
    if not heads:
        raise ContractUnknown(contract_id=contract_id)
    return (await _billables(tx, heads))[0]


async def lock_due(tx: Tx, *, until: datetime, run_id: str, automatic: bool, limit: int) -> list[Billable]:
    """Contracts whose first open month ended at `until` or earlier and did not fail in this run, earliest first.

    An automatic run leaves alone what failed in any run.
    """
    return await _billables(tx, await tx.connection.fetch(_DUE, until, run_id, automatic, limit))


async def owed(tx: Tx, contract_ids: Sequence[str]) -> dict[str, Owed]:
    """By contract what no statement has yet: charges by day, approved adjustments in the order of asking."""
    charges = _by_contract(await tx.connection.fetch(_CHARGES, contract_ids))
    adjustments = _by_contract(await tx.connection.fetch(_ADJUSTMENTS, contract_ids))
    return {
        id_: Owed(
            charges=[_charge(row) for row in charges.get(id_, ())],
            adjustments=[adjustment_of(row) for row in adjustments.get(id_, ())],
        )
        for id_ in contract_ids
    }


async def write(tx: Tx, closed: Sequence[Statement], next_ends: Mapping[str, datetime | None]) -> None:
    """Statements, what they bill, the months they close, and by contract the end of the month that is open then."""
    connection = tx.connection
    await connection.execute(_STATEMENTS, *_columns(_statement_row(s) for s in closed), closed[0].closed_at, tx.actor)
    lines = [(s, line) for s in closed for line in s.lines]
    if lines:
        await connection.execute(_LINES, *_columns(_line_row(s, line) for s, line in lines))
    for table, billed in (
        ("charge", {line.charge_id: s.id for s, line in lines if line.charge_id is not None}),
        ("adjustment", {line.adjustment_id: s.id for s, line in lines if line.adjustment_id is not None}),
    ):
        if billed:
            await connection.execute(_BILLED.format(table), list(billed), list(billed.values()))
    await connection.execute(_MONTHS, *_columns((s.contract_id, s.fee_month, s.partner, s.id) for s in closed))
    waiting = _columns((s.id, s.partner, s.subscriber_id, s.fee_month) for s in closed)
    await connection.execute(_QUEUE, *waiting, closed[0].closed_at)
    await connection.execute(_NEXT, list(next_ends), list(next_ends.values()))
    await connection.execute(_WELL, list(next_ends))


async def _billables(tx: Tx, heads: Sequence[asyncpg.Record]) -> list[Billable]:
    ids = [head["id"] for head in heads]
    plans = _by_contract(await tx.connection.fetch(_PLANS, ids)) if ids else {}
    options = _by_contract(await tx.connection.fetch(_OPTIONS, ids)) if ids else {}
    return [
        Billable(
            **head,
            plans=tuple(_plan(row) for row in plans.get(head["id"], ())),
            options=tuple(_option(row) for row in options.get(head["id"], ())),
        )
        for head in heads
    ]


def _by_contract(rows: Iterable[asyncpg.Record]) -> dict[str, list[asyncpg.Record]]:
    found: dict[str, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row["contract_id"], []).append(row)
    return found


def _plan(row: asyncpg.Record) -> PlanBilled:
    return PlanBilled(
        starts=row["starts_at"],
        ends=row["ends_at"],
        code=row["plan_code"],
        price=row["price"],
        event_id=row["event_id"],
    )


def _option(row: asyncpg.Record) -> OptionTime:
    return OptionTime(
        id=row["id"],
        starts=row["starts_at"],
        ends=row["ends_at"],
        code=row["code"],
        kind=OptionKind(row["kind"]),
        price=row["price"],
        fee_month=row["fee_month"],
        units=row["units"],
        event_id=row["event_id"],
    )


def _charge(row: asyncpg.Record) -> Charge:
    amounts: dict[int, int] = {}
    for line in row["lines"]:
        amounts[line["tax_rate"]] = amounts.get(line["tax_rate"], 0) + line["amount"]
    return Charge(
        id=row["id"],
        day=row["day"],
        total=row["total"],
        amounts=amounts,
        details=row["lines"],
        rule_ids=tuple(row["rule_ids"]),
        event_id=row["event_id"],
    )


def _statement_row(s: Statement) -> tuple[Any, ...]:
    rates = _json([{"rate": rate.rate, "total": rate.total, "tax": rate.tax} for rate in s.tax_rates])
    return (s.id, s.kind, s.contract_id, s.partner, s.subscriber_id, s.fee_month, s.first_day, s.last_day, s.total,
            s.tax, rates)  # fmt: skip


def _line_row(s: Statement, line: Any) -> tuple[Any, ...]:
    return (s.id, line.position, s.partner, line.kind, line.code, line.name_ja, line.name_en, line.amount,
            line.tax_rate, line.service_month, " ".join(line.rule_ids), line.event_id, line.charge_id,
            line.adjustment_id, _json(line.why))  # fmt: skip


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
