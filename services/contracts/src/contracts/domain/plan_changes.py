"""Changing the plan: from the first day of the next fee month (R-PLAN-CHANGE)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from common.civil import jst_day
from common.errors import DomainError, refuse_if_any
from common.events.contracts import PlanChangeCancelled, PlanChanged, PlanChangeScheduled
from contracts.domain.catalogue import (
    Catalogue,
)
from contracts.domain.change import Change
from contracts.domain.contract import (
    Contract,
    PlanChange,
    PlanChangeStatus,
    PlanTime,
    Status,
    cut,
)
from contracts.domain.lines import Line, LineJudgement, judge_lines, key_of
from contracts.domain.plans import (
    Family,
    Plan,
)
from contracts.domain.refusals import (
    ContractEnding,
    ContractNotActive,
    LineReviewNeeded,
    OptionNotForPlan,
    PlanChangeAlreadyScheduled,
    PlanChangeInForce,
    PlanNotOnSale,
    PlanUnchanged,
)
from contracts.domain.unknown import (
    PlanChangeUnknown,
)


@dataclass(frozen=True, kw_only=True)
class PlanWish:
    """The plan wanted. From Standard to Light a line is named, from Light to Standard the new service ID.

    `line_reviewed`: a person found the line fit for the new plan (R-ELIGIBLE-LINE).
    """

    change_id: str
    to_plan: str
    service_id: str
    line: Line | None = None
    line_reviewed: bool = False


@dataclass(frozen=True, kw_only=True)
class DevicesToUnenrol:
    """Managed devices that the new plan has no seats for (R-MDM-PLAN).

    `count` of the `enrolled` must be un-enrolled by `by`; what is enrolled is known up to `known_up_to`.
    """

    count: int
    enrolled: tuple[str, ...]
    seats: int
    by: datetime
    known_up_to: datetime | None


def schedule(contract: Contract, wish: PlanWish, catalogue: Catalogue, *, now: datetime, by: str) -> Change:
    """The plan changes with the next fee month.

    Raises `ContractNotActive`, `PlanUnknown` and, all at once, `PlanUnchanged`, `PlanChangeAlreadyScheduled`,
    `PlanNotOnSale`, `LineNotEligible`, `LineReviewNeeded`, `ContractEnding`, `OptionNotForPlan`.
    """
    if contract.state(now) is not Status.ACTIVE:
        raise ContractNotActive(status=contract.state(now))
    plan = catalogue.plan(wish.to_plan)
    begins = contract.fee_month_at(max(now, contract.active_from or now)).end
    old = contract.plan_at(now)
    line = wish.line if wish.line is not None else contract.line
    judgement = judge_lines(
        plan, line if plan.family is Family.LIGHT else None, contract.access_lines, catalogue=catalogue
    )
    refuse_if_any(
        (
            _refused_now(contract, plan, old.terms.code, now),
            *judgement.refusals,
            _unreviewed(contract, plan, wish, judgement),
            ContractEnding(ends_at=contract.ends_at, effective_from=begins) if contract.ends_at else None,
            _options_in_the_way(contract, plan, catalogue, begins),
        )
    )
    change = PlanChange(
        id=wish.change_id,
        from_plan=old.terms.code,
        to_plan=plan.code,
        effective_from=begins,
        status=PlanChangeStatus.SCHEDULED,
    )
    new = PlanTime(starts=begins, terms=catalogue.terms_of(plan), price=plan.price_on(jst_day(begins)))
    light = plan.family is Family.LIGHT
    scheduled = replace(
        contract,
        plans=(*cut(contract.plans, begins), new),
        plan_changes=(*contract.plan_changes, change),
        line=line if light else contract.line,
        line_key=key_of(line, catalogue) if light else contract.line_key,
        service_id=contract.service_id if light else contract.service_id or wish.service_id,
        reviewed_plan=plan.code if wish.line_reviewed else contract.reviewed_plan,
    )
    fact = PlanChangeScheduled(
        actor=by,
        contract_id=contract.id,
        subscriber_id=contract.subscriber_id,
        from_plan=change.from_plan,
        to_plan=change.to_plan,
        effective_from=begins,
    )
    details = {"to_plan": plan.code, "effective_from": begins.isoformat()}
    return Change(contract=scheduled, act="plan_change_scheduled", facts=(fact,), details=details)


def cancel(contract: Contract, change_id: str, *, now: datetime, by: str) -> Change:
    """Take a scheduled change back; raises `PlanChangeUnknown`, `PlanChangeInForce` from its first day on."""
    change = next((c for c in contract.plan_changes if c.id == change_id), None)
    if change is None:
        raise PlanChangeUnknown(plan_change_id=change_id)
    if change.status is not PlanChangeStatus.SCHEDULED or change.effective_from <= now:
        raise PlanChangeInForce(status=change.status, effective_from=change.effective_from)
    kept = [p for p in contract.plans if p.starts < change.effective_from]
    kept[-1] = replace(kept[-1], ends=contract.ends_at)
    family = kept[-1].terms.family
    cancelled = of_family(contract, family, keep_line=False)
    fact = PlanChangeCancelled(
        actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id, to_plan=change.to_plan
    )
    return Change(
        contract=replace(
            cancelled,
            plans=tuple(kept),
            plan_changes=_now(contract, change, PlanChangeStatus.CANCELLED),
        ),
        act="plan_change_cancelled",
        facts=(fact,),
        details={"to_plan": change.to_plan},
    )


def take_effect(contract: Contract, *, now: datetime, by: str) -> Change:
    """The first day of the new plan has come: what only the old family held is let go.

    Raises `PlanChangeUnknown` when none is due.
    """
    change = contract.scheduled_change
    if change is None or change.effective_from > now:
        raise PlanChangeUnknown(contract_id=contract.id)
    new = contract.plan_at(change.effective_from)
    changed = of_family(contract, new.terms.family, keep_line=True)
    if new.terms.family is not Family.LIGHT:
        changed = replace(changed, parked_until=None, resumes_with_line=False)
    fact = PlanChanged(
        actor=by,
        contract_id=contract.id,
        subscriber_id=contract.subscriber_id,
        from_plan=change.from_plan,
        to_plan=change.to_plan,
    )
    return Change(
        contract=replace(
            changed,
            plans=tuple(replace(p, event_id=None) if p == new else p for p in contract.plans),
            plan_changes=_now(contract, change, PlanChangeStatus.EFFECTIVE),
            sites=contract.sites if new.terms.telework else cut(contract.sites, change.effective_from),
        ),
        act="plan_changed",
        facts=(fact,),
        details={"to_plan": change.to_plan},
    )


def devices_to_unenrol(
    contract: Contract, enrolled: Sequence[str], *, known_up_to: datetime | None
) -> DevicesToUnenrol | None:
    """Which devices the scheduled plan has no seats for, as far as they are known here (R-MDM-PLAN)."""
    change = contract.scheduled_change
    if change is None:
        return None
    terms = contract.plan_at(change.effective_from).terms
    seats = (terms.seats or 0) if terms.management_tool else 0
    count = len(enrolled) - seats
    if count <= 0:
        return None
    return DevicesToUnenrol(
        count=count,
        enrolled=tuple(sorted(enrolled)),
        seats=seats,
        by=change.effective_from,
        known_up_to=known_up_to,
    )


def of_family(contract: Contract, family: Family, *, keep_line: bool) -> Contract:
    """Hold only what the family is unique by: the line (Light) or the service ID (Standard)."""
    if family is Family.LIGHT:
        return replace(contract, service_id=None)
    if contract.line is None:
        return contract
    access = (*contract.access_lines, contract.line) if keep_line else contract.access_lines
    return replace(contract, line=None, line_key=None, access_lines=access)


def _now(contract: Contract, change: PlanChange, status: PlanChangeStatus) -> tuple[PlanChange, ...]:
    return tuple(replace(c, status=status) if c.id == change.id else c for c in contract.plan_changes)


def _refused_now(contract: Contract, plan: Plan, present: str, now: datetime) -> DomainError | None:
    if plan.code == present:
        return PlanUnchanged(plan_code=present)
    scheduled = contract.scheduled_change
    if scheduled is not None:
        return PlanChangeAlreadyScheduled(to_plan=scheduled.to_plan, effective_from=scheduled.effective_from)
    today: date = jst_day(now)
    if not plan.on_sale(today):
        return PlanNotOnSale(plan_code=plan.code, day=today, sold_from=plan.sold_from, sold_to=plan.sold_to)
    return None


def _unreviewed(contract: Contract, plan: Plan, wish: PlanWish, judgement: LineJudgement) -> DomainError | None:
    if not judgement.review or wish.line_reviewed or contract.reviewed_plan == plan.code:
        return None
    return LineReviewNeeded(plan_code=plan.code, reviewed_plan=contract.reviewed_plan)


def _options_in_the_way(contract: Contract, plan: Plan, catalogue: Catalogue, begins: datetime) -> DomainError | None:
    """Options that run on under a plan they are not offered with are ended first."""
    running = [o for o in contract.options if o.meets(begins, None)]
    barred = [o for o in running if plan.code not in catalogue.option(o.code).plans]
    if not barred:
        return None
    return OptionNotForPlan(plan_code=plan.code, options=[{"id": o.id, "code": o.code} for o in barred])
