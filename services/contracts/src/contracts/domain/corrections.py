"""An application that lacks something: returned to the applicant (申込不備), completed, judged anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from common.civil import jst_day, jst_midnight
from common.errors import refuse_if_any
from common.events.contracts import ApplicationCompleted, ApplicationReturned
from contracts.domain.application import Holder, held_by, off_sale
from contracts.domain.catalogue import Catalogue
from contracts.domain.change import Change
from contracts.domain.change_refusals import ApplicationComplete, CorrectionNotPossible
from contracts.domain.contract import (
    Address,
    AddressTime,
    Contract,
    Correction,
    Fault,
    PlanTime,
    Status,
    with_status,
)
from contracts.domain.lines import Line, judge_lines, key_of
from contracts.domain.plans import Family

CORRECTABLE = (
    "plan_code",
    "line",
    "access_lines",
    "service_id",
    "contract_address",
    "start_on",
    "consents",
    "subscriber",
)
"""What an application may lack."""


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What the applicant states anew; None: as it was."""

    address_id: str
    new_service_id: str
    service_id: str | None = None
    plan_code: str | None = None
    line: Line | None = None
    access_lines: tuple[Line, ...] | None = None
    address: Address | None = None
    start_on: date | None = None


def return_application(contract: Contract, faults: Sequence[Fault], *, now: datetime, by: str) -> Change:
    """The application waits for its applicant; raises `NotInThisState`, `CorrectionNotPossible`."""
    contract.require(Status.APPLIED, Status.IN_REVIEW, now=now)
    fields = tuple(dict.fromkeys(fault.field for fault in faults))
    if not fields or not set(fields) <= set(CORRECTABLE):
        raise CorrectionNotPossible(fields=fields, correctable=CORRECTABLE)
    returned = replace(contract, correction=Correction(faults=tuple(faults), asked_at=now))
    fact = ApplicationReturned(actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id, fields=fields)
    return Change(contract=returned, act="application_returned", facts=(fact,), details={"fields": list(fields)})


def complete(
    contract: Contract, done: Completion, catalogue: Catalogue, *, holder: Holder | None, now: datetime, by: str
) -> Change:
    """The application with what it lacked, judged as if it were new.

    Raises `NotInThisState`, `ApplicationComplete` and, all at once, `PlanNotOnSale` (R-SALE-WINDOW), `LineNotEligible`,
    `LineNotIdentified`, `LineAlreadyContracted`, `ServiceIdTaken` (R-ELIGIBLE-LINE).
    """
    contract.require(Status.APPLIED, Status.IN_REVIEW, now=now)
    if contract.correction is None:
        raise ApplicationComplete(status=contract.status)
    asked = restated(contract, done, catalogue)
    plan = catalogue.plan(asked.plans[0].terms.code)
    start_on = jst_day(asked.start)
    judgement = judge_lines(plan, asked.line, asked.access_lines, catalogue=catalogue)
    sold_on = now if plan.code != contract.plans[0].terms.code else contract.applied_at
    refuse_if_any((off_sale(plan, start_on, sold_on), *judgement.refusals, held_by(plan, holder)))
    status = Status.IN_REVIEW if judgement.review and not _still_reviewed(contract, asked) else Status.APPLIED
    completed = replace(
        asked,
        status=status,
        correction=None,
        reviewed_plan=contract.reviewed_plan if _still_reviewed(contract, asked) else None,
        statuses=with_status(contract.statuses, status, now),
    )
    fact = ApplicationCompleted(
        actor=by,
        contract_id=contract.id,
        subscriber_id=contract.subscriber_id,
        plan_code=plan.code,
        status="in_review" if status is Status.IN_REVIEW else "applied",
        start_on=start_on,
    )
    return Change(contract=completed, act="application_completed", facts=(fact,), details={"plan_code": plan.code})


def restated(contract: Contract, done: Completion, catalogue: Catalogue) -> Contract:
    """The application with what is stated anew, not judged yet."""
    plan = catalogue.plan(done.plan_code or contract.plans[0].terms.code)
    light = plan.family is Family.LIGHT
    start = contract.start if done.start_on is None else jst_midnight(done.start_on)
    line = done.line or contract.line
    addresses = contract.addresses
    if done.address is not None:
        moved = AddressTime(id=done.address_id, starts=addresses[0].starts, address=done.address)
        addresses = (moved,)
    return replace(
        contract,
        start=start,
        line=line if light else None,
        line_key=key_of(line, catalogue) if light else None,
        service_id=None if light else done.service_id or contract.service_id or done.new_service_id,
        access_lines=contract.access_lines if done.access_lines is None else done.access_lines,
        plans=(
            PlanTime(
                starts=contract.plans[0].starts,
                terms=catalogue.terms_of(plan),
                price=plan.price_on(jst_day(start)),
            ),
        ),
        addresses=addresses,
    )


def _still_reviewed(contract: Contract, asked: Contract) -> bool:
    """Whether the review that was made is of this very plan and line."""
    same = (contract.line, contract.access_lines) == (asked.line, asked.access_lines)
    return same and contract.reviewed_plan == asked.plans[0].terms.code
