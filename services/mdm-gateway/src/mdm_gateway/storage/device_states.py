"""What a device last said of itself, and its settings: what we want them to be and what the device applied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from mdm_gateway.domain.commands import Command
from mdm_gateway.domain.devices import Device
from mdm_gateway.domain.security_status import SecurityState
from mdm_gateway.storage.tables import device_report, device_setting


@dataclass(frozen=True, kw_only=True)
class DeviceSetting:
    """One controlled function of a device (per medium, where it has media). None: nothing is wanted, or known."""

    function: str
    medium: str
    desired: str | None
    desired_by: str | None
    desired_at: datetime | None
    applied: str | None
    applied_by: str | None
    applied_at: datetime | None


async def save_report(tx: Tx, of: Device, state: SecurityState, *, now: datetime) -> None:
    """The device's newest report takes the place of the one before."""
    values = {
        "contract_id": of.contract_id,
        "partner": of.partner,
        "reported_at": now,
        "state": state.said(),
    }
    new = insert(device_report).values(device_id=of.id, **values)
    await tx.run(new.on_conflict_do_update(index_elements=["device_id"], set_=values))


async def find_report(tx: Tx, device_id: str) -> tuple[SecurityState, datetime] | None:
    """What the device last said, and when."""
    row = await tx.first(
        sa.select(device_report.c.state, device_report.c.reported_at).where(device_report.c.device_id == device_id)
    )
    if row is None:
        return None
    said = dict(row["state"])
    if "patch_level" in said:
        said["patch_level"] = date.fromisoformat(said["patch_level"])
    return SecurityState(**said), row["reported_at"]


async def forget(tx: Tx, device_id: str) -> None:
    """A new enrolment has said nothing yet and applied nothing yet; what is wanted stays wanted."""
    await tx.run(sa.delete(device_report).where(device_report.c.device_id == device_id))
    await tx.run(
        sa.update(device_setting)
        .where(device_setting.c.device_id == device_id)
        .values(applied=None, applied_by=None, applied_at=None)
    )


async def want(tx: Tx, command: Command, *, now: datetime) -> None:
    """From now on the command's setting is what we want of the device."""
    values = {"desired": command.setting, "desired_by": command.id, "desired_at": now}
    for medium in command.media or ("",):
        new = insert(device_setting).values(
            device_id=command.device_id,
            function=command.function,
            medium=medium,
            contract_id=command.contract_id,
            partner=command.partner,
            **values,
        )
        await tx.run(new.on_conflict_do_update(index_elements=["device_id", "function", "medium"], set_=values))


async def applied(tx: Tx, command: Command, *, now: datetime) -> None:
    """The device says it applied the command's setting."""
    await tx.run(
        sa.update(device_setting)
        .where(
            device_setting.c.device_id == command.device_id,
            device_setting.c.function == command.function,
            device_setting.c.medium.in_(command.media or ("",)),
        )
        .values(applied=command.setting, applied_by=command.id, applied_at=now)
    )


async def unwanted(tx: Tx, command: Command, *, now: datetime) -> None:
    """The command was taken back: what the device has is wanted again."""
    await tx.run(
        sa.update(device_setting)
        .where(device_setting.c.device_id == command.device_id, device_setting.c.desired_by == command.id)
        .values(desired=device_setting.c.applied, desired_by=device_setting.c.applied_by, desired_at=now)
    )


async def settings_of(tx: Tx, device_id: str) -> list[DeviceSetting]:
    """The device's settings by function and medium."""
    columns = [device_setting.c[name] for name in DeviceSetting.__dataclass_fields__]
    rows = await tx.all(
        sa.select(*columns)
        .where(device_setting.c.device_id == device_id)
        .order_by(device_setting.c.function, device_setting.c.medium)
    )
    return [DeviceSetting(**dict(row)) for row in rows]
