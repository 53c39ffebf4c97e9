"""What the other services told about the use of contracts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from contracts.storage import tables


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The use of one contract in one fee month; loans and devices as they are now.

    `known_up_to` is the time of the last event that was heard, by topic.
    """

    inquiries_accepted: int
    inquiries_returned: int
    isolation_visits: int
    isolation_right: str | None
    setup_visits: int
    open_loans: tuple[str, ...]
    devices: tuple[str, ...]
    known_up_to: dict[str, datetime]


UNSHIPPED_LOANS = ("requested", "waitlisted", "reserved")
OPEN_LOANS = (*UNSHIPPED_LOANS, "shipped", "delivered", "overdue")


async def keep(tx: Tx, table: sa.Table, row: dict[str, Any]) -> None:
    """What is known now of one inquiry, visit, loan or device."""
    key = next(iter(table.primary_key.columns))
    new = insert(table).values(row)
    named = {name: new.excluded[name] for name in row if name != key.name}
    await tx.run(new.on_conflict_do_update(index_elements=[key], set_=named))


async def change(tx: Tx, table: sa.Table, key: str, columns: dict[str, Any]) -> None:
    """Some of it changed; what is not known yet stays unknown."""
    column = next(iter(table.primary_key.columns))
    await tx.run(sa.update(table).where(column == key).values(columns))


async def heard(tx: Tx, *, contract_id: str, topic: str, partner: str | None, at: datetime) -> None:
    """Everything about this contract up to `at` was heard from this topic."""
    t = tables.usage_known
    new = insert(t).values(contract_id=contract_id, topic=topic, partner=partner, known_up_to=at)
    latest = sa.func.greatest(t.c.known_up_to, new.excluded.known_up_to)
    await tx.run(
        new.on_conflict_do_update(
            index_elements=[t.c.contract_id, t.c.topic],
            set_={"known_up_to": latest, "partner": new.excluded.partner},
        )
    )


async def devices(tx: Tx, contract_id: str) -> list[str]:
    """The devices that are enrolled, as far as heard."""
    t = tables.usage_device
    chosen = sa.select(t.c.device_id).where(t.c.contract_id == contract_id, t.c.enrolled)
    return [row["device_id"] for row in await tx.all(chosen.order_by(t.c.device_id))]


async def known_up_to(tx: Tx, contract_id: str) -> dict[str, datetime]:
    """The time of the last event heard about a contract, by topic."""
    t = tables.usage_known
    rows = await tx.all(sa.select(t.c.topic, t.c.known_up_to).where(t.c.contract_id == contract_id))
    return {row["topic"]: row["known_up_to"] for row in rows}


@dataclass(frozen=True, kw_only=True)
class Affected:
    """Visits and loans that a move of the contract touches (R-ADDRESS), as far as they were heard of."""

    visits: tuple[str, ...]
    loans: tuple[str, ...]
    known_up_to: datetime | None


@dataclass(frozen=True, kw_only=True)
class LeftOpen:
    """What of a contract is not settled: loans out or promised, devices under management, visits to come."""

    loans: list[dict[str, str]]
    devices: list[dict[str, str]]
    visits: list[dict[str, str]]


async def left_open(tx: Tx, contract_id: str) -> LeftOpen:
    """What the other services still have for a contract."""
    visit, loan = tables.usage_visit, tables.usage_loan
    loans = sa.select(loan.c.loan_id, loan.c.kind, loan.c.status).where(
        loan.c.contract_id == contract_id, loan.c.status.in_(OPEN_LOANS)
    )
    visits = sa.select(visit.c.visit_id, visit.c.purpose, visit.c.day).where(
        visit.c.contract_id == contract_id, visit.c.status == "booked"
    )
    return LeftOpen(
        loans=[dict(row) for row in await tx.all(loans.order_by(loan.c.loan_id))],
        devices=[{"device_id": device} for device in await devices(tx, contract_id)],
        visits=[{**row, "day": row["day"].isoformat()} for row in await tx.all(visits.order_by(visit.c.visit_id))],
    )


async def affected_by_move(tx: Tx, contract_id: str, *, since: date) -> Affected:
    """Visits on that day or later that still stand, and loans that have not left the depot."""
    visit, loan = tables.usage_visit, tables.usage_loan
    visits = sa.select(visit.c.visit_id).where(
        visit.c.contract_id == contract_id, visit.c.status == "booked", visit.c.day >= since
    )
    loans = sa.select(loan.c.loan_id).where(loan.c.contract_id == contract_id, loan.c.status.in_(UNSHIPPED_LOANS))
    known = await known_up_to(tx, contract_id)
    return Affected(
        visits=tuple(row["visit_id"] for row in await tx.all(visits.order_by(visit.c.visit_id))),
        loans=tuple(row["loan_id"] for row in await tx.all(loans.order_by(loan.c.loan_id))),
        known_up_to=max(known.values(), default=None),
    )


async def of_month(tx: Tx, contract_id: str, *, fee_month: str, first_day: date, last_day: date) -> Usage:
    """The use of a contract in a fee month."""
    inquiry, visit, loan = tables.usage_inquiry, tables.usage_visit, tables.usage_loan
    inquiries = await tx.one(
        sa.select(
            sa.func.count().label("accepted"),
            sa.func.count().filter(inquiry.c.units == 0).label("returned"),
        ).where(inquiry.c.contract_id == contract_id, inquiry.c.fee_month == fee_month)
    )
    rights = await tx.all(
        sa.select(visit.c.right_state)
        .where(
            visit.c.contract_id == contract_id,
            visit.c.right_fee_month == fee_month,
            visit.c.right_state.in_(["held", "used"]),
        )
        .order_by(visit.c.visit_id)
    )
    setup = await tx.scalar(
        sa.select(sa.func.count()).where(
            visit.c.contract_id == contract_id,
            visit.c.purpose == "setup",
            visit.c.status == "completed",
            visit.c.day.between(first_day, last_day),
        )
    )
    loans = await tx.all(
        sa.select(loan.c.kind)
        .where(loan.c.contract_id == contract_id, loan.c.status.in_(OPEN_LOANS))
        .order_by(loan.c.kind)
    )
    return Usage(
        inquiries_accepted=inquiries["accepted"],
        inquiries_returned=inquiries["returned"],
        isolation_visits=len(rights),
        isolation_right=rights[-1]["right_state"] if rights else None,
        setup_visits=setup,
        open_loans=tuple(row["kind"] for row in loans),
        devices=tuple(await devices(tx, contract_id)),
        known_up_to=await known_up_to(tx, contract_id),
    )
