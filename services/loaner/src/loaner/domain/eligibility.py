"""Whether a contract may borrow a device of a kind now: all rules at once, every failing one named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.errors import DomainError
from loaner.domain.cases import Case, CaseStatus
from loaner.domain.catalogue import LoanCatalogue
from loaner.domain.refusals import (
    ContractNotActive,
    FaultResponseContractAddressOnly,
    FeatureNotInPlan,
    LoanEvidenceMissing,
    LoanKindAlreadyOpen,
    LoanKindNotLent,
    LoanKindsExhausted,
)
from loaner.domain.terms import term_refusal

ACTIVE = "active"


@dataclass(frozen=True, kw_only=True)
class Entitled:
    """What the contract may use at the instant of the decision, as projected from its entitlements.

    `loan_in_plan` is None when no plan is in force; `kinds_limit` is how many kinds may be lent at the same
    time.
    """

    contract_id: str
    partner: str | None
    status: str
    plan_code: str | None
    loan_in_plan: bool | None
    kinds_limit: int
    address_id: str | None
    known_at: datetime


@dataclass(frozen=True, kw_only=True)
class OpenLoan:
    """Another open loan of the contract."""

    id: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that a decision about a loan looks at."""

    case: Case
    entitled: Entitled
    catalogue: LoanCatalogue
    open_loans: Sequence[OpenLoan]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is wished: a kind, for how many days, by whom."""

    kind: str
    days: int | None
    wished_by: str | None


def request_refusals(ask: Ask, facts: Facts) -> list[DomainError]:
    """Every rule that refuses a new loan; empty when it may be granted.

    Rules: R-LOAN-EVIDENCE, R-LOAN-KINDS, R-LOAN-TERM, R-ADDRESS, and the contract's state and plan.
    """
    missing = _missing(ask.kind, facts)
    if facts.case.status is CaseStatus.CLOSED:
        missing.append("open_inquiry")
    if ask.wished_by is None or not ask.wished_by.strip():
        missing.append("wish")
    term = None if ask.days is None else term_refusal(ask.days, longest=facts.catalogue.days_max)
    found = [
        *_contract_refusals(facts.entitled),
        _evidence_refusal(missing, facts.case),
        *kind_refusals(ask.kind, facts),
        _address_refusal(facts),
        term,
    ]
    return [error for error in found if error is not None]


def standing_refusals(kind: str, facts: Facts) -> list[DomainError]:
    """Every rule that an unshipped loan of `kind` no longer meets.

    Asked again before each promise and on each news. `facts.open_loans` holds the contract's other open
    loans. That the inquiry was closed meanwhile takes nothing away.
    """
    found = [
        *_contract_refusals(facts.entitled),
        evidence_refusal(kind, facts),
        *kind_refusals(kind, facts),
        _address_refusal(facts),
    ]
    return [error for error in found if error is not None]


def evidence_refusal(kind: str, facts: Facts) -> LoanEvidenceMissing | None:
    """Whether the case still says that a device is at fault which `kind` may replace (R-LOAN-EVIDENCE)."""
    return _evidence_refusal(_missing(kind, facts), facts.case)


def kind_refusals(kind: str, facts: Facts) -> list[DomainError]:
    """The kind is lent, none of it is open, and the plan's number of kinds is not reached (R-LOAN-KINDS)."""
    found: list[DomainError] = []
    if kind not in facts.catalogue.kinds:
        found.append(LoanKindNotLent(kind=kind, lent=sorted(facts.catalogue.kinds)))
    same = next((loan for loan in facts.open_loans if loan.kind == kind), None)
    if same is not None:
        found.append(LoanKindAlreadyOpen(kind=kind, loan_id=same.id, limit=1))
    limit, used = facts.entitled.kinds_limit, len({loan.kind for loan in facts.open_loans})
    if facts.entitled.loan_in_plan and same is None and used >= limit:
        known = facts.entitled.known_at
        found.append(LoanKindsExhausted(limit=limit, used=used, plan=facts.entitled.plan_code, known_up_to=known))
    return found


def _missing(kind: str, facts: Facts) -> list[str]:
    case = facts.case
    missing = ["valid_inquiry"] if case.status is CaseStatus.VOIDED else []
    if case.verdict is None:
        missing.append("verdict")
    elif not case.verdict.is_device_fault:
        missing.append("device_fault")
    elif kind in facts.catalogue.kinds and not facts.catalogue.may_replace(kind, case.verdict.failed_device_kind):
        missing.append("failed_device_of_this_kind")
    return missing


def _evidence_refusal(missing: Sequence[str], case: Case) -> LoanEvidenceMissing | None:
    return LoanEvidenceMissing(missing=list(missing), **case_inputs(case)) if missing else None


def _address_refusal(facts: Facts) -> FaultResponseContractAddressOnly | None:
    site = facts.case.telework_site
    if site is None and facts.entitled.address_id is not None:
        return None
    return FaultResponseContractAddressOnly(
        site=site, contract_address_id=facts.entitled.address_id, known_up_to=facts.case.known_at
    )


def _contract_refusals(entitled: Entitled) -> list[DomainError]:
    found: list[DomainError] = []
    if entitled.status != ACTIVE:
        found.append(ContractNotActive(status=entitled.status, known_up_to=entitled.known_at))
    if entitled.loan_in_plan is False:
        found.append(FeatureNotInPlan(feature="loan", plan=entitled.plan_code, known_up_to=entitled.known_at))
    return found


def case_inputs(case: Case) -> Mapping[str, Any]:
    """What is known of the case, as `why` shows it."""
    verdict = case.verdict
    return {
        "inquiry_id": case.inquiry_id,
        "inquiry_status": case.status.value,
        "merged_into": case.merged_into,
        "verdict_id": verdict.verdict_id if verdict else None,
        "result": verdict.result if verdict else None,
        "cause": verdict.cause if verdict else None,
        "failed_device_kind": verdict.failed_device_kind if verdict else None,
        "known_up_to": case.known_at,
    }


def inputs_of(facts: Facts) -> dict[str, Any]:
    """The inputs with which a loan was granted, as its `why` shows them."""
    return {
        **case_inputs(facts.case),
        "site": facts.case.verdict.site if facts.case.verdict else facts.case.site,
        "contract_status": facts.entitled.status,
        "plan": facts.entitled.plan_code,
        "kinds_limit": facts.entitled.kinds_limit,
        "kinds_open": sorted(loan.kind for loan in facts.open_loans),
        "days_max": facts.catalogue.days_max,
        "contract_address_id": facts.entitled.address_id,
    }
