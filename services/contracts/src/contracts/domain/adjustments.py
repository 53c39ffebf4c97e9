"""Adjustments of the next statement: small ones by one person, the others by two (R-ADJUSTMENT)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.two_people import Signatory, require_person, require_second_person
from contracts.domain.billing_refusals import AdjustmentDecided, AdjustmentOfNothing, AdjustmentRateUnknown
from contracts.domain.invoicing import AdjustmentRule

RULE = "R-ADJUSTMENT"


class AdjustmentStatus(StrEnum):
    """Where an adjustment stands; an approved one waits for the next statement that closes."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """So many tax-included yen (negative: a reduction) at a rate, for the next statement of a contract.

    `text` is what the customer reads on the statement, `reason` what the house reads. `alone`: nobody but who asked
    for it had to agree; `ordinal` counts those of a contract and month. `fee_month` is the month that was open when it
    was asked for.
    """

    id: str
    contract_id: str
    subscriber_id: str
    partner: str | None
    fee_month: str
    amount: int
    tax_rate: int
    text: str
    reason: str
    status: AdjustmentStatus
    alone: bool
    ordinal: int
    asked_by: str
    asked_by_person: str | None
    asked_at: datetime
    decided_by: str | None = None
    decided_by_person: str | None = None
    decided_at: datetime | None = None
    statement_id: str | None = None
    event_id: str | None = None
    version: int = 1
    asked_by_client: str | None = None
    asked_by_token: str | None = None
    asked_by_token_issued_at: datetime | None = None

    @property
    def asker(self) -> Signatory:
        """Who asked for it, and the token by which that was known."""
        return Signatory(
            subject=self.asked_by,
            person=self.asked_by_person,
            client_id=self.asked_by_client,
            token_id=self.asked_by_token,
            token_issued_at=self.asked_by_token_issued_at,
        )


def request(asked: Adjustment, *, rule: AdjustmentRule, earlier_this_month: int, rates: frozenset[int]) -> Adjustment:
    """An adjustment as asked for: approved at once when one person may, else waiting for a second (R-ADJUSTMENT).

    `earlier_this_month` counts those of the same contract and month that were not rejected. Raises
    `AdjustmentOfNothing`, `AdjustmentRateUnknown`; `PersonUnknown` when a second person is needed and nobody can tell
    who the first is.
    """
    if asked.amount == 0:
        raise AdjustmentOfNothing(amount=0)
    if asked.tax_rate not in rates:
        raise AdjustmentRateUnknown(tax_rate=asked.tax_rate, rates=sorted(rates))
    if abs(asked.amount) > rule.alone_up_to or earlier_this_month >= rule.alone_a_month:
        require_person(asked.asker, rule_id=RULE)
        return replace(asked, status=AdjustmentStatus.REQUESTED, alone=False)
    return replace(
        asked,
        status=AdjustmentStatus.APPROVED,
        alone=True,
        decided_by=asked.asked_by,
        decided_by_person=asked.asked_by_person,
        decided_at=asked.asked_at,
    )


def decide(adjustment: Adjustment, *, approve: bool, now: datetime, by: Signatory) -> Adjustment:
    """A second person's word; whoever asked may only take it back.

    Raises `AdjustmentDecided`, `SelfApproval`, `PersonUnknown`.
    """
    if adjustment.status is not AdjustmentStatus.REQUESTED:
        raise AdjustmentDecided(status=adjustment.status)
    if approve:
        require_second_person(adjustment.asker, by, rule_id=RULE, adjustment_id=adjustment.id)
    return replace(
        adjustment,
        status=AdjustmentStatus.APPROVED if approve else AdjustmentStatus.REJECTED,
        decided_by=by.subject,
        decided_by_person=by.person,
        decided_at=now,
        version=adjustment.version + 1,
    )
