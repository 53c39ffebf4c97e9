"""Seats of the management tool (R-MDM-PLAN): how many from when, and who goes when they become fewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from common.entitlements import in_force
from common.events.contracts import EntitlementsChanged, PlanPeriod
from common.events.mdm_gateway import DevicesNamedForRelease
from mdm_gateway.domain.refusals import LimitsNotRecorded, MdmNotInPlan, SeatsExhausted

_MANAGED_STATES = frozenset({"active", "suspended"})


@dataclass(frozen=True, kw_only=True)
class SeatStep:
    """From `start` on there are `seats`; None: the tool is in the plan, the number was never recorded."""

    start: datetime
    seats: int | None


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """The first instant at which there are fewer seats than devices."""

    at: datetime
    seats: int


@dataclass(frozen=True, kw_only=True)
class SeatAccount:
    """What a contract uses, what it will have, and which devices were named to go. One per contract."""

    contract_id: str
    partner: str | None
    used: int
    steps: tuple[SeatStep, ...]
    entitlement_version: int
    short_at: datetime | None
    named: tuple[str, ...]
    version: int


def opened(contract_id: str, *, partner: str | None) -> SeatAccount:
    """The account of a contract that has no device yet."""
    return SeatAccount(
        contract_id=contract_id,
        partner=partner,
        used=0,
        steps=(),
        entitlement_version=0,
        short_at=None,
        named=(),
        version=0,
    )


def seat_steps(state: EntitlementsChanged) -> tuple[SeatStep, ...]:
    """The contract's seats over time: those of the plan while it is active or suspended, else none."""
    spans = [*state.status_periods, *state.plan_periods]
    edges = sorted({edge for span in spans for edge in (span.from_, span.to) if edge is not None})
    steps: list[SeatStep] = []
    for edge in edges:
        seats = _seats_at(state, edge)
        if not steps or steps[-1].seats != seats:
            steps.append(SeatStep(start=edge, seats=seats))
    return tuple(steps)


def _seats_at(state: EntitlementsChanged, at: datetime) -> int | None:
    status, plan = in_force(state.status_periods, at), in_force(state.plan_periods, at)
    if status is None or plan is None or status.status not in _MANAGED_STATES:
        return 0
    return plan.seats if plan.management_tool else 0


def first_shortfall(steps: Sequence[SeatStep], used: int, *, now: datetime) -> Shortfall | None:
    """When, from `now` on, there are first fewer seats than devices. An unrecorded number is no shortfall."""
    for index, step in enumerate(steps):
        ends = steps[index + 1].start if index + 1 < len(steps) else None
        if ends is not None and ends <= now:
            continue
        if step.seats is not None and step.seats < used:
            return Shortfall(at=max(step.start, now), seats=step.seats)
    return None


def devices_to_release(enrolled: Sequence[str], seats: int) -> tuple[str, ...]:
    """Which devices go when `seats` are left: those enrolled last. `enrolled` is in order of enrolment."""
    return tuple(enrolled[seats:])


def informed(account: SeatAccount, state: EntitlementsChanged) -> SeatAccount:
    """The account that has heard of the contract's entitlements; an older version changes nothing."""
    if state.version <= account.entitlement_version:
        return account
    return replace(account, partner=state.partner, steps=seat_steps(state), entitlement_version=state.version)


def renamed(
    account: SeatAccount, enrolled: Sequence[str], *, now: datetime, by: str
) -> tuple[SeatAccount, tuple[DevicesNamedForRelease, ...]]:
    """Name the devices that have to go, anew after every change of seats or devices (R-MDM-PLAN).

    A fact is recorded only when the named devices or the instant changed.
    """
    shortfall = first_shortfall(account.steps, account.used, now=now)
    named = () if shortfall is None else devices_to_release(enrolled, shortfall.seats)
    short_at = None if shortfall is None else shortfall.at
    if named == account.named and _same_instant(short_at, account.short_at, now=now):
        return account, ()
    after = replace(account, named=named, short_at=short_at)
    fact = DevicesNamedForRelease(
        actor=by,
        contract_id=account.contract_id,
        seats=account.used if shortfall is None else shortfall.seats,
        seats_used=account.used,
        effective_from=short_at,
        device_ids=named,
    )
    return replace(after, version=after.version + 1), (fact,)


def _same_instant(one: datetime | None, other: datetime | None, *, now: datetime) -> bool:
    """Whether two instants mean the same to somebody who acts at `now`: what is over is over."""
    if one is None or other is None:
        return one is other
    return one == other or max(one, other) <= now


def seat_refusal(
    plan: PlanPeriod | None, *, used: int | None
) -> MdmNotInPlan | LimitsNotRecorded | SeatsExhausted | None:
    """Why a device may have no seat under `plan`, if so (R-MDM-PLAN). `used` None: it already has one."""
    if plan is None or not plan.management_tool:
        return MdmNotInPlan(plan=None if plan is None else plan.code, sold_with="light-anshin")
    if plan.seats is None:
        return LimitsNotRecorded(plan=plan.code, limit="seats")
    if used is not None and used >= plan.seats:
        return SeatsExhausted(plan=plan.code, seats=plan.seats, used=used)
    return None
