"""Contracts: read as a whole, written as the difference to what was read."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx, refusing
from contracts.domain.contract import LIVE, Contract
from contracts.domain.refusals import (
    ExtraInquiriesAlreadyTaken,
    LegacyNumberTaken,
    LineAlreadyContracted,
    OptionAlreadyTaken,
    PlanChangeAlreadyScheduled,
    ServiceIdTaken,
)
from contracts.domain.support_number import PLACES, support_number
from contracts.domain.unknown import (
    ContractUnknown,
)
from contracts.storage import tables
from contracts.storage.contract_rows import PARTS, Part, contract_of, head_columns, open_month_columns

_LIVE = sorted(status.value for status in LIVE)


async def load(tx: Tx, contract_id: str, *, lock: bool = False) -> Contract:
    """A contract; with `lock` nobody else changes it until the end of the transaction. Raises `ContractUnknown`."""
    chosen = _heads().where(tables.contract.c.id == contract_id)
    head = await tx.first(chosen.with_for_update() if lock else chosen)
    if head is None:
        raise ContractUnknown(contract_id=contract_id)
    return (await _with_parts(tx, [head]))[0]


async def find(tx: Tx, contract_id: str) -> Contract | None:
    """A contract, locked; None when there is none of this id."""
    try:
        return await load(tx, contract_id, lock=True)
    except ContractUnknown:
        return None


async def listed(
    tx: Tx,
    *,
    subscriber_ids: Sequence[str] | None = None,
    status: str | None = None,
    after: str | None = None,
    limit: int,
) -> list[Contract]:
    """Contracts in id order, behind `after`."""
    c = tables.contract.c
    chosen = _heads().order_by(c.id).limit(limit)
    if subscriber_ids is not None:
        chosen = chosen.where(c.subscriber_id.in_(list(subscriber_ids)))
    if status is not None:
        chosen = chosen.where(c.status == status)
    if after is not None:
        chosen = chosen.where(c.id > after)
    return await _with_parts(tx, await tx.all(chosen))


async def holder_of(tx: Tx, *, line_key: str | None, service_id: str | None) -> str | None:
    """The live contract, as far as it may be seen, that has this line or this service ID."""
    c = tables.contract.c
    same = c.line_key == line_key if line_key is not None else c.service_id == service_id
    found: str | None = await tx.scalar(sa.select(c.id).where(same, c.status.in_(_LIVE)))
    return found


async def insert_head(tx: Tx, contract: Contract) -> None:
    """A new contract's own row; raises what the unique indexes stand for, whoever the other holder belongs to."""
    with _one_holder(contract):
        await tx.run(sa.insert(tables.contract).values(head_columns(contract)))
    await tx.run(sa.insert(tables.open_month).values(open_month_columns(contract)))


async def update_head(tx: Tx, contract: Contract) -> None:
    """The own row of a contract that was read under lock."""
    columns = head_columns(contract)
    with _one_holder(contract):
        await tx.run(
            sa.update(tables.contract)
            .where(tables.contract.c.id == contract.id)
            .values({name: value for name, value in columns.items() if name != "id"})
        )
    t, end = tables.open_month, contract.open_month_ends_at
    moved = sa.update(t).where(t.c.contract_id == contract.id, t.c.ends_at.is_distinct_from(end))
    await tx.run(moved.values(ends_at=end))


async def write_parts(tx: Tx, before: Contract | None, after: Contract) -> None:
    """What changed of what is dated: removed rows first, then shortened, then new ones."""
    for part in PARTS:
        old = _rows(part, before) if before is not None else {}
        new = _rows(part, after)
        with _no_overlap(after):
            for key in old.keys() - new.keys():
                await tx.run(sa.delete(part.table).where(*_at(part, after, key)))
            for key in old.keys() & new.keys():
                if old[key] != new[key]:
                    changed = {name: value for name, value in new[key].items() if old[key][name] != value}
                    await tx.run(sa.update(part.table).where(*_at(part, after, key)).values(changed))
            for key in new.keys() - old.keys():
                owned = {"contract_id": after.id, "partner": after.partner}
                await tx.run(sa.insert(part.table).values({**owned, **new[key]}))


