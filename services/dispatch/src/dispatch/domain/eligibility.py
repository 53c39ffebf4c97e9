"""May there be a visit at all: contract, consent, address, hours, evidence, the month's right; technicians come after.

Every rule is judged; all that fail are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from common.civil import jst_day
from common.closed_days import ClosedDays
from common.entitlements import Standing, consent_missing, standing, visit_hours
from common.errors import DomainError
from common.events.contracts import EntitlementsChanged, RequiredConsent
from dispatch.domain.cases import CaseFile, HoldReason, evidence_refusals
from dispatch.domain.refusals import (
    ClosedOnThatDay,
    ConsentMissing,
    ContractAddressMissing,
    ContractNotActive,
    IsolationNotInPlan,
    IsolationVisitUsed,
    OutsideVisitHours,
    SetupNotInPlan,
    WindowInPast,
)
from dispatch.domain.windows import Window
from dispatch.domain.workforce import Purpose

ACTIVE = "active"
CONSENT_PURPOSE = "visit"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of contract, case and calendar when a visit is judged.

    `case` is the inquiry an isolation visit rests on (merges followed). `rights_taken`: fee month → the other visit of
    the contract that holds or used its isolation right. `known_up_to`: when the contract was last heard of.
    """

    purpose: Purpose
    entitlements: EntitlementsChanged
    known_up_to: datetime
    required_consents: tuple[RequiredConsent, ...]
    calendar: ClosedDays
    case: CaseFile | None
    rights_taken: Mapping[str, str]
    now: datetime

    def at(self, instant: datetime) -> Standing:
        """What the contract may use at an instant."""
        return standing(self.entitlements, instant)

    def right_fee_month(self, window: Window) -> str | None:
        """The fee month whose isolation right the visit takes: that of its JST day (R-ISOLATION-QUOTA)."""
        return self.at(window.start).fee_month.name if self.purpose is Purpose.ISOLATION else None


def request_refusals(facts: Facts) -> list[DomainError]:
    """Why a visit cannot even be asked for now: contract, plan, consent."""
    return _contract_refusals(facts, (facts.now,)) + _consent_refusals(facts)


def window_refusals(facts: Facts, window: Window) -> list[DomainError]:
    """Every rule that speaks against a visit in this window, whoever would go."""
    found = _contract_refusals(facts, (window.start, window.last_instant)) + _consent_refusals(facts)
    if facts.case is not None:
        found += evidence_refusals(facts.case)
    found += _right_refusals(facts, window)
    if facts.at(window.start).address is None:
        found.append(ContractAddressMissing(day=window.day, known_up_to=facts.known_up_to))
    if window.start < facts.now:
        found.append(WindowInPast(start=window.start, now=facts.now))
    return found + _hours_refusals(facts, window)


def contract_hold_reasons(
    entitlements: EntitlementsChanged, window: Window, *, address_id: str | None
) -> frozenset[HoldReason]:
    """Why a booked visit must wait after the contract changed: it moved (R-ADDRESS), or is not active on that day."""
    then = standing(entitlements, window.start)
    found = set()
    if then.status != ACTIVE:
        found.add(HoldReason.CONTRACT_NOT_ACTIVE)
    if (then.address.address_id if then.address else None) != address_id:
        found.add(HoldReason.ADDRESS_MOVED)
    return frozenset(found)


def _contract_refusals(facts: Facts, instants: tuple[datetime, ...]) -> list[DomainError]:
    for instant in instants:
        then = facts.at(instant)
        if then.status != ACTIVE or then.plan is None:
            return [ContractNotActive(status=then.status, at=instant, known_up_to=facts.known_up_to)]
        if facts.purpose is Purpose.ISOLATION and not then.plan.isolation:
            return [IsolationNotInPlan(plan=then.plan.code, at=instant, known_up_to=facts.known_up_to)]
        if facts.purpose is Purpose.SETUP and not then.plan.setup_visit:
            return [SetupNotInPlan(plan=then.plan.code, at=instant, known_up_to=facts.known_up_to)]
    return []


def _consent_refusals(facts: Facts) -> list[DomainError]:
    missing = consent_missing(facts.entitlements, facts.required_consents, CONSENT_PURPOSE, facts.now)
    return [ConsentMissing(missing=missing, known_up_to=facts.known_up_to)] if missing else []


def _right_refusals(facts: Facts, window: Window) -> list[DomainError]:
    month = facts.right_fee_month(window)
    taken_by = facts.rights_taken.get(month) if month else None
    return [IsolationVisitUsed(fee_month=month, allowed=1, visit_id=taken_by)] if taken_by else []


def _hours_refusals(facts: Facts, window: Window) -> list[DomainError]:
    """The whole window lies inside the hours, by the plan and options at its first and at its last instant."""
    for instant in (window.start, window.last_instant):
        then = facts.at(instant)
        if then.plan is None:
            continue
        hours = visit_hours(then, _hours_purpose(facts.purpose), facts.calendar)
        if hours.covers(window.start, window.end):
            continue
        closed = facts.calendar.reason(jst_day(window.start))
        why = {
            "start": window.start,
            "end": window.end,
            "hours_that_day": [{"opens": a, "closes": b} for a, b in hours.open_intervals(window.day)],
            "hours_extension": then.hours_extension,
            "purpose": facts.purpose,
        }
        return [ClosedOnThatDay(**why, closed=closed) if closed else OutsideVisitHours(**why)]
    return []


def _hours_purpose(purpose: Purpose) -> Literal["isolation", "setup"]:
    return "isolation" if purpose is Purpose.ISOLATION else "setup"
