"""Schedule a change of plan, or take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from contracts.domain.contract import Contract, PlanChange
from contracts.domain.lines import Line
from contracts.domain.plan_changes import DevicesToUnenrol, PlanWish, cancel, devices_to_unenrol, schedule
from contracts.storage import catalogue, usage
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record


@dataclass(frozen=True, kw_only=True)
class ChangePlan:
    """The plan wanted from the next fee month on."""

    contract_id: str
    plan_code: str
    line: Line | None = None
    line_reviewed: bool = False


@dataclass(frozen=True, kw_only=True)
class ScheduledChange:
    """The change, and the managed devices it has no seats for, as far as they are known here (R-MDM-PLAN)."""

    change: PlanChange
    devices: DevicesToUnenrol | None


async def change_plan(cmd: ChangePlan, tx: Tx, now: datetime, *, expected: int | None = None) -> ScheduledChange:
    """The scheduled change (R-PLAN-CHANGE); raises what `schedule` raises."""
    contract = await locked(cmd.contract_id, tx, expected=expected)
    wish = PlanWish(
        change_id=new_id("pch"),
        to_plan=cmd.plan_code,
        service_id=new_id("svc"),
        line=cmd.line,
        line_reviewed=cmd.line_reviewed,
    )
    book = await catalogue.current(tx, now)
    change = schedule(contract, wish, book, now=now, by=tx.actor)
    after = await record(contract, change, tx, now)
    return (await with_devices(after, tx))[-1]


async def with_devices(contract: Contract, tx: Tx) -> list[ScheduledChange]:
    """All changes of plan; the one that is scheduled names the devices that have to leave."""
    enrolled = await usage.devices(tx, contract.id)
    known = (await usage.known_up_to(tx, contract.id)).get("mdm-gateway.devices.v1")
    named = devices_to_unenrol(contract, enrolled, known_up_to=known)
    scheduled = contract.scheduled_change
    return [ScheduledChange(change=c, devices=named if c == scheduled else None) for c in contract.plan_changes]


async def cancel_plan_change(
    contract_id: str, change_id: str, tx: Tx, now: datetime, *, expected: int | None
) -> Contract:
    """The contract without the change; raises `PlanChangeUnknown`, `PlanChangeInForce`."""
    contract = await locked(contract_id, tx, expected=expected)
    return await record(contract, cancel(contract, change_id, now=now, by=tx.actor), tx, now)
