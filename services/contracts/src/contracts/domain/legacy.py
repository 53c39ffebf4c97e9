"""Contracts of closed plans enter by import: billed always, supported once their limits are recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from common.civil import fee_month_at, jst_midnight
from common.errors import DomainError, refuse_if_any
from common.events.contracts import ContractActivated
from contracts.domain.application import Application, Holder
from contracts.domain.catalogue import (
    Catalogue,
)
from contracts.domain.change import Change
from contracts.domain.contract import AddressTime, Contract, PlanTime, Status, StatusPeriod
from contracts.domain.lines import key_of
from contracts.domain.plans import (
    Family,
    Plan,
    PlanTerms,
)
from contracts.domain.refusals import (
    LineAlreadyContracted,
    LineNotIdentified,
    PlanNotClosed,
    PlanNotOnSale,
    ServiceIdTaken,
)


@dataclass(frozen=True, kw_only=True)
class Legacy:
    """An old contract. Without recorded limits `terms` are the plan's own, which state none."""

    application: Application
    legacy_number: str
    terms: PlanTerms


@dataclass(frozen=True, kw_only=True)
class Warned:
    """Something about an import that a person may want to look at."""

    code: str
    start_on: date
    sold_to: date | None


def import_legacy(
    old: Legacy, catalogue: Catalogue, *, holder: Holder | None, now: datetime, by: str
) -> tuple[Change, tuple[Warned, ...]]:
    """An active contract of a closed plan, billed from the fee month of its import on.

    Its line was judged when it was signed and is not judged again. A start after an inferred end of sale is a warning.
    Raises, all at once, `PlanNotClosed`, `PlanNotOnSale` (R-SALE-WINDOW), `LineNotIdentified`,
    `LineAlreadyContracted`, `ServiceIdTaken` (R-ELIGIBLE-LINE).
    """
    asked = old.application
    plan = catalogue.plan(asked.plan_code)
    light = plan.family is Family.LIGHT
    line_key = key_of(asked.line, catalogue) if light else None
    refuse_if_any(
        (
            _wrong_plan(plan, asked.start_on),
            LineNotIdentified(plan_code=plan.code) if light and line_key is None else None,
            (LineAlreadyContracted if light else ServiceIdTaken)(contract_id=holder.contract_id) if holder else None,
        )
    )
    start = jst_midnight(asked.start_on)
    contract = Contract(
        id=asked.contract_id,
        partner=asked.partner,
        subscriber_id=asked.subscriber_id,
        status=Status.ACTIVE,
        version=0,
        entitlements_version=0,
        fee_month_start_day=asked.fee_month_start_day,
        applied_at=now,
        start=start,
        active_from=start,
        open_month_ends_at=fee_month_at(now, asked.fee_month_start_day).end,
        line=asked.line if light else None,
        line_key=line_key,
        service_id=None if light else asked.service_id,
        access_lines=asked.access_lines,
        legacy_number=old.legacy_number,
        statuses=(StatusPeriod(starts=start, status=Status.ACTIVE),),
        plans=(PlanTime(starts=start, terms=old.terms, price=plan.price_on(asked.start_on)),),
        addresses=(AddressTime(id=asked.address_id, starts=start, address=asked.address),),
    )
    fact = ContractActivated(
        actor=by,
        contract_id=contract.id,
        subscriber_id=contract.subscriber_id,
        plan_code=plan.code,
        active_from=start,
    )
    change = Change(contract=contract, act="imported", facts=(fact,), details={"legacy_number": old.legacy_number})
    return change, _warnings(plan, asked.start_on)


def _wrong_plan(plan: Plan, start_on: date) -> DomainError | None:
    if not plan.closed_plan:
        return PlanNotClosed(plan_code=plan.code)
    if start_on < plan.sold_from or (not plan.on_sale(start_on) and not plan.end_date_inferred):
        return PlanNotOnSale(plan_code=plan.code, start_on=start_on, sold_from=plan.sold_from, sold_to=plan.sold_to)
    return None


def _warnings(plan: Plan, start_on: date) -> tuple[Warned, ...]:
    if plan.on_sale(start_on):
        return ()
    return (Warned(code="start_after_inferred_end_of_sale", start_on=start_on, sold_to=plan.sold_to),)
