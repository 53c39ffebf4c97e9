"""Charges as they come in, fee months, and closed statements as they are read."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Record, Tx
from common.events.dispatch import ChargeRaised
from contracts.domain.statements import LineKind, Statement, StatementKind, StatementLine, TaxRate
from contracts.domain.unknown import (
    StatementUnknown,
)
from contracts.storage import tables


async def lock_month(tx: Tx, *, contract_id: str, partner: str | None, month: str) -> str | None:
    """Take the row of a contract's fee month, made when it is missing; the id of its statement once it is closed."""
    t = tables.fee_month
    new = insert(t).values(contract_id=contract_id, name=month, partner=partner)
    await tx.run(new.on_conflict_do_nothing())
    locked = sa.select(t.c.statement_id).where(t.c.contract_id == contract_id, t.c.name == month)
    found: str | None = await tx.scalar(locked.with_for_update())
    return found


async def keep_charge(tx: Tx, raised: ChargeRaised, *, event_id: str, partner: str | None) -> bool:
    """A charge that another service raised, once; whether it is new."""
    new = insert(tables.charge).values(
        id=raised.charge_id,
        contract_id=raised.contract_id,
        partner=partner,
        day=raised.day,
        total=raised.total,
        lines=[line.model_dump(mode="json") for line in raised.lines],
        rule_ids=list(raised.rule_ids),
        event_id=event_id,
    )
    return await tx.run(new.on_conflict_do_nothing()) > 0


async def load(tx: Tx, statement_id: str) -> Statement:
    """A closed statement; raises `StatementUnknown`."""
    row = await tx.first(sa.select(tables.statement).where(tables.statement.c.id == statement_id))
    if row is None:
        raise StatementUnknown(statement_id=statement_id)
    return (await _with_lines(tx, [row]))[0]


async def load_many(tx: Tx, statement_ids: Sequence[str]) -> dict[str, Statement]:
    """Closed statements by id."""
    rows = await tx.all(sa.select(tables.statement).where(tables.statement.c.id.in_(list(statement_ids))))
    return {statement.id: statement for statement in await _with_lines(tx, rows)}


async def listed(
    tx: Tx, *, contract_id: str | None, fee_month: str | None, after: str | None, limit: int
) -> list[Statement]:
    """Statements in id order, behind `after`."""
    c = tables.statement.c
    chosen = sa.select(tables.statement).order_by(c.id).limit(limit)
    if contract_id is not None:
        chosen = chosen.where(c.contract_id == contract_id)
    if fee_month is not None:
        chosen = chosen.where(c.fee_month == fee_month)
    if after is not None:
        chosen = chosen.where(c.id > after)
    return await _with_lines(tx, await tx.all(chosen))


async def _with_lines(tx: Tx, rows: Sequence[Record]) -> list[Statement]:
    if not rows:
        return []
    t = tables.statement_line
    chosen = sa.select(t).where(t.c.statement_id.in_([row["id"] for row in rows]))
    lines: dict[str, list[StatementLine]] = {row["id"]: [] for row in rows}
    for line in await tx.all(chosen.order_by(t.c.statement_id, t.c.position)):
        lines[line["statement_id"]].append(_line(line))
    return [_statement(row, tuple(lines[row["id"]])) for row in rows]


def _statement(row: Record, lines: tuple[StatementLine, ...]) -> Statement:
    return Statement(
        id=row["id"],
        kind=StatementKind(row["kind"]),
        contract_id=row["contract_id"],
        subscriber_id=row["subscriber_id"],
        partner=row["partner"],
        fee_month=row["fee_month"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        total=row["total"],
        tax=row["tax"],
        tax_rates=tuple(TaxRate(**rate) for rate in row["tax_rates"]),
        lines=lines,
        closed_at=row["closed_at"],
        closed_by=row["closed_by"],
    )


def _line(row: Record) -> StatementLine:
    return StatementLine(
        position=row["position"],
        kind=LineKind(row["kind"]),
        code=row["code"],
        name_ja=row["name_ja"],
        name_en=row["name_en"],
        amount=row["amount"],
        tax_rate=row["tax_rate"],
        service_month=row["service_month"],
        rule_ids=tuple(row["rule_ids"]),
        event_id=row["event_id"],
        charge_id=row["charge_id"],
        adjustment_id=row["adjustment_id"],
        why=row["why"],
    )
