"""Visits in the database, which itself refuses overlaps, a second right a month, a second live visit of a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from asyncpg import Range, Record

from common.db import Tx, refusing
from common.events.dispatch import Finding
from dispatch.domain.refusals import IsolationVisitUsed, SlotTaken, VisitAlreadyBooked, VisitUnknown
from dispatch.domain.requests import VisitRequest
from dispatch.domain.visits import LIVE, Acceptance, FailureReason, Right, Visit, VisitStatus
from dispatch.domain.windows import Window
from dispatch.domain.workforce import Purpose
from dispatch.storage import quotes, requests
from dispatch.storage.tables import LIVE_VISIT, TAKES_RIGHT, visit

_LIVE = sorted(status.value for status in LIVE)


@contextmanager
def _guarded(of: Visit) -> Iterator[None]:
    with refusing(
        ex_visit_technician_occupied=lambda: SlotTaken(
            technician_id=of.technician_id, start=of.window.start, end=of.window.end
        ),
        uq_visit_right=lambda: IsolationVisitUsed(fee_month=of.right_fee_month, allowed=1),
        uq_visit_live_request=lambda: VisitAlreadyBooked(visit_request_id=of.request_id),
    ):
        yield


async def add(tx: Tx, new: Visit, occupied: Window) -> None:
    """Insert a visit that takes `occupied` of its technician's time. Raises what the database forbids, by name."""
    values = {
        "id": new.id,
        "request_id": new.request_id,
        "inquiry_id": new.inquiry_id,
        "contract_id": new.contract_id,
        "partner": new.partner,
        "purpose": new.purpose.value,
        "booked_at": new.booked_at,
        **_place(new, occupied),
        **_changing(new),
    }
    with _guarded(new):
        await tx.run(sa.insert(visit).values(values))


async def move(tx: Tx, moved: Visit, occupied: Window) -> None:
    """Window, technician, address and right in one statement (R-ISOLATION-QUOTA). Raises what the database forbids."""
    values = {**_place(moved, occupied), **_changing(moved)}
    with _guarded(moved):
        await tx.run(sa.update(visit).where(visit.c.id == moved.id).values(values))


async def save(tx: Tx, changed: Visit) -> None:
    """Save a visit that this transaction has locked and that stays where it is."""
    values = {"address_id": changed.address_id, **_changing(changed)}
    await tx.run(sa.update(visit).where(visit.c.id == changed.id).values(values))


async def by_id(tx: Tx, visit_id: str) -> Visit:
    """One visit; raises `VisitUnknown`."""
    row = await tx.first(sa.select(visit).where(visit.c.id == visit_id))
    if row is None:
        raise VisitUnknown(visit_id=visit_id)
    return _visit(row)


async def locked(tx: Tx, visit_id: str) -> tuple[VisitRequest, Visit]:
    """A visit and its request, both locked, always in this order. Raises `VisitUnknown`."""
    seen = await by_id(tx, visit_id)
    request = await requests.by_id(tx, seen.request_id, lock=True)
    row = await tx.one(sa.select(visit).where(visit.c.id == visit_id).with_for_update())
    return request, _visit(row)


async def live_of(tx: Tx, request_id: str, *, lock: bool = False) -> Visit | None:
    """The live visit of a request, if there is one."""
    statement = sa.select(visit).where(visit.c.request_id == request_id, sa.text(LIVE_VISIT))
    row = await tx.first(statement.with_for_update() if lock else statement)
    return _visit(row) if row is not None else None


async def rights_taken(tx: Tx, contract_id: str, *, except_request: str | None) -> dict[str, str]:
    """Fee month → the visit that holds or used the contract's isolation right (R-ISOLATION-QUOTA).

    The live visit of `except_request` does not count against its own request; what the request used up before does.
    """
    statement = sa.select(visit.c.right_fee_month, visit.c.id).where(
        visit.c.contract_id == contract_id, sa.text(TAKES_RIGHT)
    )
    if except_request is not None:
        statement = statement.where(sa.or_(visit.c.request_id != except_request, visit.c.status.not_in(_LIVE)))
    return {row["right_fee_month"]: row["id"] for row in await tx.all(statement)}


async def listed(
    tx: Tx, *, filters: Mapping[str, str | None], span: Window | None, after: str | None, limit: int
) -> list[Visit]:
    """Visits by id; `filters` are columns and the values they must have (None: any); `span` what they begin in."""
    statement = sa.select(visit).order_by(visit.c.id).limit(limit)
    for column, value in filters.items():
        if value is not None:
            statement = statement.where(visit.c[column] == value)
    if span is not None:
        statement = statement.where(visit.c.start_at >= span.start, visit.c.start_at < span.end)
    if after is not None:
        statement = statement.where(visit.c.id > after)
    return [_visit(row) for row in await tx.all(statement)]


async def overlapping(tx: Tx, technician_id: str, window: Window) -> list[str]:
    """Ids of a technician's live visits in a window."""
    statement = sa.select(visit.c.id).where(
        visit.c.technician_id == technician_id,
        sa.text(LIVE_VISIT),
        visit.c.start_at < window.end,
        visit.c.end_at > window.start,
    )
    return [row["id"] for row in await tx.all(statement.order_by(visit.c.id))]


def _place(of: Visit, occupied: Window) -> dict[str, Any]:
    return {
        "technician_id": of.technician_id,
        "start_at": of.window.start,
        "end_at": of.window.end,
        "occupied": Range(occupied.start, occupied.end),
        "address_id": of.address_id,
    }


def _changing(of: Visit) -> dict[str, Any]:
    accepted = of.acceptance
    return {
        "status": of.status.value,
        "right_state": of.right.value if of.right else None,
        "right_fee_month": of.right_fee_month,
        "quote": quotes.kept(of.quote),
        "quote_total": of.quote.total if of.quote else None,
        "accepted_total": accepted.total if accepted else None,
        "accepted_by": accepted.accepted_by if accepted else None,
        "accepted_at": accepted.accepted_at if accepted else None,
        "finding": of.finding.model_dump(mode="json") if of.finding else None,
        "work": of.work,
        "hold_reasons": list(of.hold_reasons),
        "flags": list(of.flags),
        "failure": of.failure.value if of.failure else None,
        "reason": of.reason,
        "departed_at": of.departed_at,
        "arrived_at": of.arrived_at,
        "ended_at": of.ended_at,
        "version": of.version,
    }


_AS_THEY_ARE = (
    "id",
    "request_id",
    "inquiry_id",
    "contract_id",
    "partner",
    "technician_id",
    "address_id",
    "booked_at",
    "right_fee_month",
    "work",
    "reason",
    "departed_at",
    "arrived_at",
    "ended_at",
    "version",
)


def _visit(row: Record) -> Visit:
    accepted = row["accepted_total"]
    return Visit(
        **{name: row[name] for name in _AS_THEY_ARE},
        purpose=Purpose(row["purpose"]),
        status=VisitStatus(row["status"]),
        window=Window(row["start_at"], row["end_at"]),
        right=Right(row["right_state"]) if row["right_state"] else None,
        quote=quotes.read(row["quote"]),
        acceptance=None if accepted is None else Acceptance(accepted, row["accepted_by"], row["accepted_at"]),
        finding=Finding.model_validate(row["finding"]) if row["finding"] else None,
        hold_reasons=tuple(row["hold_reasons"]),
        flags=tuple(row["flags"]),
        failure=FailureReason(row["failure"]) if row["failure"] else None,
    )
