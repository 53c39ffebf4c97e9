"""Ask something of a device: inside the matrix, inside the plan, and one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from common.db import Tx
from common.errors import refuse_if_any
from common.ids import new_id
from common.two_people import Signatory
from mdm_gateway.domain.commands import Command, Request, gives_way, request
from mdm_gateway.domain.deliveries import supersede
from mdm_gateway.domain.devices import Device, require_enrolled
from mdm_gateway.domain.lost_reports import LostReport, require_wipe_ground
from mdm_gateway.domain.matrix import Function, Order, order
from mdm_gateway.domain.refusals import (
    CommandAlreadyLive,
    ContractUnknown,
    DeviceUnknown,
    LostReportUnknown,
    WipeLimitReached,
)
from mdm_gateway.domain.rights import Entitlement, command_refusals
from mdm_gateway.domain.terms import Terms
from mdm_gateway.storage import commands, devices, entitlements, lost_reports
from mdm_gateway.usecases.command_steps import Judgement, record, record_new

HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class RequestCommand:
    """What is asked of which device, why, and on which lost report it rests."""

    device_id: str
    function: str
    setting: str | None
    storage: str | None
    reason: str
    lost_report_id: str | None
    by: Signatory


async def request_command(cmd: RequestCommand, tx: Tx, now: datetime, terms: Terms) -> Command:
    """Queue a command, or let a wipe wait for a second person.

    Everything is judged before the device is contacted. Raises `DeviceUnknown`, `DeviceNotEnrolled`,
    `FunctionNotSupported` (R-MDM-MATRIX), `ContractNotActive`, `MdmNotInPlan` (R-MDM-PLAN), `IdentityNotChecked`,
    `WipeNotAuthorised`, `WipeLimitReached`, `PersonUnknown` (R-MDM-WIPE-TWO), `LostReportUnknown`,
    `CommandAlreadyLive`.
    """
    device = await devices.lock(tx, cmd.device_id)
    if device is None:
        raise DeviceUnknown(device_id=cmd.device_id)
    require_enrolled(device)
    asked = order(function=cmd.function, setting=cmd.setting, storage=cmd.storage, os=device.os)
    known = await rights_of(tx, device)
    refuse_if_any(command_refusals(known, asked.function, now=now))
    report = await _report_of(tx, cmd)
    if asked.function is Function.REMOTE_WIPE:
        report = require_wipe_ground(report, device_id=device.id, generation=device.generation)
        await require_wipe_allowance(tx, known, terms=terms, now=now)
    elif cmd.lost_report_id is not None and (report is None or report.device_id != device.id):
        raise LostReportUnknown(lost_report_id=cmd.lost_report_id, device_id=device.id)
    cause = Cause(command_id=new_id("cmd"), reason=cmd.reason, report=report, by=cmd.by)
    return await place_order(tx, device, asked, cause=cause, terms=terms, now=now)


async def _report_of(tx: Tx, cmd: RequestCommand) -> LostReport | None:
    return None if cmd.lost_report_id is None else await lost_reports.find(tx, cmd.lost_report_id)


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why and by whom an order is placed, on which report it rests, and the id it will have."""

    command_id: str
    reason: str
    report: LostReport | None
    by: Signatory


async def place_order(tx: Tx, device: Device, asked: Order, *, cause: Cause, terms: Terms, now: datetime) -> Command:
    """Put an allowed order into the device's queue; an unsent setting to the contrary makes room.

    The device is locked. Raises `CommandAlreadyLive`.
    """
    for live in await commands.lock_live(tx, device.id, functions=[asked.function]):
        if not gives_way(live, asked):
            raise CommandAlreadyLive(
                device_id=device.id, function=asked.function, command_id=live.id, status=live.status
            )
        await record(tx, supersede(live, by_command_id=cause.command_id, by=cause.by.subject, now=now), now=now)
    report = cause.report
    step = request(
        Request(
            command_id=cause.command_id,
            device_id=device.id,
            contract_id=device.contract_id,
            partner=device.partner,
            generation=device.generation,
            order=asked,
            reason=cause.reason,
            lost_report_id=None if report is None else report.id,
            inquiry_id=None if report is None else report.inquiry_id,
            by=cause.by,
        ),
        terms=terms,
        now=now,
    )
    return await record_new(tx, step, judged=_judged(device, asked, report), now=now)


def _judged(device: Device, asked: Order, report: LostReport | None) -> Judgement:
    wipe = asked.function is Function.REMOTE_WIPE
    return Judgement(
        rule_ids=("R-MDM-MATRIX", "R-MDM-PLAN", *(("R-MDM-WIPE-TWO",) if wipe else ())),
        inputs={
            "os": device.os,
            "function": asked.function,
            "setting": asked.setting,
            "media": list(asked.media),
            "scope": asked.scope,
            "enrolment_generation": device.generation,
            "lost_report_id": None if report is None else report.id,
            "identity_check": None if report is None else report.identity.method,
            "authorised": report is not None and bool(report.authorised_by),
        },
    )


async def rights_of(tx: Tx, device: Device) -> Entitlement:
    """What the device's contract may do. Raises `ContractUnknown`."""
    known = await entitlements.find(tx, device.contract_id)
    if known is None:
        raise ContractUnknown(contract_id=device.contract_id)
    return known


async def require_wipe_allowance(tx: Tx, known: Entitlement, *, terms: Terms, now: datetime) -> Judgement:
    """Raise `WipeLimitReached` when the contract had all its wipes of the last hour (R-MDM-WIPE-TWO)."""
    plan = known.at(now).plan
    limit = terms.wipes_an_hour(plan.seats if plan else None)
    used = await commands.wipes_approved_since(tx, known.state.contract_id, now - HOUR)
    if used >= limit:
        raise WipeLimitReached(contract_id=known.state.contract_id, limit=limit, used=used, within_seconds=3600)
    return Judgement(rule_ids=("R-MDM-WIPE-TWO",), inputs={"wipes_last_hour": used, "wipe_limit": limit})
