"""Verdicts, which are only added, and the on-site requests that rest on them."""

from __future__ import annotations

import sqlalchemy as sa

from common.db import Record, Tx, refusing
from helpdesk.domain.onsite import OnsiteRequest, OnsiteStatus
from helpdesk.domain.refusals import OnsiteRequestOpen
from helpdesk.domain.verdicts import FailedDevice, Origin, Result, Verdict
from helpdesk.storage.tables import inquiry, onsite_request, verdict


async def add(tx: Tx, new: Verdict) -> None:
    """Keep a verdict."""
    failed = new.failed_device
    await tx.run(
        verdict.insert().values(
            id=new.id,
            inquiry_id=new.inquiry_id,
            contract_id=new.contract_id,
            result=new.result.value,
            cause=new.cause,
            failed_kind=failed.kind if failed is not None else None,
            failed_maker=failed.maker if failed is not None else None,
            failed_model=failed.model if failed is not None else None,
            failed_serial=failed.serial if failed is not None else None,
            evidence=new.evidence,
            origin=new.origin.value,
            visit_id=new.visit_id,
            supersedes=new.supersedes,
            rests_on=new.rests_on,
            actor=new.actor,
            at=new.at,
        )
    )


async def find(tx: Tx, verdict_id: str | None) -> Verdict | None:
    """A verdict; None for None."""
    if verdict_id is None:
        return None
    row = await tx.first(_with_partner().where(verdict.c.id == verdict_id))
    return None if row is None else _verdict(row)


async def of_visit(tx: Tx, visit_id: str) -> Verdict | None:
    """The verdict that this visit's finding became."""
    row = await tx.first(_with_partner().where(verdict.c.visit_id == visit_id))
    return None if row is None else _verdict(row)


async def of_inquiry(tx: Tx, inquiry_id: str) -> list[Verdict]:
    """All verdicts of an inquiry, the last one last."""
    statement = _with_partner().where(verdict.c.inquiry_id == inquiry_id).order_by(verdict.c.id)
    return [_verdict(row) for row in await tx.all(statement)]


async def add_request(tx: Tx, request: OnsiteRequest) -> None:
    """Keep an on-site request; raises `OnsiteRequestOpen` when the inquiry has a live one."""
    with refusing(uq_onsite_request_live=lambda: OnsiteRequestOpen(inquiry_id=request.inquiry_id)):
        await tx.run(
            onsite_request.insert().values(
                id=request.id,
                inquiry_id=request.inquiry_id,
                partner=request.partner,
                contract_id=request.contract_id,
                verdict_id=request.verdict_id,
                status=request.status.value,
                requested_by=request.requested_by,
                requested_at=request.requested_at,
            )
        )


async def requests(tx: Tx, inquiry_id: str) -> list[OnsiteRequest]:
    """The on-site requests of an inquiry, in order."""
    statement = sa.select(onsite_request).where(onsite_request.c.inquiry_id == inquiry_id)
    return [_request(row) for row in await tx.all(statement.order_by(onsite_request.c.id))]


async def finish_request(tx: Tx, inquiry_id: str, status: OnsiteStatus) -> None:
    """The live request of an inquiry came to its end; nothing when there is none."""
    await tx.run(
        onsite_request.update()
        .where(onsite_request.c.inquiry_id == inquiry_id, onsite_request.c.status == OnsiteStatus.LIVE.value)
        .values(status=status.value)
    )


def _with_partner() -> sa.Select[tuple[object, ...]]:
    return sa.select(verdict, inquiry.c.partner).join(inquiry, inquiry.c.id == verdict.c.inquiry_id)


def _verdict(row: Record) -> Verdict:
    failed = None
    if row["failed_kind"] is not None:
        failed = FailedDevice(
            kind=row["failed_kind"],
            maker=row["failed_maker"],
            model=row["failed_model"],
            serial=row["failed_serial"],
        )
    return Verdict(
        id=row["id"],
        inquiry_id=row["inquiry_id"],
        contract_id=row["contract_id"],
        partner=row["partner"],
        result=Result(row["result"]),
        cause=row["cause"],
        failed_device=failed,
        evidence=row["evidence"],
        origin=Origin(row["origin"]),
        visit_id=row["visit_id"],
        supersedes=row["supersedes"],
        rests_on=row["rests_on"],
        actor=row["actor"],
        at=row["at"],
    )


def _request(row: Record) -> OnsiteRequest:
    return OnsiteRequest(
        id=row["id"],
        inquiry_id=row["inquiry_id"],
        contract_id=row["contract_id"],
        partner=row["partner"],
        verdict_id=row["verdict_id"],
        status=OnsiteStatus(row["status"]),
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
    )
