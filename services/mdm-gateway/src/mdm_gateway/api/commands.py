"""Routes of commands and lost devices."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import Caller, IfMatch, Now, PageOf, Paging, Router, SettingsDep, TxDep, page
from mdm_gateway.api.command_schemas import (
    CommandIn,
    CommandOut,
    DecisionIn,
    LostReportIn,
    LostReportOut,
    WhyOut,
)
from mdm_gateway.domain.commands import Command, CommandStatus
from mdm_gateway.domain.lost_reports import IdentityCheck
from mdm_gateway.domain.matrix import Function
from mdm_gateway.domain.refusals import CommandUnknown, LostReportUnknown
from mdm_gateway.storage import commands, lost_reports
from mdm_gateway.storage.commands import CommandFilter
from mdm_gateway.usecases.decide_command import Decide, approve_command, cancel_command, reject_command
from mdm_gateway.usecases.report_lost_device import ReportLostDevice, report_lost_device
from mdm_gateway.usecases.request_command import RequestCommand, request_command

router = Router(prefix="/api/mdm/v1", tags=["commands"])

IdFilter = Annotated[str | None, Query(min_length=1, max_length=64)]


@router.post("/devices/{device_id}/commands", status_code=201, response_model=CommandOut)
async def ask(device_id: str, body: CommandIn, tx: TxDep, now: Now, caller: Caller, settings: SettingsDep) -> object:
    """Lock, wipe or switch something; a wipe waits for a second person."""
    cmd = RequestCommand(device_id=device_id, by=caller.signatory, **body.model_dump())
    return CommandOut.of(await request_command(cmd, tx, now, settings.terms()))


@router.get("/commands", response_model=PageOf[CommandOut])
async def list_commands(
    tx: TxDep,
    paging: Paging,
    contract_id: IdFilter = None,
    device_id: IdFilter = None,
    status: CommandStatus | None = None,
    function: Function | None = None,
) -> object:
    """Commands in order of their making."""
    chosen = CommandFilter(contract_id=contract_id, device_id=device_id, status=status, function=function)
    rows = await commands.listed(tx, chosen, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=CommandOut.of)


@router.get("/commands/{command_id}", response_model=CommandOut)
async def get_command(command_id: str, tx: TxDep) -> object:
    """One command."""
    return CommandOut.of(await _command(command_id, tx))


@router.get("/commands/{command_id}/why", response_model=WhyOut)
async def why(command_id: str, tx: TxDep) -> object:
    """Which rules, which inputs, which events."""
    command = await _command(command_id, tx)
    return WhyOut.of(command, await commands.steps(tx, command.id))


@router.post("/commands/{command_id}/approval", response_model=CommandOut)
async def approve(
    command_id: str,
    tx: TxDep,
    now: Now,
    caller: Caller,
    settings: SettingsDep,
    version: IfMatch,
    body: DecisionIn | None = None,
) -> object:
    """A second person approves a wipe (R-MDM-WIPE-TWO)."""
    cmd = _decision(command_id, caller, version, body)
    return CommandOut.of(await approve_command(cmd, tx, now, settings.terms()))


@router.post("/commands/{command_id}/rejection", response_model=CommandOut)
async def reject(
    command_id: str, tx: TxDep, now: Now, caller: Caller, version: IfMatch, body: DecisionIn | None = None
) -> object:
    """A second person says no."""
    return CommandOut.of(await reject_command(_decision(command_id, caller, version, body), tx, now))


@router.post("/commands/{command_id}/cancellation", response_model=CommandOut)
async def cancel(
    command_id: str, tx: TxDep, now: Now, caller: Caller, version: IfMatch, body: DecisionIn | None = None
) -> object:
    """Take back what was not sent yet."""
    return CommandOut.of(await cancel_command(_decision(command_id, caller, version, body), tx, now))


@router.post("/lost-reports", status_code=201, response_model=LostReportOut)
async def report_lost(body: LostReportIn, tx: TxDep, now: Now, caller: Caller, settings: SettingsDep) -> object:
    """Report a lost device after an identity check; it is locked at once."""
    cmd = ReportLostDevice(
        device_id=body.device_id,
        inquiry_id=body.inquiry_id,
        identity=IdentityCheck(**body.identity_check.model_dump()),
        authorised_by=body.authorised_by,
        by=caller.signatory,
    )
    return LostReportOut.of(await report_lost_device(cmd, tx, now, settings.terms()))


@router.get("/lost-reports", response_model=PageOf[LostReportOut])
async def list_lost_reports(tx: TxDep, paging: Paging, device_id: IdFilter = None) -> object:
    """Reports of lost devices."""
    rows = await lost_reports.listed(tx, device_id=device_id, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=LostReportOut.of)


@router.get("/lost-reports/{report_id}", response_model=LostReportOut)
async def get_lost_report(report_id: str, tx: TxDep) -> object:
    """One report."""
    found = await lost_reports.find(tx, report_id)
    if found is None:
        raise LostReportUnknown(lost_report_id=report_id)
    return LostReportOut.of(found)


async def _command(command_id: str, tx: TxDep) -> Command:
    found = await commands.find(tx, command_id)
    if found is None:
        raise CommandUnknown(command_id=command_id)
    return found


def _decision(command_id: str, caller: Caller, version: int | None, body: DecisionIn | None) -> Decide:
    return Decide(
        command_id=command_id,
        expected_version=version,
        note=None if body is None else body.note,
        by=caller.signatory,
    )
