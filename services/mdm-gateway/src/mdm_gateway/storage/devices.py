"""Managed devices, and the credentials by which their agents are known."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx
from mdm_gateway.domain.devices import Device, DeviceStatus
from mdm_gateway.storage.tables import agent_credential, device

_COLUMNS = [device.c[field.name] for field in fields(Device)]


async def find(tx: Tx, device_id: str) -> Device | None:
    """One device, as the caller may see it."""
    row = await tx.first(sa.select(*_COLUMNS).where(device.c.id == device_id))
    return None if row is None else _device(row)


async def lock(tx: Tx, device_id: str) -> Device | None:
    """One device, nobody else's until this transaction ends."""
    row = await tx.first(sa.select(*_COLUMNS).where(device.c.id == device_id).with_for_update())
    return None if row is None else _device(row)


async def lock_by_serial(tx: Tx, *, contract_id: str, os: str, serial: str) -> Device | None:
    """The contract's device with this serial number, released or not."""
    row = await tx.first(
        sa.select(*_COLUMNS)
        .where(device.c.contract_id == contract_id, device.c.os == os, device.c.serial == serial)
        .with_for_update()
    )
    return None if row is None else _device(row)


async def add(tx: Tx, new: Device, *, facts: dict[str, Any]) -> None:
    """Keep a new device; `facts` are what else it told when it enrolled."""
    await tx.run(sa.insert(device).values(**_row(new), facts=facts))


async def save(tx: Tx, changed: Device, *, facts: dict[str, Any] | None = None) -> None:
    """Keep a device's new state; `facts` None leaves those of its enrolment."""
    values = _row(changed) if facts is None else _row(changed) | {"facts": facts}
    await tx.run(sa.update(device).where(device.c.id == changed.id).values(**values))


async def listed(tx: Tx, *, contract_id: str | None, status: str | None, after: str | None, limit: int) -> list[Device]:
    """Devices in order of their first enrolment."""
    chosen = sa.select(*_COLUMNS).order_by(device.c.id).limit(limit)
    if contract_id is not None:
        chosen = chosen.where(device.c.contract_id == contract_id)
    if status is not None:
        chosen = chosen.where(device.c.status == status)
    if after is not None:
        chosen = chosen.where(device.c.id > after)
    return [_device(row) for row in await tx.all(chosen)]


async def enrolled_in_order(tx: Tx, contract_id: str) -> list[str]:
    """Ids of the contract's enrolled devices, those that hold their seat longest first."""
    rows = await tx.all(
        sa.select(device.c.id)
        .where(device.c.contract_id == contract_id, device.c.status == DeviceStatus.ENROLLED)
        .order_by(device.c.enrolled_at, device.c.id)
    )
    return [row["id"] for row in rows]


async def seen(tx: Tx, known: Device, *, now: datetime) -> Device:
    """Keep that the device spoke to us."""
    await tx.run(sa.update(device).where(device.c.id == known.id).values(last_contact_at=now))
    return replace(known, last_contact_at=now)


async def issue_credential(tx: Tx, of: Device, *, token_hash: bytes, now: datetime) -> None:
    """Keep the hash of the token of this enrolment; those of earlier ones no longer hold."""
    await revoke_credentials(tx, of.id, now=now)
    await tx.run(
        sa.insert(agent_credential).values(
            token_hash=token_hash, device_id=of.id, generation=of.generation, issued_at=now
        )
    )


async def revoke_credentials(tx: Tx, device_id: str, *, now: datetime) -> None:
    """No token of this device holds from now on."""
    await tx.run(
        sa.update(agent_credential)
        .where(agent_credential.c.device_id == device_id, agent_credential.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def device_of_token(tx: Tx, token_hash: bytes) -> str | None:
    """The device whose present enrolment this token belongs to."""
    found: str | None = await tx.scalar(
        sa.select(device.c.id)
        .join(agent_credential, agent_credential.c.device_id == device.c.id)
        .where(
            agent_credential.c.token_hash == token_hash,
            agent_credential.c.revoked_at.is_(None),
            agent_credential.c.generation == device.c.generation,
            device.c.status == DeviceStatus.ENROLLED,
        )
    )
    return found


def _row(of: Device) -> dict[str, Any]:
    return {field.name: getattr(of, field.name) for field in fields(Device)}


def _device(row: Record) -> Device:
    values = dict(row)
    return Device(**(values | {"status": DeviceStatus(values["status"])}))
