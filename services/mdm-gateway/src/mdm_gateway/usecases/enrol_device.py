"""A device enrols with its code: every rule is judged again, and the seat is taken in the database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from common.db import Tx
from common.errors import refuse_if_any
from common.ids import new_id
from mdm_gateway.domain.credentials import code_hash, new_device_token, token_hash
from mdm_gateway.domain.deliveries import supersede
from mdm_gateway.domain.devices import (
    Device,
    DeviceStatus,
    Presented,
    Seating,
    agent_of,
    enrolled_again,
    first_enrolment,
)
from mdm_gateway.domain.invitations import Invitation, accept, require_match, used
from mdm_gateway.domain.refusals import ContractUnknown, EnrolmentCodeUnknown, SeatsExhausted
from mdm_gateway.domain.rights import Entitlement, enrolment_refusals
from mdm_gateway.domain.seats import SeatAccount, informed
from mdm_gateway.domain.security_status import SecurityState
from mdm_gateway.storage import commands, device_states, devices, entitlements, invitations, seats
from mdm_gateway.usecases.command_steps import record
from mdm_gateway.usecases.facts import publish
from mdm_gateway.usecases.seat_keeping import place_of, settle_account


@dataclass(frozen=True, kw_only=True)
class EnrolDevice:
    """What the device shows and says. `state` is the part of its facts that is about security."""

    code: str
    presented: Presented
    facts: dict[str, Any]
    state: SecurityState


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """The device and, this once, the token of its enrolment."""

    device: Device
    token: str


async def enrol_device(cmd: EnrolDevice, tx: Tx, now: datetime) -> Enrolled:
    """Enrol, or enrol again a device whose serial number is known.

    Raises `EnrolmentCodeUnknown`, `EnrolmentCodeUsed`, `EnrolmentCodeExpired`, `EnrolmentMismatch` and every refusal of
    R-MDM-PLAN, R-TOOL-OS and R-CONSENT. Locks go from contract to invitation to device to commands.
    """
    found = await invitations.contract_of_code(tx, code_hash(cmd.code))
    if found is None:
        raise EnrolmentCodeUnknown
    invitation_id, contract_id = found
    known = await entitlements.hold(tx, contract_id)
    if known is None:
        raise ContractUnknown(contract_id=contract_id)
    account = await seats.lock(tx, contract_id, partner=known.state.partner)
    invitation = await invitations.lock(tx, invitation_id)
    before = await devices.lock_by_serial(tx, contract_id=contract_id, os=cmd.presented.os, serial=cmd.presented.serial)
    await _judge(cmd, tx, now, known=known, account=account, invitation=invitation, before=before)
    seating = await _seat(tx, now, known=known, account=account, invitation=invitation, before=before)
    device = await _enter(cmd, tx, now, invitation=invitation, before=before, seating=seating)
    tx.known_as = agent_of(device.id)
    token = new_device_token()
    await devices.issue_credential(tx, device, token_hash=token_hash(token), now=now)
    await invitations.spend(tx, used(invitation, device_id=device.id, now=now))
    account = informed(replace(account, used=seating.used), known.state)
    await settle_account(tx, account, by=agent_of(device.id), now=now)
    return Enrolled(device=device, token=token)


async def _judge(
    cmd: EnrolDevice,
    tx: Tx,
    now: datetime,
    *,
    known: Entitlement,
    account: SeatAccount,
    invitation: Invitation,
    before: Device | None,
) -> None:
    accept(invitation, now=now)
    refuse_if_any(
        enrolment_refusals(
            known,
            await entitlements.catalogue(tx),
            os=cmd.presented.os,
            seats_used=None if _has_seat(before) else account.used,
            now=now,
        )
    )
    require_match(invitation, os=cmd.presented.os, device_id=None if before is None else before.id)


def _has_seat(device: Device | None) -> bool:
    return device is not None and device.status is DeviceStatus.ENROLLED


async def _seat(
    tx: Tx,
    now: datetime,
    *,
    known: Entitlement,
    account: SeatAccount,
    invitation: Invitation,
    before: Device | None,
) -> Seating:
    plan = known.at(now).plan
    limit = (plan.seats if plan else None) or 0
    if _has_seat(before):
        return Seating(used=account.used, seats=limit, invitation_id=invitation.id)
    taken = await seats.take(tx, account.contract_id, seats=limit)
    if taken is None:
        raise SeatsExhausted(seats=limit, used=account.used)
    return Seating(used=taken, seats=limit, invitation_id=invitation.id)


async def _enter(
    cmd: EnrolDevice,
    tx: Tx,
    now: datetime,
    *,
    invitation: Invitation,
    before: Device | None,
    seating: Seating,
) -> Device:
    if before is None:
        device, facts = first_enrolment(new_id("dev"), cmd.presented, invitation=invitation, seating=seating, now=now)
        await devices.add(tx, device, facts=cmd.facts)
    else:
        device, facts = enrolled_again(before, cmd.presented, label=invitation.label, seating=seating, now=now)
        await devices.save(tx, device, facts=cmd.facts)
        await device_states.forget(tx, device.id)
    await publish(tx, facts, place_of(device), now=now)
    for live in await commands.lock_live(tx, device.id):
        step = supersede(live, by_command_id=None, by=agent_of(device.id), now=now)
        await record(tx, step, now=now)
    if cmd.state.said():
        await device_states.save_report(tx, device, cmd.state, now=now)
    return device
