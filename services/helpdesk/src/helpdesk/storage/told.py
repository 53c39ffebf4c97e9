"""Visits, loans, devices and subscribers, as the services that own them told us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx, rows_as
from helpdesk.storage.tables import device, entitlement, loan, subscriber, visit, visit_request

OPEN_LOANS = ("waitlisted", "reserved", "shipped", "delivered", "overdue")
OPEN_VISITS = ("booked", "departed", "arrived")


@dataclass(frozen=True, kw_only=True)
class Loan:
    """A loan that is not over."""

    id: str
    inquiry_id: str
    kind: str
    status: str
    due_at: datetime | None
    held: bool


@dataclass(frozen=True, kw_only=True)
class Device:
    """A managed device."""

    id: str
    os: str | None
    os_version: str | None
    model: str | None
    lost_report_id: str | None
    reported_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A visit that is still to come or under way."""

    id: str
    inquiry_id: str | None
    purpose: str
    status: str
    planned_start: datetime | None
    planned_end: datetime | None


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """Who the customer is; personal data that never leaves this service in an event."""

    id: str
    name: str
    phones: list[str]


async def tenant_of(tx: Tx, contract_id: str, *, otherwise: str | None) -> str | None:
    """The tenant of a contract as known here (None: the house); `otherwise` while the contract was not heard of."""
    row = await tx.first(sa.select(entitlement.c.partner).where(entitlement.c.contract_id == contract_id))
    return otherwise if row is None else row["partner"]


async def put(tx: Tx, table: sa.Table, row: dict[str, Any], *, only_if_new: frozenset[str] = frozenset()) -> None:
    """Insert or change the row with this id; columns that are not named keep what they hold.

    `only_if_new` names columns whose value is for a row that is not there yet: this fact does not say them.
    """
    statement = insert(table).values(**row)
    kept = {"id", *only_if_new}
    await tx.run(
        statement.on_conflict_do_update(
            index_elements=[table.c.id], set_={name: statement.excluded[name] for name in row if name not in kept}
        )
    )


async def remove_subscriber(tx: Tx, subscriber_id: str) -> None:
    """Erase a subscriber."""
    await tx.run(subscriber.delete().where(subscriber.c.id == subscriber_id))


async def find_subscriber(tx: Tx, subscriber_id: str) -> Subscriber | None:
    """A subscriber; None: unknown here or erased."""
    columns = (subscriber.c.id, subscriber.c.name, subscriber.c.phones)
    found = rows_as(Subscriber, await tx.all(sa.select(*columns).where(subscriber.c.id == subscriber_id)))
    return found[0] if found else None


async def subscribers_of(tx: Tx, number: str) -> list[Subscriber]:
    """Whoever has this number (E.164)."""
    columns = (subscriber.c.id, subscriber.c.name, subscriber.c.phones)
    statement = sa.select(*columns).where(subscriber.c.phones.contains([number])).order_by(subscriber.c.id)
    return rows_as(Subscriber, await tx.all(statement))


async def open_loans(tx: Tx, contract_id: str) -> list[Loan]:
    """Loans that are not over."""
    columns = (loan.c.id, loan.c.inquiry_id, loan.c.kind, loan.c.status, loan.c.due_at, loan.c.held)
    statement = sa.select(*columns).where(loan.c.contract_id == contract_id, loan.c.status.in_(OPEN_LOANS))
    return rows_as(Loan, await tx.all(statement.order_by(loan.c.id)))


async def open_visits(tx: Tx, contract_id: str) -> list[Visit]:
    """Visits that are booked or under way."""
    columns = (visit.c.id, visit.c.inquiry_id, visit.c.purpose, visit.c.status, visit.c.planned_start)
    statement = sa.select(*columns, visit.c.planned_end).where(
        visit.c.contract_id == contract_id, visit.c.status.in_(OPEN_VISITS)
    )
    return rows_as(Visit, await tx.all(statement.order_by(visit.c.id)))


async def rights(tx: Tx, contract_id: str, fee_month: str) -> dict[str, int]:
    """How many isolation rights of a month are held and how many used (R-ISOLATION-QUOTA)."""
    statement = (
        sa.select(visit.c["right"], sa.func.count().label("visits"))
        .where(visit.c.contract_id == contract_id, visit.c.right_fee_month == fee_month)
        .group_by(visit.c["right"])
    )
    return {row["right"]: row["visits"] for row in await tx.all(statement) if row["right"] is not None}


async def devices(tx: Tx, contract_id: str) -> list[Device]:
    """Devices that are enrolled."""
    columns = (device.c.id, device.c.os, device.c.os_version, device.c.model, device.c.lost_report_id)
    statement = sa.select(*columns, device.c.reported_at).where(
        device.c.contract_id == contract_id, device.c.enrolled.is_(True)
    )
    return rows_as(Device, await tx.all(statement.order_by(device.c.id)))


async def known_up_to(tx: Tx, contract_id: str) -> datetime | None:
    """The business time of the latest fact told about a contract."""
    tables: Sequence[sa.Table] = (entitlement, visit_request, visit, loan, device)
    latest = [sa.select(sa.func.max(t.c.known_at).label("at")).where(t.c.contract_id == contract_id) for t in tables]
    every = sa.union_all(*latest).subquery()
    found: datetime | None = await tx.scalar(sa.select(sa.func.max(every.c.at)))
    return found
