"""Loans, their steps and their refusals as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx, refusing
from common.events.base import NewEvent, body_of
from common.events.loaner import LoanData, LoanRefused
from loaner.domain.eligibility import OpenLoan
from loaner.domain.loan import OPEN, RUNNING, UNSHIPPED, Loan, LoanStatus
from loaner.domain.refusals import LoanKindAlreadyOpen, LoanUnknown, UnitNotAvailable
from loaner.storage.tables import loan, loan_step, published_event


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place on a waitlist; `id` sorts by depot, kind and number."""

    id: str
    position: int
    loan: Loan


def _loan(row: Record | Mapping[str, Any]) -> Loan:
    fields = dict(row)
    fields["status"] = LoanStatus(fields["status"])
    for name in ("hold_codes", "missing_accessories"):
        fields[name] = tuple(fields[name])
    return Loan(**fields)


def _fields(state: Loan) -> dict[str, Any]:
    fields = asdict(state)
    for name in ("hold_codes", "missing_accessories"):
        fields[name] = list(fields[name])
    return fields


async def find(tx: Tx, loan_id: str) -> Loan:
    """A loan as it is; raises `LoanUnknown`, also for another partner's."""
    row = await tx.first(sa.select(loan).where(loan.c.id == loan_id))
    if row is None:
        raise LoanUnknown(loan_id=loan_id)
    return _loan(row)


async def lock(tx: Tx, loan_id: str) -> Loan:
    """A loan, locked until the transaction ends; raises `LoanUnknown`."""
    row = await tx.first(sa.select(loan).where(loan.c.id == loan_id).with_for_update())
    if row is None:
        raise LoanUnknown(loan_id=loan_id)
    return _loan(row)


async def lock_all(tx: Tx, loan_ids: Sequence[str]) -> list[Loan]:
    """Loans, locked in the order of their ids."""
    chosen = sa.select(loan).where(loan.c.id.in_(list(loan_ids))).order_by(loan.c.id).with_for_update()
    return [_loan(row) for row in await tx.all(chosen)]


async def add(tx: Tx, state: Loan, events: Sequence[LoanData], now: datetime) -> None:
    """A new loan with its first facts; the database refuses a second open one of the kind (R-LOAN-KINDS)."""
    with refusing(
        loan_one_open_per_kind=lambda: LoanKindAlreadyOpen(kind=state.kind, contract_id=state.contract_id, limit=1),
        loan_one_per_unit=lambda: UnitNotAvailable(unit_id=state.unit_id),
    ):
        await tx.run(sa.insert(loan).values(**_fields(state)))
    await _tell(tx, state, events, now)


async def save(tx: Tx, state: Loan, events: Sequence[LoanData], now: datetime) -> None:
    """A loan after a step, and its facts; the row must be locked."""
    with refusing(loan_one_per_unit=lambda: UnitNotAvailable(unit_id=state.unit_id)):
        await tx.run(sa.update(loan).where(loan.c.id == state.id).values(**_fields(state)))
    await _tell(tx, state, events, now)


async def _tell(tx: Tx, state: Loan, events: Sequence[LoanData], now: datetime) -> None:
    if not events:
        return
    first = state.version - len(events) + 1
    numbered = list(enumerate(events, first))
    rows = [
        {
            "loan_id": state.id,
            "sequence": sequence,
            "partner": state.partner,
            "event": type(data).__name__,
            "at": now,
            "actor": data.actor,
            "body": body_of(data),
        }
        for sequence, data in numbered
    ]
    await tx.run(sa.insert(loan_step).values(rows))
    await tx.publish(
        *(
            NewEvent(
                data=data,
                subject=state.id,
                sequence=sequence,
                key=state.inquiry_id,
                time=now,
                partner=state.partner,
                correlation_id=state.inquiry_id,
            )
            for sequence, data in numbered
        )
    )


async def publish_refusal(tx: Tx, data: LoanRefused, *, partner: str | None, now: datetime) -> None:
    """Tell the world of a refusal; its row must have been written before."""
    await tx.publish(
        NewEvent(
            data=data,
            subject=data.refusal_id,
            sequence=1,
            key=data.inquiry_id,
            time=now,
            partner=partner,
            correlation_id=data.inquiry_id,
        )
    )


async def open_loans(tx: Tx, contract_id: str) -> list[OpenLoan]:
    """The open loans of a contract (R-LOAN-KINDS)."""
    chosen = (
        sa.select(loan.c.id, loan.c.kind)
        .where(loan.c.contract_id == contract_id, loan.c.status.in_(sorted(OPEN)))
        .order_by(loan.c.id)
    )
    return [OpenLoan(id=row["id"], kind=row["kind"]) for row in await tx.all(chosen)]


async def open_of_inquiries(tx: Tx, inquiry_ids: Sequence[str]) -> list[Loan]:
    """The open loans that rest on any of these inquiries."""
    chosen = sa.select(loan).where(loan.c.inquiry_id.in_(list(inquiry_ids)), loan.c.status.in_(sorted(OPEN)))
    return [_loan(row) for row in await tx.all(chosen.order_by(loan.c.id))]


