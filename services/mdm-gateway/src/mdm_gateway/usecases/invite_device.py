"""Invite a device of a contract to enrol: a code, shown once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.errors import refuse_if_any
from common.ids import new_id
from mdm_gateway.domain.credentials import code_hash, new_enrolment_code
from mdm_gateway.domain.devices import Device, require_enrolled
from mdm_gateway.domain.invitations import Invitation, invite
from mdm_gateway.domain.refusals import ContractUnknown, DeviceUnknown, EnrolmentMismatch
from mdm_gateway.domain.rights import enrolment_refusals
from mdm_gateway.domain.terms import Terms
from mdm_gateway.storage import devices, entitlements, invitations, seats
from mdm_gateway.usecases.facts import Place, publish


@dataclass(frozen=True, kw_only=True)
class InviteDevice:
    """Who is invited; `device_id`: an enrolled device that is to enrol again and keeps its seat."""

    contract_id: str
    os: str
    label: str | None
    device_id: str | None
    by: str


@dataclass(frozen=True, kw_only=True)
class Invited:
    """The invitation and, this once, its code."""

    invitation: Invitation
    code: str


async def invite_device(cmd: InviteDevice, tx: Tx, now: datetime, terms: Terms) -> Invited:
    """Judge plan, seats, OS and licence (R-MDM-PLAN, R-TOOL-OS, R-CONSENT) and make the code.

    An invitation takes no seat: seats are judged by what is enrolled now, and again at enrolment. Raises
    `ContractUnknown`, `DeviceUnknown`, `DeviceNotEnrolled`, `EnrolmentMismatch` and every named refusal of the rules.
    """
    known = await entitlements.find(tx, cmd.contract_id)
    if known is None:
        raise ContractUnknown(contract_id=cmd.contract_id)
    again = None if cmd.device_id is None else await _device_of(tx, cmd.device_id, cmd.contract_id)
    account = await seats.find(tx, cmd.contract_id)
    used = 0 if account is None else account.used
    refuse_if_any(
        enrolment_refusals(
            known, await entitlements.catalogue(tx), os=cmd.os, seats_used=None if again else used, now=now
        )
    )
    if again is not None and again.os != cmd.os:
        raise EnrolmentMismatch(device_id=again.id, device_os=again.os, os=cmd.os)
    code = new_enrolment_code()
    invitation, facts = invite(_draft(cmd, partner=known.state.partner, now=now, terms=terms))
    await invitations.add(tx, invitation, code_hash=code_hash(code))
    place = Place(
        subject=invitation.id,
        version=invitation.version,
        key=invitation.contract_id,
        partner=invitation.partner,
        correlation_id=invitation.contract_id,
    )
    await publish(tx, facts, place, now=now)
    return Invited(invitation=invitation, code=code)


def _draft(cmd: InviteDevice, *, partner: str | None, now: datetime, terms: Terms) -> Invitation:
    return Invitation(
        id=new_id("enr"),
        contract_id=cmd.contract_id,
        partner=partner,
        os=cmd.os,
        label=cmd.label,
        device_id=cmd.device_id,
        invited_by=cmd.by,
        invited_at=now,
        expires_at=now + terms.invitation_lifetime,
        used_at=None,
        used_by_device_id=None,
        version=0,
    )


async def _device_of(tx: Tx, device_id: str, contract_id: str) -> Device:
    found = await devices.find(tx, device_id)
    if found is None or found.contract_id != contract_id:
        raise DeviceUnknown(device_id=device_id)
    require_enrolled(found)
    return found
