"""Gathering what a decision about a loan looks at."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from common.entitlements import standing
from common.events.contracts import EntitlementsChanged
from loaner.domain.catalogue import LentKind, LoanCatalogue
from loaner.domain.eligibility import Entitled, Facts
from loaner.domain.loan import Loan
from loaner.domain.refusals import CatalogueUnknown, ContractUnknown, InquiryUnknown
from loaner.domain.terms import Reminders
from loaner.storage import cases, knowledge, loans

DAYS_MAX = "loan_days_max"
REMINDER_DAYS = "loan_reminder_days_before"


async def known_catalogue(tx: Tx) -> LoanCatalogue:
    """The loan kinds and numbers of the catalogue; raises `CatalogueUnknown` until they have been told."""
    kinds = await knowledge.catalogue_part(tx, "loan_kinds")
    told = await knowledge.catalogue_part(tx, "settings")
    if kinds is None or told is None or DAYS_MAX not in told.settings:
        raise CatalogueUnknown(loan_kinds=kinds is not None, loan_days_max=told is not None)
    early = [told.settings[REMINDER_DAYS]] if REMINDER_DAYS in told.settings else []
    return LoanCatalogue(
        kinds={
            kind.code: LentKind(
                code=kind.code,
                accessories=kind.accessories,
                has_storage=kind.has_storage,
                replaces=frozenset(kind.replaces),
            )
            for kind in kinds.loan_kinds
        },
        days_max=told.settings[DAYS_MAX],
        reminders=Reminders(days_before=(*early, 0)),
    )


def entitled_at(state: EntitlementsChanged, *, known_at: datetime, now: datetime) -> Entitled:
    """What the contract may use at `now`."""
    found = standing(state, now)
    plan = found.plan
    return Entitled(
        contract_id=state.contract_id,
        partner=state.partner,
        status=found.status or "unknown",
        plan_code=plan.code if plan else None,
        loan_in_plan=plan.loan if plan else None,
        kinds_limit=plan.loan_kinds_limit if plan else 0,
        address_id=found.address.address_id if found.address else None,
        known_at=known_at,
    )


async def facts_of(tx: Tx, loan: Loan, now: datetime) -> Facts:
    """The facts behind an existing loan as they are known now."""
    case = await cases.find(tx, loan.inquiry_id)
    if case is None:
        raise InquiryUnknown(inquiry_id=loan.inquiry_id)
    known = await knowledge.entitlements(tx, loan.contract_id)
    if known is None:
        raise ContractUnknown(contract_id=loan.contract_id)
    state, known_at = known
    others = [each for each in await loans.open_loans(tx, loan.contract_id) if each.id != loan.id]
    return Facts(
        case=case,
        entitled=entitled_at(state, known_at=known_at, now=now),
        catalogue=await known_catalogue(tx),
        open_loans=others,
    )