async def unshipped(tx: Tx, *, contract_id: str | None = None) -> list[Loan]:
    """Loans that have not left the depot, of one contract or of all."""
    chosen = sa.select(loan).where(loan.c.status.in_(sorted(UNSHIPPED))).order_by(loan.c.id)
    if contract_id is not None:
        chosen = chosen.where(loan.c.contract_id == contract_id)
    return [_loan(row) for row in await tx.all(chosen)]


async def head_of_waitlist(tx: Tx, depot_id: str, kind: str) -> Loan | None:
    """The first waiting loan that is not held, locked; the stock must be locked."""
    chosen = (
        sa.select(loan)
        .where(
            loan.c.depot_id == depot_id,
            loan.c.kind == kind,
            loan.c.status == LoanStatus.WAITLISTED.value,
            loan.c.hold_since.is_(None),
        )
        .order_by(loan.c.waitlist_number)
        .limit(1)
        .with_for_update()
    )
    row = await tx.first(chosen)
    return None if row is None else _loan(row)


async def position(tx: Tx, state: Loan) -> int | None:
    """The place of a waiting loan on the list of its depot and kind, 1 for the head; None when it does not wait."""
    if state.status is not LoanStatus.WAITLISTED or state.waitlist_number is None:
        return None
    ahead = await waiting_ahead(tx, state.depot_id, state.kind, number=state.waitlist_number)
    return ahead + 1


async def waiting_ahead(tx: Tx, depot_id: str, kind: str, *, number: int) -> int:
    """How many loans wait for this depot and kind with a lower number."""
    counted = (
        sa.select(sa.func.count())
        .select_from(loan)
        .where(
            loan.c.depot_id == depot_id,
            loan.c.kind == kind,
            loan.c.status == LoanStatus.WAITLISTED.value,
            loan.c.waitlist_number < number,
        )
    )
    return int(await tx.scalar(counted))


async def waitlist(tx: Tx, *, after: str | None, limit: int, depot_id: str | None, kind: str | None) -> list[Place]:
    """Everybody who waits, by depot, kind and number, behind the place called `after`."""
    number = sa.func.lpad(sa.cast(loan.c.waitlist_number, sa.Text), 12, "0")
    ranked = (
        sa.select(
            loan,
            sa.func.row_number()
            .over(partition_by=[loan.c.depot_id, loan.c.kind], order_by=loan.c.waitlist_number)
            .label("position"),
            (loan.c.depot_id + "/" + loan.c.kind + "/" + number).label("place_id"),
        )
        .where(loan.c.status == LoanStatus.WAITLISTED.value)
        .subquery()
    )
    chosen = sa.select(ranked).order_by(ranked.c.place_id).limit(limit)
    for column, value in ((ranked.c.depot_id, depot_id), (ranked.c.kind, kind)):
        if value is not None:
            chosen = chosen.where(column == value)
    if after is not None:
        chosen = chosen.where(ranked.c.place_id > after)
    return [_place(row) for row in await tx.all(chosen)]


def _place(row: Record) -> Place:
    fields = {name: row[name] for name in loan.c.keys()}  # noqa: SIM118 - a column collection is no mapping
    return Place(id=row["place_id"], position=row["position"], loan=_loan(fields))


async def listed(
    tx: Tx,
    *,
    after: str | None,
    limit: int,
    late_at: datetime | None,
    equal: dict[str, str | None],
) -> list[Loan]:
    """Loans in the order of their ids behind `after`, with these columns equal; `late_at`: only those late then."""
    chosen = sa.select(loan).order_by(loan.c.id).limit(limit)
    if after is not None:
        chosen = chosen.where(loan.c.id > after)
    for name, value in equal.items():
        if value is not None:
            chosen = chosen.where(loan.c[name] == value)
    if late_at is not None:
        chosen = chosen.where(loan.c.status.in_(sorted(RUNNING)), loan.c.due_at <= late_at)
    return [_loan(row) for row in await tx.all(chosen)]


async def next_due(tx: Tx, column: str) -> datetime | None:
    """The earliest `due_at` or `next_reminder_at` of all delivered loans."""
    found: datetime | None = await tx.scalar(
        sa.select(sa.func.min(loan.c[column])).where(loan.c.status == LoanStatus.DELIVERED.value)
    )
    return found


async def lock_due(tx: Tx, column: str, *, now: datetime, most: int) -> list[Loan]:
    """Delivered loans whose `column` has come, locked in id order; those that somebody else holds are left out."""
    chosen = (
        sa.select(loan)
        .where(loan.c.status == LoanStatus.DELIVERED.value, loan.c[column] <= now)
        .order_by(loan.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [_loan(row) for row in await tx.all(chosen)]


async def steps(tx: Tx, loan_id: str) -> list[Record]:
    """Every step of a loan in order, with the id of its event once that is published."""
    published = sa.and_(
        published_event.c.aggregatetype == LoanData.aggregate,
        published_event.c.aggregateid == loan_step.c.loan_id,
        published_event.c.aggregate_version == loan_step.c.sequence,
    )
    chosen = (
        sa.select(
            loan_step.c.sequence,
            loan_step.c.event,
            loan_step.c.at,
            loan_step.c.actor,
            loan_step.c.body,
            published_event.c.id.label("event_id"),
        )
        .select_from(loan_step.outerjoin(published_event, published))
        .where(loan_step.c.loan_id == loan_id)
        .order_by(loan_step.c.sequence)
    )
    return await tx.all(chosen)
