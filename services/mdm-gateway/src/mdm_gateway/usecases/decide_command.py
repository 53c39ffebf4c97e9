"""The second person's word on a wipe, and the first person's change of mind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from common.db import Tx
from common.errors import StaleVersion, refuse_if_any
from common.revocation import require_rights_of_both
from common.two_people import Signatory
from mdm_gateway.domain.commands import TWO_PEOPLE, Command, CommandStatus, approve, cancel, reject
from mdm_gateway.domain.deliveries import supersede
from mdm_gateway.domain.devices import Device, require_enrolled
from mdm_gateway.domain.lost_reports import require_wipe_ground
from mdm_gateway.domain.matrix import Function
from mdm_gateway.domain.refusals import CommandUnknown
from mdm_gateway.domain.rights import command_refusals
from mdm_gateway.domain.terms import Terms
from mdm_gateway.storage import commands, devices, lost_reports, seats
from mdm_gateway.usecases.command_steps import record
from mdm_gateway.usecases.request_command import require_wipe_allowance, rights_of


@dataclass(frozen=True, kw_only=True)
class Decide:
    """Which command, in which version the caller saw it, what is said to it, by whom."""

    command_id: str
    expected_version: int | None
    note: str | None
    by: Signatory


async def approve_command(cmd: Decide, tx: Tx, now: datetime, terms: Terms) -> Command:
    """Queue a wipe (R-MDM-WIPE-TWO); a lock that still waits makes room for it.

    Everything it rests on is judged again now. Approvals of one contract go one after the other, so that the limit per
    hour holds. Raises `CommandUnknown`, `SelfApproval`, `PersonUnknown`, `ApprovalExpired`, `EnrolmentChanged`,
    `CommandNotOpen`, `RightsWithdrawn`, `TokenIsRevoked`, `DeviceNotEnrolled`, `ContractNotActive`, `MdmNotInPlan`,
    `IdentityNotChecked`, `WipeNotAuthorised`, `WipeLimitReached`.
    """
    command, device = await _lock(cmd, tx)
    step = approve(command, generation=device.generation, by=cmd.by, terms=terms, now=now)
    # Only people of the house ask for commands and decide on them, so both tokens are of no tenant.
    await require_rights_of_both(tx, command.requester, cmd.by, partner=None, rule_id=TWO_PEOPLE, command_id=command.id)
    require_enrolled(device)
    known = await rights_of(tx, device)
    refuse_if_any(command_refusals(known, command.function, now=now))
    report = None if command.lost_report_id is None else await lost_reports.find(tx, command.lost_report_id)
    require_wipe_ground(report, device_id=device.id, generation=device.generation)
    judged = await require_wipe_allowance(tx, known, terms=terms, now=now)
    inputs = {
        "requested_by": command.requested_by,
        "approved_by": cmd.by.subject,
        "approval_expires_at": None if command.approval_expires_at is None else command.approval_expires_at.isoformat(),
        "enrolment_generation": device.generation,
    }
    judged = replace(judged, inputs=judged.inputs | inputs)
    for lock in await commands.lock_live(tx, device.id, functions=[Function.REMOTE_LOCK]):
        if lock.status is CommandStatus.QUEUED:
            await record(tx, supersede(lock, by_command_id=command.id, by=cmd.by.subject, now=now), now=now)
    return await record(tx, step, judged=judged, now=now)


async def reject_command(cmd: Decide, tx: Tx, now: datetime) -> Command:
    """A second person says no.

    Raises `CommandUnknown`, `SelfApproval`, `PersonUnknown`, `ApprovalExpired`, `CommandNotOpen`.
    """
    command, _ = await _lock(cmd, tx)
    return await record(tx, reject(command, by=cmd.by, detail=cmd.note, now=now), now=now)


async def cancel_command(cmd: Decide, tx: Tx, now: datetime) -> Command:
    """Take back what was not sent yet. Raises `CommandUnknown`, `CommandNotOpen`."""
    command, _ = await _lock(cmd, tx)
    return await record(tx, cancel(command, by=cmd.by.subject, reason=cmd.note or "cancelled", now=now), now=now)


async def _lock(cmd: Decide, tx: Tx) -> tuple[Command, Device]:
    """Lock contract, device and command, in this order."""
    known = await commands.find(tx, cmd.command_id)
    if known is None:
        raise CommandUnknown(command_id=cmd.command_id)
    await seats.lock(tx, known.contract_id, partner=known.partner)
    device = await devices.lock(tx, known.device_id)
    command = await commands.lock(tx, cmd.command_id)
    if command is None or device is None:
        raise CommandUnknown(command_id=cmd.command_id)
    if cmd.expected_version is not None and cmd.expected_version != command.version:
        raise StaleVersion(expected=cmd.expected_version, present=command.version)
    return command, device
