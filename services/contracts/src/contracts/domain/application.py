"""Applying for a contract, and what becomes of the application."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from common.civil import jst_day, jst_midnight
from common.errors import refuse_if_any
from common.events.contracts import (
    ContractActivated,
    ContractApplied,
    ContractRejected,
    ContractReviewed,
    ContractWithdrawn,
)
from contracts.domain.catalogue import (
    Catalogue,
)
from contracts.domain.change import Change
from contracts.domain.change_refusals import ApplicationIncomplete
from contracts.domain.contract import (
    Address,
    AddressTime,
    Contract,
    PlanTime,
    Status,
    StatusPeriod,
    with_status,
)
from contracts.domain.entitlements import documents_missing
from contracts.domain.lines import Line, judge_lines, key_of
from contracts.domain.plans import (
    Family,
    Plan,
)
from contracts.domain.refusals import (
    ConsentMissing,
    LineAlreadyContracted,
    PlanNotOnSale,
    ServiceIdTaken,
)


@dataclass(frozen=True, kw_only=True)
class Application:
    """What is applied for. `service_id` is the ID of a Standard contract; Light plans have a line instead."""

    contract_id: str
    address_id: str
    subscriber_id: str
    partner: str | None
    plan_code: str
    line: Line | None
    access_lines: tuple[Line, ...]
    service_id: str
    address: Address
    start_on: date
    fee_month_start_day: int


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A live contract, visible to the applicant, that has the same line or service ID."""

    contract_id: str


def apply_for(asked: Application, catalogue: Catalogue, *, holder: Holder | None, now: datetime, by: str) -> Change:
    """A new contract, `applied` or `in_review`.

    Raises, all at once, `PlanNotOnSale` (R-SALE-WINDOW), `LineNotEligible`, `LineNotIdentified`,
    `LineAlreadyContracted` (R-ELIGIBLE-LINE).
    """
    plan = catalogue.plan(asked.plan_code)
    judgement = judge_lines(plan, asked.line, asked.access_lines, catalogue=catalogue)
    refuse_if_any((off_sale(plan, asked.start_on, now), *judgement.refusals, held_by(plan, holder)))
    status = Status.IN_REVIEW if judgement.review else Status.APPLIED
    light = plan.family is Family.LIGHT
    contract = Contract(
        id=asked.contract_id,
        partner=asked.partner,
        subscriber_id=asked.subscriber_id,
        status=status,
        version=0,
        entitlements_version=0,
        fee_month_start_day=asked.fee_month_start_day,
        applied_at=now,
        start=jst_midnight(asked.start_on),
        line=asked.line if light else None,
        line_key=key_of(asked.line, catalogue) if light else None,
        service_id=None if light else asked.service_id,
        access_lines=asked.access_lines,
        statuses=(StatusPeriod(starts=now, status=status),),
        plans=(PlanTime(starts=now, terms=catalogue.terms_of(plan), price=plan.price_on(asked.start_on)),),
        addresses=(AddressTime(id=asked.address_id, starts=now, address=asked.address),),
    )
    fact = ContractApplied(
        actor=by,
        contract_id=contract.id,
        subscriber_id=contract.subscriber_id,
        plan_code=plan.code,
        status="in_review" if judgement.review else "applied",
        start_on=asked.start_on,
    )
    return Change(contract=contract, act="applied", facts=(fact,), details={"plan_code": plan.code})


def review(contract: Contract, *, now: datetime, by: str) -> Change:
    """A person found the line fit for the plan (R-ELIGIBLE-LINE); raises `NotInThisState`, `ApplicationIncomplete`."""
    contract.require(Status.IN_REVIEW, now=now)
    _require_complete(contract)
    reviewed = contract.plan_at(now).terms.code
    fact = ContractReviewed(actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id)
    return Change(
        contract=replace(_moved(contract, Status.APPLIED, now), reviewed_plan=reviewed),
        act="reviewed",
        facts=(fact,),
        details={"plan_code": reviewed},
    )


def reject(contract: Contract, *, reason: str, now: datetime, by: str) -> Change:
    """The application is turned down; raises `NotInThisState`."""
    contract.require(Status.APPLIED, Status.IN_REVIEW, now=now)
    fact = ContractRejected(actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id, reason=reason)
    rejected = _moved(contract, Status.REJECTED, now)
    return Change(contract=rejected, act="rejected", facts=(fact,), details={"reason": reason})


def withdraw(contract: Contract, *, now: datetime, by: str) -> Change:
    """The applicant takes the application back; raises `NotInThisState`."""
    contract.require(Status.APPLIED, Status.IN_REVIEW, now=now)
    fact = ContractWithdrawn(actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id)
    return Change(contract=_moved(contract, Status.WITHDRAWN, now), act="withdrawn", facts=(fact,))


def activate(contract: Contract, catalogue: Catalogue, *, now: datetime, by: str) -> Change:
    """The contract comes into force on its start day, at once when that has begun.

    Raises `NotInThisState`, `ApplicationIncomplete`, `ConsentMissing` without the accepted service terms (R-CONSENT).
    """
    contract.require(Status.APPLIED, now=now)
    _require_complete(contract)
    missing = documents_missing(contract, catalogue.required_consents, "activation", now)
    if missing:
        needed = {r.document: r.version for r in catalogue.required_consents if r.purpose == "activation"}
        raise ConsentMissing(purpose="activation", missing=missing, needed=needed)
    active_from = max(contract.start, now)
    plan = contract.plan_at(now)
    active = replace(
        contract,
        status=Status.ACTIVE,
        active_from=active_from,
        open_month_ends_at=contract.fee_month_at(active_from).end,
        statuses=with_status(contract.statuses, Status.ACTIVE, active_from),
        plans=(replace(plan, event_id=None),),
    )
    fact = ContractActivated(
        actor=by,
        contract_id=contract.id,
        subscriber_id=contract.subscriber_id,
        plan_code=plan.terms.code,
        active_from=active_from,
    )
    return Change(contract=active, act="activated", facts=(fact,), details={"active_from": active_from.isoformat()})


def _require_complete(contract: Contract) -> None:
    if contract.correction is not None:
        raise ApplicationIncomplete(fields=[fault.field for fault in contract.correction.faults])


def _moved(contract: Contract, status: Status, now: datetime) -> Contract:
    return replace(contract, status=status, statuses=with_status(contract.statuses, status, now))


def off_sale(plan: Plan, start_on: date, now: datetime) -> PlanNotOnSale | None:
    """Sold on the day of the application, and not starting before it ever was (R-SALE-WINDOW)."""
    if plan.on_sale(jst_day(now)) and start_on >= plan.sold_from:
        return None
    return PlanNotOnSale(
        plan_code=plan.code,
        day=jst_day(now),
        start_on=start_on,
        sold_from=plan.sold_from,
        sold_to=plan.sold_to,
    )


def held_by(plan: Plan, holder: Holder | None) -> LineAlreadyContracted | ServiceIdTaken | None:
    """Another live contract has the line or the service ID (R-ELIGIBLE-LINE)."""
    if holder is None:
        return None
    refusal = LineAlreadyContracted if plan.family is Family.LIGHT else ServiceIdTaken
    return refusal(contract_id=holder.contract_id)
