"""A device is lost: check who calls, lock at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.errors import refuse_if_any
from common.ids import new_id
from common.two_people import Signatory
from mdm_gateway.domain.devices import Device, require_enrolled
from mdm_gateway.domain.lost_reports import IdentityCheck, LostReport, reported, require_identity
from mdm_gateway.domain.matrix import Function, order
from mdm_gateway.domain.refusals import DeviceUnknown
from mdm_gateway.domain.rights import command_refusals
from mdm_gateway.domain.terms import Terms
from mdm_gateway.storage import commands, devices, lost_reports
from mdm_gateway.usecases.facts import Place, publish
from mdm_gateway.usecases.request_command import Cause, place_order, rights_of

REASON = "lost_device"


@dataclass(frozen=True, kw_only=True)
class ReportLostDevice:
    """Which device, how the caller was recognised, and which registered manager authorised what may follow."""

    device_id: str
    inquiry_id: str | None
    identity: IdentityCheck
    authorised_by: str | None
    by: Signatory


async def report_lost_device(cmd: ReportLostDevice, tx: Tx, now: datetime, terms: Terms) -> LostReport:
    """Keep the report and lock the device in the same transaction; a lock that is under way already is enough.

    Raises `DeviceUnknown`, `DeviceNotEnrolled`, `IdentityNotChecked` (R-MDM-WIPE-TWO), `ContractNotActive`,
    `MdmNotInPlan`.
    """
    device = await devices.lock(tx, cmd.device_id)
    if device is None:
        raise DeviceUnknown(device_id=cmd.device_id)
    require_enrolled(device)
    require_identity(cmd.identity)
    refuse_if_any(command_refusals(await rights_of(tx, device), Function.REMOTE_LOCK, now=now))
    live = await commands.lock_live(tx, device.id, functions=[Function.REMOTE_LOCK])
    lock_id = live[0].id if live else new_id("cmd")
    report = _report(cmd, device, now=now, lock_command_id=lock_id)
    await lost_reports.add(tx, report)
    if not live:
        asked = order(function=Function.REMOTE_LOCK, setting=None, storage=None, os=device.os)
        cause = Cause(command_id=lock_id, reason=REASON, report=report, by=cmd.by)
        await place_order(tx, device, asked, cause=cause, terms=terms, now=now)
    place = Place(
        subject=report.id,
        version=report.version,
        key=device.id,
        partner=report.partner,
        correlation_id=report.inquiry_id or report.contract_id,
    )
    await publish(tx, [reported(report)], place, now=now)
    return report


def _report(cmd: ReportLostDevice, device: Device, *, now: datetime, lock_command_id: str) -> LostReport:
    return LostReport(
        id=new_id("lost"),
        device_id=device.id,
        contract_id=device.contract_id,
        partner=device.partner,
        generation=device.generation,
        inquiry_id=cmd.inquiry_id,
        identity=cmd.identity,
        authorised_by=cmd.authorised_by,
        lock_command_id=lock_command_id,
        reported_by=cmd.by.subject,
        reported_at=now,
        version=1,
    )
