"""A contract in force: suspended, resumed, ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from common.events.contracts import (
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
    ContractTerminationCancelled,
    ContractTerminationScheduled,
    LifecycleData,
    OptionEnded,
    PlanChangeCancelled,
)
from contracts.domain.change import Change
from contracts.domain.change_refusals import ContractNotEnding, LineMissing
from contracts.domain.contract import Contract, PlanChangeStatus, Status, cut, with_status
from contracts.domain.plan_changes import of_family
from contracts.domain.plans import Family
from contracts.domain.refusals import ContractEnding


def suspend(contract: Contract, *, reason: str, now: datetime, by: str) -> Change:
    """Use stops at once; the months go on being billed. Raises `NotInThisState`."""
    contract.require(Status.ACTIVE, now=now)
    fact = ContractSuspended(actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id, reason=reason)
    at = max(now, contract.active_from or now)
    suspended = replace(
        contract, status=Status.SUSPENDED, statuses=with_status(contract.statuses, Status.SUSPENDED, at)
    )
    return Change(contract=suspended, act="suspended", facts=(fact,), details={"reason": reason})


def resume(contract: Contract, *, now: datetime, by: str) -> Change:
    """Use goes on at once. Raises `NotInThisState`, `LineMissing` while a Light contract has no line."""
    contract.require(Status.SUSPENDED, now=now)
    if contract.family_at(now) is Family.LIGHT and contract.line is None:
        raise LineMissing(family=Family.LIGHT, parked_until=contract.parked_until)
    fact = ContractResumed(actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id)
    at = max(now, contract.active_from or now)
    statuses = with_status(contract.statuses, Status.ACTIVE, at)
    resumed = replace(contract, status=Status.ACTIVE, parked_until=None, resumes_with_line=False, statuses=statuses)
    return Change(contract=resumed, act="resumed", facts=(fact,))


def terminate(contract: Contract, *, reason: str, now: datetime, by: str) -> Change:
    """The contract ends with its current fee month (R-FEE-MONTH), options and sites with it; a change of plan is off.

    Raises `NotInThisState`, `ContractEnding` when its end is fixed already.
    """
    contract.require(Status.ACTIVE, Status.SUSPENDED, now=now)
    if contract.ends_at is not None:
        raise ContractEnding(ends_at=contract.ends_at)
    ends_at = contract.fee_month_at(max(now, contract.active_from or now)).end
    change = contract.scheduled_change
    stays = of_family(contract, contract.family_at(now), keep_line=False) if change else contract
    ending = replace(
        stays,
        ends_at=ends_at,
        parked_until=None,
        statuses=with_status(contract.statuses, Status.TERMINATED, ends_at),
        plans=cut(contract.plans, ends_at),
        options=cut(contract.options, ends_at),
        sites=cut(contract.sites, ends_at),
        plan_changes=tuple(
            replace(c, status=PlanChangeStatus.CANCELLED) if c.status is PlanChangeStatus.SCHEDULED else c
            for c in contract.plan_changes
        ),
    )
    details = {"reason": reason, "ends_at": ends_at.isoformat()}
    fact = ContractTerminationScheduled(
        actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id, reason=reason, ends_at=ends_at
    )
    facts = (fact, *_called_off(contract, ends_at, by))
    return Change(contract=ending, act="termination_scheduled", facts=facts, details=details)


def take_back_termination(contract: Contract, *, reason: str, now: datetime, by: str) -> Change:
    """The contract goes on as if its end had not been scheduled (R-FEE-MONTH); what was called off stays called off.

    Raises `NotInThisState` once it has ended, `ContractNotEnding`, `LineMissing` while a Light contract has no line.
    """
    contract.require(Status.ACTIVE, Status.SUSPENDED, now=now)
    ends_at = contract.ends_at
    if ends_at is None:
        raise ContractNotEnding(contract_id=contract.id)
    if contract.family_at(now) is Family.LIGHT and contract.line is None:
        raise LineMissing(family=Family.LIGHT, parked_until=None)
    statuses = tuple(p for p in contract.statuses if p.starts < ends_at)
    going_on = replace(
        contract,
        ends_at=None,
        statuses=tuple(replace(p, ends=None) if p.ends == ends_at else p for p in statuses),
        plans=tuple(replace(p, ends=None) if p.ends == ends_at else p for p in contract.plans),
        options=tuple(replace(o, ends=o.own_end) if o.ends == ends_at else o for o in contract.options),
        sites=tuple(replace(s, ends=None) if s.ends == ends_at else s for s in contract.sites),
    )
    fact = ContractTerminationCancelled(
        actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id, reason=reason
    )
    details = {"reason": reason, "ends_at": ends_at.isoformat()}
    return Change(contract=going_on, act="termination_cancelled", facts=(fact,), details=details)


def end(contract: Contract, *, by: str) -> Change:
    """A scheduled end has come: the line or service ID is free again."""
    if contract.ends_at is None:
        raise ContractEnding(ends_at=None)
    fact = ContractTerminated(
        actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id, ends_at=contract.ends_at
    )
    return Change(contract=replace(contract, status=Status.TERMINATED), act="terminated", facts=(fact,))


def _called_off(contract: Contract, ends_at: datetime, by: str) -> tuple[LifecycleData, ...]:
    """What was scheduled for after the end and will not come."""
    ids = {"actor": by, "contract_id": contract.id, "subscriber_id": contract.subscriber_id}
    change = contract.scheduled_change
    cancelled = [PlanChangeCancelled(**ids, to_plan=change.to_plan)] if change else []
    ended = [
        OptionEnded(**ids, option_id=o.id, option_code=o.code, ends_at=ends_at)
        for o in contract.options
        if o.starts >= ends_at
    ]
    return (*cancelled, *ended)
