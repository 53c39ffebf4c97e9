"""Adjust the next statement of a contract, with a second person where the rule wants one (R-ADJUSTMENT)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from common.db import Tx
from common.errors import StaleVersion
from common.events.base import NewEvent
from common.events.contracts import AdjustmentApproved, AdjustmentRejected, AdjustmentRequested
from common.ids import new_id
from common.revocation import require_rights_of_both
from common.two_people import Signatory
from contracts.domain.adjustments import RULE, Adjustment, AdjustmentStatus, decide, request
from contracts.domain.billing_refusals import NoOpenFeeMonth
from contracts.domain.catalogue import Catalogue
from contracts.storage import adjustments, catalogue, closing


@dataclass(frozen=True, kw_only=True)
class AdjustStatement:
    """So many yen for the next statement (negative: a reduction); `text` for the customer, `reason` for the house."""

    contract_id: str
    amount: int
    text: str
    reason: str
    tax_rate: int | None = None


async def ask_for_adjustment(cmd: AdjustStatement, tx: Tx, now: datetime, *, who: Signatory) -> Adjustment:
    """The adjustment, approved at once or waiting for a second person.

    Raises `ContractUnknown`, `NoOpenFeeMonth` and what `request` raises.
    """
    contract = await closing.lock(tx, cmd.contract_id)
    if contract.open_month_ends_at is None:
        raise NoOpenFeeMonth(contract_id=contract.id, ends_at=contract.ends_at)
    month = contract.fee_month_at(contract.open_month_ends_at - timedelta(seconds=1))
    book = await catalogue.current(tx, now)
    standing, alone = await adjustments.counts(tx, contract.id, month.name)
    asked = Adjustment(
        id=new_id("adj"),
        contract_id=contract.id,
        subscriber_id=contract.subscriber_id,
        partner=contract.partner,
        fee_month=month.name,
        amount=cmd.amount,
        tax_rate=cmd.tax_rate if cmd.tax_rate is not None else book.tax.rate,
        text=cmd.text,
        reason=cmd.reason,
        status=AdjustmentStatus.REQUESTED,
        alone=False,
        ordinal=alone + 1,
        asked_by=who.subject,
        asked_by_person=who.person,
        asked_by_client=who.client_id,
        asked_by_token=who.token_id,
        asked_by_token_issued_at=who.token_issued_at,
        asked_at=now,
    )
    decided = request(asked, rule=book.invoicing.adjustments, earlier_this_month=standing, rates=_rates(book))
    await adjustments.insert(tx, decided)
    return await _told(decided, tx, now)


async def decide_adjustment(
    adjustment_id: str, tx: Tx, now: datetime, *, approve: bool, who: Signatory, expected: int | None
) -> Adjustment:
    """Approved or rejected; for an approval the rights of both are judged again.

    Raises `AdjustmentUnknown`, `StaleVersion`, `RightsWithdrawn`, `TokenIsRevoked` and what `decide` raises.
    """
    seen = await adjustments.load(tx, adjustment_id)
    contract = await closing.lock(tx, seen.contract_id)
    found = await adjustments.load(tx, adjustment_id, lock=True)
    if expected is not None and found.version != expected:
        raise StaleVersion(expected=expected, version=found.version)
    decided = decide(found, approve=approve, now=now, by=who)
    if approve:  # only people of the house ask for adjustments and approve them, so both tokens are of no tenant
        await require_rights_of_both(tx, found.asker, who, partner=None, rule_id=RULE, adjustment_id=found.id)
    if approve and contract.open_month_ends_at is None:
        raise NoOpenFeeMonth(contract_id=contract.id, ends_at=contract.ends_at)
    await adjustments.update(tx, decided)
    return await _told(decided, tx, now)


def _rates(book: Catalogue) -> frozenset[int]:
    return frozenset({book.tax.rate, *(item.tax_rate for item in book.visit_menu)})


async def _told(adjustment: Adjustment, tx: Tx, now: datetime) -> Adjustment:
    """Tell what became of it; an approved one names the fact that will stand on the statement."""
    body: dict[str, Any] = {
        "actor": tx.actor,
        "adjustment_id": adjustment.id,
        "contract_id": adjustment.contract_id,
        "subscriber_id": adjustment.subscriber_id,
        "fee_month": adjustment.fee_month,
        "amount": adjustment.amount,
        "tax_rate": adjustment.tax_rate,
    }
    fact: AdjustmentRequested | AdjustmentApproved | AdjustmentRejected
    match adjustment.status:
        case AdjustmentStatus.REQUESTED:
            fact = AdjustmentRequested(**body)
        case AdjustmentStatus.APPROVED:
            fact = AdjustmentApproved(**body, alone=adjustment.alone)
        case AdjustmentStatus.REJECTED:
            fact = AdjustmentRejected(**body)
    (event_id,) = await tx.publish(
        NewEvent(
            data=fact,
            subject=adjustment.id,
            sequence=adjustment.version,
            key=adjustment.contract_id,
            time=now,
            partner=adjustment.partner,
            correlation_id=adjustment.contract_id,
        )
    )
    if adjustment.status is not AdjustmentStatus.APPROVED:
        return adjustment
    named = replace(adjustment, event_id=event_id)
    await adjustments.update(tx, named)
    return named
