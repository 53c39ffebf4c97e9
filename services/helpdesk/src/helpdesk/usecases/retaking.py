"""A unit for an inquiry that is there and gave its own back: one of the same month, again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from common.db import Tx
from common.ids import new_id
from helpdesk.domain import merging
from helpdesk.domain.counting import unit_taken
from helpdesk.domain.inquiry import Inquiry, UnitSource
from helpdesk.domain.quota import Allowance, Balance, Counter, LedgerReason, Taken
from helpdesk.domain.refusals import QuotaContended
from helpdesk.storage import opening, quota
from helpdesk.usecases.accept_inquiry import ATTEMPTS


@dataclass(frozen=True, kw_only=True)
class Retaken:
    """Where the unit came from, and how the month stands with it."""

    unit_source: UnitSource
    taken: Taken
    balance: Balance


async def retake(tx: Tx, inquiry: Inquiry, reason: LedgerReason, evidence: dict[str, Any], now: datetime) -> Retaken:
    """Take one for an inquiry that is locked (R-QUOTA-COUNT).

    Raises `InquiryQuotaExhausted` when its month has none left, `QuotaContended`.
    """
    for _ in range(ATTEMPTS):
        allowance, counter = await _month(tx, inquiry)
        source = merging.unit_again(inquiry, allowance=allowance, counter=counter)
        holder = replace(inquiry, unit_source=source)
        entry = unit_taken(holder, entry_id=new_id("led"), reason=reason, evidence=evidence, actor=tx.actor, now=now)
        taken = await opening.retake(tx, entry, allowance=allowance)
        if taken is not None:
            balance = Balance(fee_month=inquiry.fee_month, allowed=allowance.limit, used=taken.used)
            return Retaken(unit_source=source, taken=taken, balance=balance)
    raise QuotaContended(contract_id=inquiry.contract_id)


async def balance_of(tx: Tx, inquiry: Inquiry) -> Balance:
    """How the month of an inquiry stands."""
    allowance, counter = await _month(tx, inquiry)
    return Balance(fee_month=inquiry.fee_month, allowed=allowance.limit, used=counter.used)


async def _month(tx: Tx, inquiry: Inquiry) -> tuple[Allowance, Counter]:
    found = await quota.month(tx, inquiry.contract_id, inquiry.fee_month)
    return (found.allowance, found.counter) if found else (Allowance(0, 0), Counter())
