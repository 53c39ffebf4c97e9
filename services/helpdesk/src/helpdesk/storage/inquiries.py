"""Inquiries: reading them, locking them, saving what became of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx
from common.events.helpdesk import CaseData
from helpdesk.domain.inquiry import OPEN, Inquiry, InquiryKind, InquiryStatus, Site, UnitSource
from helpdesk.storage.tables import inquiry as table

_CHAIN = """
WITH RECURSIVE parts (id) AS (
    SELECT $1::text UNION ALL SELECT i.id FROM inquiry i JOIN parts p ON i.merged_into = p.id
)
SELECT id FROM parts
"""

_CHANGED = """
SELECT e.actor, e.at, e.type FROM case_entry e WHERE e.inquiry_id = $1 AND e.event_id IN (
    SELECT id FROM outbox WHERE aggregatetype = $3 AND aggregateid = $1 AND aggregate_version = $2
    UNION ALL
    SELECT id FROM published_event WHERE aggregatetype = $3 AND aggregateid = $1 AND aggregate_version = $2
)
"""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What led to a version of an inquiry: the type of its event, by whom, when."""

    type: str
    actor: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class InquiryRecord:
    """An inquiry with what only a person may read, how it ended, and how it was decided."""

    inquiry: Inquiry
    caller_name: str | None
    caller_phone: str | None
    outcome: str | None
    solution: str | None
    accepted_by: str
    decision: dict[str, Any]

    @property
    def id(self) -> str:
        """The inquiry's id."""
        return self.inquiry.id


async def find(tx: Tx, inquiry_id: str) -> InquiryRecord | None:
    """An inquiry as it stands."""
    row = await tx.first(sa.select(table).where(table.c.id == inquiry_id))
    return None if row is None else _record(row)


async def lock(tx: Tx, inquiry_id: str) -> Inquiry | None:
    """An inquiry, alone."""
    row = await tx.first(sa.select(table).where(table.c.id == inquiry_id).with_for_update())
    return None if row is None else _inquiry(row)


async def lock_all(tx: Tx, ids: Collection[str]) -> dict[str, Inquiry]:
    """Several inquiries, locked in the order of their ids, so that two who want the same never wait for each other."""
    statement = sa.select(table).where(table.c.id.in_(sorted(ids))).order_by(table.c.id).with_for_update()
    return {row["id"]: _inquiry(row) for row in await tx.all(statement)}


async def last_change(tx: Tx, inquiry: Inquiry) -> Change | None:
    """What led to this version; None when its event is no longer kept."""
    row = await tx.connection.fetchrow(_CHANGED, inquiry.id, inquiry.version, CaseData.aggregate)
    return None if row is None else Change(**dict(row))


async def save(tx: Tx, after: Inquiry) -> None:
    """Write an inquiry that was locked before; its `version` is already the new one."""
    await tx.run(
        table.update()
        .where(table.c.id == after.id)
        .values(
            status=after.status.value,
            suspected=after.suspected,
            version=after.version,
            resolved_at=after.resolved_at,
            closed_at=after.closed_at,
            verdict_id=after.verdict_id,
            unit_source=after.unit_source.value,
            merged_into=after.merged_into,
            merged_at=after.merged_at,
            group_code=after.group_code,
            assignee=after.assignee,
            counted=after.counted,
            status_before_merge=after.status_before_merge.value if after.status_before_merge is not None else None,
        )
    )


async def save_solution(tx: Tx, inquiry_id: str, *, outcome: str | None, solution: str | None) -> None:
    """How an inquiry was solved."""
    await tx.run(table.update().where(table.c.id == inquiry_id).values(outcome=outcome, solution=solution))


async def listed(
    tx: Tx, *, filters: dict[str, str], after: str | None = None, limit: int = 20
) -> Sequence[InquiryRecord]:
    """Inquiries in the order of their acceptance; `filters` are columns (contract_id, status, kind) with values."""
    statement = sa.select(table)
    for column, value in filters.items():
        statement = statement.where(table.c[column] == value)
    if after is not None:
        statement = statement.where(table.c.id > after)
    return [_record(row) for row in await tx.all(statement.order_by(table.c.id).limit(limit))]


async def open_of_contract(tx: Tx, contract_id: str) -> list[Inquiry]:
    """The inquiries of a contract on which somebody still has to do something."""
    statement = sa.select(table).where(
        table.c.contract_id == contract_id, table.c.status.in_(sorted(status.value for status in OPEN))
    )
    return [_inquiry(row) for row in await tx.all(statement.order_by(table.c.id))]


async def with_merged(tx: Tx, inquiry_id: str) -> list[str]:
    """The ids of an inquiry and of all that were merged into it, directly or by way of another."""
    return [row["id"] for row in await tx.connection.fetch(_CHAIN, inquiry_id)]


async def forget_callers(tx: Tx, subscriber_id: str) -> None:
    """Erase who called."""
    await tx.run(
        table.update().where(table.c.subscriber_id == subscriber_id).values(caller_name=None, caller_phone=None)
    )


def _record(row: Record) -> InquiryRecord:
    return InquiryRecord(
        inquiry=_inquiry(row),
        caller_name=row["caller_name"],
        caller_phone=row["caller_phone"],
        outcome=row["outcome"],
        solution=row["solution"],
        accepted_by=row["accepted_by"],
        decision=row["decision"],
    )


def _inquiry(row: Record) -> Inquiry:
    return Inquiry(
        id=row["id"],
        contract_id=row["contract_id"],
        subscriber_id=row["subscriber_id"],
        partner=row["partner"],
        status=InquiryStatus(row["status"]),
        kind=InquiryKind(row["kind"]),
        channel=row["channel"],
        site=Site(row["site"]),
        summary=row["summary"],
        device_kind=row["device_kind"],
        device_os=row["device_os"],
        suspected=row["suspected"],
        received_at=row["received_at"],
        fee_month=row["fee_month"],
        unit_source=UnitSource(row["unit_source"]),
        version=row["version"],
        resolved_at=row["resolved_at"],
        closed_at=row["closed_at"],
        verdict_id=row["verdict_id"],
        split_from=row["split_from"],
        merged_into=row["merged_into"],
        merged_at=row["merged_at"],
        status_before_merge=InquiryStatus(row["status_before_merge"]) if row["status_before_merge"] else None,
        follow_up_of=row["follow_up_of"],
        group_code=row["group_code"],
        assignee=row["assignee"],
        counted=row["counted"],
    )
