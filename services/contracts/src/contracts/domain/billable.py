"""What the closing of a fee month needs to know of a contract, and nothing more: a hundred thousand of them pass by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.civil import FeeMonth, fee_month_at
from contracts.domain.contract import Contract, Dated, OptionTime, in_force


@dataclass(frozen=True, kw_only=True)
class PlanBilled(Dated):
    """A plan at the price it was taken for; `event_id`: the fact that put it in force."""

    code: str
    price: int
    event_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Billable:
    """A contract as it is billed; the fields mean what they mean of a `Contract`."""

    id: str
    partner: str | None
    subscriber_id: str
    fee_month_start_day: int
    active_from: datetime | None
    ends_at: datetime | None
    open_month_ends_at: datetime | None
    plans: tuple[PlanBilled, ...] = ()
    options: tuple[OptionTime, ...] = ()

    def plan_at(self, at: datetime) -> PlanBilled:
        """The plan in force then; before the first one, the first."""
        return in_force(self.plans, at) or self.plans[0]

    def fee_month_at(self, at: datetime) -> FeeMonth:
        """The fee month of this contract that contains the instant (R-FEE-MONTH)."""
        return fee_month_at(at, self.fee_month_start_day)

    def in_force_during(self, month: FeeMonth) -> bool:
        """Whether the contract was in force in any part of the fee month; whole months are billed (R-PRORATE)."""
        if self.active_from is None:
            return False
        return Dated(starts=self.active_from, ends=self.ends_at).meets(month.start, month.end)


def billable(contract: Contract) -> Billable:
    """A contract as it is billed."""
    return Billable(
        id=contract.id,
        partner=contract.partner,
        subscriber_id=contract.subscriber_id,
        fee_month_start_day=contract.fee_month_start_day,
        active_from=contract.active_from,
        ends_at=contract.ends_at,
        open_month_ends_at=contract.open_month_ends_at,
        plans=tuple(
            PlanBilled(starts=p.starts, ends=p.ends, code=p.terms.code, price=p.price, event_id=p.event_id)
            for p in contract.plans
        ),
        options=contract.options,
    )
