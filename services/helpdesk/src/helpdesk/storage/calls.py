"""Calls: begun once per name that a telephone system gave them, then read and saved under lock."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Record, Tx
from helpdesk.domain.calls import Call, Direction
from helpdesk.storage.tables import call as table


async def begun(tx: Tx, new: Call) -> Call:
    """The call with this reference, locked; `new` when it was not heard of before."""
    statement = insert(table).values(**_row(new))
    await tx.run(statement.on_conflict_do_nothing(constraint="uq_call_reference"))
    same = sa.select(table).where(table.c.pbx_id == new.pbx_id, table.c.reference == new.reference)
    return _call(await tx.one(same.with_for_update()))


async def find(tx: Tx, call_id: str) -> Call | None:
    """A call as it stands."""
    row = await tx.first(sa.select(table).where(table.c.id == call_id))
    return None if row is None else _call(row)


async def lock(tx: Tx, call_id: str) -> Call | None:
    """A call, alone."""
    row = await tx.first(sa.select(table).where(table.c.id == call_id).with_for_update())
    return None if row is None else _call(row)


async def save(tx: Tx, call: Call) -> None:
    """Write a call that was locked before."""
    await tx.run(table.update().where(table.c.id == call.id).values(**_row(call)))


async def listed(tx: Tx, *, filters: dict[str, str], after: str | None = None, limit: int = 20) -> Sequence[Call]:
    """Calls, newest first; `filters` are columns with values."""
    statement = sa.select(table)
    for column, value in filters.items():
        statement = statement.where(table.c[column] == value)
    if after is not None:
        statement = statement.where(table.c.id < after)
    return [_call(row) for row in await tx.all(statement.order_by(table.c.id.desc()).limit(limit))]


async def forget_numbers(tx: Tx, subscriber_id: str) -> None:
    """Erase with which numbers a subscriber spoke."""
    of_subscriber = table.update().where(table.c.subscriber_id == subscriber_id)
    await tx.run(of_subscriber.values(from_number=None, to_number=None))


def _row(call: Call) -> dict[str, object]:
    return {
        "id": call.id,
        "pbx_id": call.pbx_id,
        "reference": call.reference,
        "direction": call.direction.value,
        "from_number": call.from_number,
        "to_number": call.to_number,
        "subscriber_id": call.subscriber_id,
        "contract_id": call.contract_id,
        "inquiry_id": call.inquiry_id,
        "user": call.user,
        "began_at": call.began_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "cause": call.cause,
        "state": call.state.value,
        "version": call.version,
    }


def _call(row: Record) -> Call:
    known = {name: row[name] for name in Call.__dataclass_fields__}
    return Call(**{**known, "direction": Direction(row["direction"])})