async def due_ids(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Contracts for which something scheduled has come: an end, another plan or address, an option's or line's end."""
    ids = sa.union(*(chosen.where(at <= now) for chosen, at in _scheduled())).subquery()
    rows = await tx.all(sa.select(ids.c.id).order_by(ids.c.id).limit(limit))
    return [row["id"] for row in rows]


async def next_due(tx: Tx) -> datetime | None:
    """When the next of these comes."""
    earliest = [
        sa.select(sa.func.min(at)).where(chosen.whereclause).scalar_subquery()
        for chosen, at in _scheduled()
        if chosen.whereclause is not None
    ]
    found: datetime | None = await tx.scalar(sa.select(sa.func.least(*earliest)))
    return found


def _scheduled() -> list[tuple[sa.Select[Any], sa.Column[Any]]]:
    head, change, option = tables.contract.c, tables.plan_change.c, tables.option_period.c
    address = tables.address_period.c
    return [
        (sa.select(head.id).where(head.ends_at.is_not(None), head.status.in_(_LIVE)), head.ends_at),
        (
            sa.select(change.contract_id.label("id")).where(change.status == "scheduled"),
            change.effective_from,
        ),
        (
            sa.select(option.contract_id.label("id")).where(~option.ended, option.ends_at.is_not(None)),
            option.ends_at,
        ),
        (sa.select(address.contract_id.label("id")).where(~address.announced), address.starts_at),
        (sa.select(head.id).where(head.parked_until.is_not(None)), head.parked_until),
    ]


async def fresh_support_number(tx: Tx) -> str:
    """A number that no other contract has, to be spoken on the telephone.

    Drawn: counted ones would tell a tenant how many contracts others begin.
    """
    head = tables.contract
    while True:
        number = support_number(secrets.randbelow(PLACES))
        if await tx.first(sa.select(head.c.id).where(head.c.support_number == number)) is None:
            return number


def _heads() -> sa.Select[Any]:
    """The own rows of contracts; a lock on them is one on their open months, too, which the closing moves."""
    month = tables.open_month.c
    return sa.select(tables.contract, month.ends_at.label("open_month_ends_at")).join_from(
        tables.contract, tables.open_month, month.contract_id == tables.contract.c.id
    )


async def _with_parts(tx: Tx, heads: Sequence[Record]) -> list[Contract]:
    if not heads:
        return []
    ids = [head["id"] for head in heads]
    by_part: dict[str, dict[str, list[Record]]] = {}
    for part in PARTS:
        t = part.table
        rows = await tx.all(sa.select(t).where(t.c.contract_id.in_(ids)).order_by(t.c[part.key]))
        by_part[part.name] = {id_: [] for id_ in ids}
        for row in rows:
            by_part[part.name][row["contract_id"]].append(row)
    return [contract_of(head, {name: of[head["id"]] for name, of in by_part.items()}) for head in heads]


def _rows(part: Part, contract: Contract) -> dict[Any, dict[str, Any]]:
    return {row[part.key]: row for row in map(part.to_row, getattr(contract, part.name))}


def _at(part: Part, contract: Contract, key: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return part.table.c.contract_id == contract.id, part.table.c[part.key] == key


@contextmanager
def _one_holder(contract: Contract) -> Iterator[None]:
    line = contract.line
    with refusing(
        uq_contract_live_line=lambda: LineAlreadyContracted(line_kind=line.kind if line else None),
        uq_contract_live_service_id=lambda: ServiceIdTaken(service_id=contract.service_id),
        uq_contract_legacy_number=lambda: LegacyNumberTaken(legacy_number=contract.legacy_number),
    ):
        yield


@contextmanager
def _no_overlap(contract: Contract) -> Iterator[None]:
    """What two commands at once would run into; the contract's lock comes first, so these are the backstop."""
    with refusing(
        uq_option_period_extra_inquiries=lambda: ExtraInquiriesAlreadyTaken(contract_id=contract.id),
        option_period_hours_no_overlap=lambda: OptionAlreadyTaken(contract_id=contract.id),
        uq_plan_change_scheduled=lambda: PlanChangeAlreadyScheduled(contract_id=contract.id),
    ):
        yield
