"""Routes of invitations, devices and seats."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import Caller, IfMatch, Now, PageOf, Paging, Router, SettingsDep, TxDep, page
from mdm_gateway.api.device_schemas import (
    CapabilitiesOut,
    CapabilityOut,
    DeviceOut,
    InvitationIn,
    InvitationOut,
    InvitedOut,
    SeatsOut,
    SecurityStatusOut,
    SettingOut,
    SettingsOut,
)
from mdm_gateway.domain.devices import Device, DeviceStatus
from mdm_gateway.domain.matrix import capabilities
from mdm_gateway.domain.refusals import ContractUnknown, DeviceUnknown, InvitationUnknown
from mdm_gateway.domain.seats import informed, opened
from mdm_gateway.domain.security_status import SecurityState, status_of
from mdm_gateway.storage import device_states, devices, entitlements, invitations, seats
from mdm_gateway.usecases.invite_device import InviteDevice, invite_device
from mdm_gateway.usecases.release_device import ReleaseDevice, release_device

router = Router(prefix="/api/mdm/v1", tags=["devices"])

IdFilter = Annotated[str | None, Query(min_length=1, max_length=64)]


@router.post("/enrolment-invitations", status_code=201, response_model=InvitedOut)
async def invite(body: InvitationIn, tx: TxDep, now: Now, caller: Caller, settings: SettingsDep) -> object:
    """Invite a device; the code is shown this once. An invitation takes no seat, the enrolment does."""
    cmd = InviteDevice(by=caller.subject, **body.model_dump())
    return InvitedOut.new(await invite_device(cmd, tx, now, settings.terms()), now)


@router.get("/enrolment-invitations", response_model=PageOf[InvitationOut])
async def list_invitations(tx: TxDep, now: Now, paging: Paging, contract_id: IdFilter = None) -> object:
    """Invitations, without their codes."""
    rows = await invitations.listed(tx, contract_id=contract_id, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=lambda row: InvitationOut.at(row, now))


@router.get("/enrolment-invitations/{invitation_id}", response_model=InvitationOut)
async def get_invitation(invitation_id: str, tx: TxDep, now: Now) -> object:
    """One invitation, without its code."""
    found = await invitations.find(tx, invitation_id)
    if found is None:
        raise InvitationUnknown(invitation_id=invitation_id)
    return InvitationOut.at(found, now)


@router.get("/devices", response_model=PageOf[DeviceOut])
async def list_devices(
    tx: TxDep, paging: Paging, contract_id: IdFilter = None, status: DeviceStatus | None = None
) -> object:
    """Devices, released ones included unless `status` says otherwise."""
    rows = await devices.listed(tx, contract_id=contract_id, status=status, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=DeviceOut.of)


@router.get("/devices/{device_id}", response_model=DeviceOut)
async def get_device(device_id: str, tx: TxDep) -> object:
    """One device."""
    return DeviceOut.of(await _device(device_id, tx))


@router.post("/devices/{device_id}/release", response_model=DeviceOut)
async def release(device_id: str, tx: TxDep, now: Now, caller: Caller, version: IfMatch) -> object:
    """Un-enrol a device: its seat is free, its token is dead, its live commands end."""
    cmd = ReleaseDevice(device_id=device_id, expected_version=version, by=caller.subject)
    return DeviceOut.of(await release_device(cmd, tx, now))


@router.get("/devices/{device_id}/capabilities", response_model=CapabilitiesOut)
async def get_capabilities(device_id: str, tx: TxDep) -> object:
    """What can be done to this device, before anyone presses a button."""
    device = await _device(device_id, tx)
    enrolled = device.status is DeviceStatus.ENROLLED
    found = [CapabilityOut.of(each, enrolled=enrolled) for each in capabilities(device.os)]
    return CapabilitiesOut(device_id=device.id, os=device.os, capabilities=found)


@router.get("/devices/{device_id}/settings", response_model=SettingsOut)
async def get_settings(device_id: str, tx: TxDep) -> object:
    """Controlled functions: what is wanted, and what the device applied."""
    device = await _device(device_id, tx)
    rows = await device_states.settings_of(tx, device.id)
    return SettingsOut(device_id=device.id, items=[SettingOut.of(row) for row in rows])


@router.get("/devices/{device_id}/security-status", response_model=SecurityStatusOut)
async def get_security_status(device_id: str, tx: TxDep, now: Now) -> object:
    """What the device last said, with its age; what it has not said is unknown (R-MDM-STATUS)."""
    device = await _device(device_id, tx)
    state, reported_at = await device_states.find_report(tx, device.id) or (SecurityState(), None)
    status = status_of(state, os=device.os, reported_at=reported_at, now=now)
    return SecurityStatusOut.of(device, status, now=now)


@router.get("/contracts/{contract_id}/seats", response_model=SeatsOut)
async def get_seats(contract_id: str, tx: TxDep, now: Now) -> object:
    """Seats over time, and the devices that have to go when they become fewer (R-MDM-PLAN)."""
    known = await entitlements.find(tx, contract_id)
    if known is None:
        raise ContractUnknown(contract_id=contract_id)
    account = await seats.find(tx, contract_id) or opened(contract_id, partner=known.state.partner)
    return SeatsOut.of(known, informed(account, known.state), now=now)


async def _device(device_id: str, tx: TxDep) -> Device:
    found = await devices.find(tx, device_id)
    if found is None:
        raise DeviceUnknown(device_id=device_id)
    return found
