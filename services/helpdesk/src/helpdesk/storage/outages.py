"""Outages with what became known about them, and which inquiries are linked to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from common.db import Record, Tx, refusing, rows_as
from common.events.base import read_body
from common.events.contracts import EntitlementsChanged
from helpdesk.domain.inquiry import OPEN, Inquiry, InquiryKind, Site
from helpdesk.domain.outage_refusals import InquiryOfAnotherOutage
from helpdesk.domain.outages import Outage, OutageStatus
from helpdesk.storage.tables import entitlement, inquiry, outage, outage_link, outage_update


@dataclass(frozen=True, kw_only=True)
class OutageUpdate:
    """What became known about an outage, in both languages; for the house."""

    id: str
    outage_id: str
    words_ja: str
    words_en: str
    actor: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class OpenOutage:
    """What everybody may know of an outage that goes on."""

    id: str
    title_ja: str
    title_en: str
    origin: str
    party: str | None
    areas: Sequence[str]
    started_at: datetime
    expected_end_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class LinkedInquiry:
    """An inquiry of an outage, as it stands; its id orders the list."""

    id: str
    contract_id: str
    status: str
    counted: bool
    version: int
    linked_at: datetime
    linked_by: str


@dataclass(frozen=True, kw_only=True)
class OpenTrouble:
    """A trouble that somebody still works on and that is no outage's; `state` is what its contract may use."""

    id: str
    contract_id: str
    status: str
    received_at: datetime
    summary: str
    state: EntitlementsChanged


_BANNER = [outage.c[name] for name in OpenOutage.__dataclass_fields__]


async def add(tx: Tx, new: Outage) -> None:
    """Keep a new outage."""
    await tx.run(outage.insert().values(asdict(new)))


async def save(tx: Tx, after: Outage) -> None:
    """Keep what became of an outage that was locked before."""
    await tx.run(outage.update().where(outage.c.id == after.id).values(asdict(after)))


async def find(tx: Tx, outage_id: str, *, lock: bool = False) -> Outage | None:
    """An outage as it stands."""
    statement = sa.select(outage).where(outage.c.id == outage_id)
    row = await tx.first(statement.with_for_update() if lock else statement)
    return None if row is None else _outage(row)


async def listed(tx: Tx, *, status: OutageStatus | None, after: str | None, limit: int) -> list[Outage]:
    """Outages in the order in which they became known."""
    statement = sa.select(outage).order_by(outage.c.id).limit(limit)
    if status is not None:
        statement = statement.where(outage.c.status == status.value)
    if after is not None:
        statement = statement.where(outage.c.id > after)
    return [_outage(row) for row in await tx.all(statement)]


async def going_on(tx: Tx) -> list[OpenOutage]:
    """All that go on, with what everybody may know of them; the first that was known comes first."""
    statement = sa.select(*_BANNER).where(outage.c.status == OutageStatus.OPEN.value).order_by(outage.c.id)
    return rows_as(OpenOutage, await tx.all(statement))


async def add_update(tx: Tx, new: OutageUpdate) -> None:
    """Keep what became known."""
    await tx.run(outage_update.insert().values(asdict(new)))


async def updates(tx: Tx, outage_id: str, *, after: str | None, limit: int) -> list[OutageUpdate]:
    """What became known about an outage, in order."""
    statement = sa.select(outage_update).where(outage_update.c.outage_id == outage_id)
    if after is not None:
        statement = statement.where(outage_update.c.id > after)
    return rows_as(OutageUpdate, await tx.all(statement.order_by(outage_update.c.id).limit(limit)))


async def outage_of(tx: Tx, inquiry_id: str) -> str | None:
    """The outage that an inquiry is linked to."""
    found: str | None = await tx.scalar(sa.select(outage_link.c.outage_id).where(*_live(inquiry_id)))
    return found


async def add_link(tx: Tx, link_id: str, outage_id: str, linked: Inquiry, now: datetime) -> None:
    """Link an inquiry that is locked; raises `InquiryOfAnotherOutage`."""
    row = {
        "id": link_id,
        "outage_id": outage_id,
        "inquiry_id": linked.id,
        "partner": linked.partner,
        "contract_id": linked.contract_id,
        "linked_at": now,
        "linked_by": tx.actor,
    }
    with refusing(uq_outage_link_live=InquiryOfAnotherOutage):
        await tx.run(outage_link.insert().values(row))


async def end_link(tx: Tx, inquiry_id: str, now: datetime) -> None:
    """The inquiry, which is locked, is no outage's any more."""
    await tx.run(outage_link.update().where(*_live(inquiry_id)).values(unlinked_at=now, unlinked_by=tx.actor))


async def open_troubles(tx: Tx, *, since: datetime, after: str | None, limit: int) -> list[OpenTrouble]:
    """Open troubles at contract addresses that were received since then and are no outage's, oldest first."""
    own = [inquiry.c[name] for name in ("id", "contract_id", "status", "received_at", "summary")]
    live = sa.select(outage_link.c.id).where(
        outage_link.c.inquiry_id == inquiry.c.id, outage_link.c.unlinked_at.is_(None)
    )
    statement = (
        sa.select(*own, entitlement.c.state)
        .join(entitlement, entitlement.c.contract_id == inquiry.c.contract_id)
        .where(
            inquiry.c.status.in_(sorted(status.value for status in OPEN)),
            inquiry.c.kind == InquiryKind.TROUBLE.value,
            inquiry.c.site == Site.CONTRACT_ADDRESS.value,
            inquiry.c.received_at >= since,
            ~live.exists(),
        )
    )
    if after is not None:
        statement = statement.where(inquiry.c.id > after)
    rows = await tx.all(statement.order_by(inquiry.c.id).limit(limit))
    return [OpenTrouble(**{**dict(row), "state": read_body(EntitlementsChanged, row["state"])}) for row in rows]


async def linked(tx: Tx, outage_id: str, *, after: str | None, limit: int) -> list[LinkedInquiry]:
    """The inquiries that are linked to an outage, oldest first."""
    own = [inquiry.c[name] for name in ("id", "contract_id", "status", "counted", "version")]
    statement = (
        sa.select(*own, outage_link.c.linked_at, outage_link.c.linked_by)
        .join(inquiry, inquiry.c.id == outage_link.c.inquiry_id)
        .where(outage_link.c.outage_id == outage_id, outage_link.c.unlinked_at.is_(None))
    )
    if after is not None:
        statement = statement.where(outage_link.c.inquiry_id > after)
    return rows_as(LinkedInquiry, await tx.all(statement.order_by(outage_link.c.inquiry_id).limit(limit)))


def _live(inquiry_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return outage_link.c.inquiry_id == inquiry_id, outage_link.c.unlinked_at.is_(None)


def _outage(row: Record) -> Outage:
    return Outage(**{**dict(row), "status": OutageStatus(row["status"])})
